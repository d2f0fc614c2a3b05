import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  readSafetensors,
  SafetensorsError,
  writeSafetensors,
  type StoredDtype,
} from "../../src/tensor/safetensors/index.js";
import { file, u8 } from "./safetensors-file.js";

/** A file of one tensor "x" from the bits of its values. */
function one(dtype: StoredDtype, bits: Uint8Array | Uint16Array | BigInt64Array | BigUint64Array) {
  const bytes = new Uint8Array(bits.buffer);
  const x = { dtype, shape: [bits.length], data_offsets: [0, bytes.length] };
  return readSafetensors(file({ x }, bytes)).get("x")!;
}

describe("what is written is read again", () => {
  const tensors = {
    "encoder.weight": { shape: [2, 3], data: Float32Array.of(1, -2.5, 0, -0, 1e-40, Infinity) },
    "вес 😀": { shape: [], data: Int32Array.of(-7) },
    0: { shape: [0, 5], data: new Float32Array(0) },
    double: { shape: [1], data: Float64Array.of(Math.PI) },
    u32: { shape: [1], data: Uint32Array.of(4294967295) },
    i16: { shape: [2], data: Int16Array.of(-32768, 1) },
    u16: { shape: [1], data: Uint16Array.of(65535) },
    i8: { shape: [3], data: Int8Array.of(-128, 0, 127) },
    pixels: { shape: [1, 3], data: Uint8Array.of(0, 128, 255) },
  };
  const written = writeSafetensors(Object.entries(tensors), { format: "pt", "": "пусто" });

  it("with every number, shape and name, and the metadata", () => {
    const read = readSafetensors(written);
    expect(read.size).toBe(9);
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      expect(read.get(name)).toMatchObject({ shape, data });
    }
    expect(read.metadata).toEqual({ format: "pt", "": "пусто" });
    expect([...read.values()].map(({ dtype }) => dtype).join(" ")).toBe(
      "F64 F32 F32 U32 I32 I16 U16 I8 U8",
    );
  });

  it("as the same bytes, in whatever order the tensors and metadata come", () => {
    const backwards = Object.entries(tensors).reverse();
    expect(writeSafetensors(backwards, { "": "пусто", format: "pt" })).toEqual(written);
    const read = readSafetensors(written);
    expect(writeSafetensors(read, read.metadata)).toEqual(written);
  });

  it("with a header of a multiple of 8 bytes, and each number at a multiple of its size", () => {
    for (let length = 1; length < 20; length++) {
      const bytes = writeSafetensors([
        ["x".repeat(length), { shape: [1], data: Int8Array.of(1) }],
        ["y", { shape: [1], data: Float64Array.of(2) }],
      ]);
      const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
      expect(header % 8).toBe(0);
      expect(new DataView(bytes.buffer).getFloat64(8 + header, true)).toBe(2);
      expect(bytes).toHaveLength(8 + header + 9);
    }
  });

  it("byte for byte as the format says", () => {
    const bytes = writeSafetensors([["a", { shape: [2], data: Uint8Array.of(1, 2) }]]);
    const text = '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   ';
    expect(bytes).toEqual(file(text, [1, 2]));
  });

  it("as booleans where a Uint8Array says so", () => {
    const mask = { dtype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) } as const;
    expect(readSafetensors(writeSafetensors([["mask", mask]])).get("mask")).toEqual(mask);
  });

  it("from a view into a larger array, with nothing of its neighbours", () => {
    const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
    const read = readSafetensors(writeSafetensors([["a", { shape: [2], data }]]));
    expect(read.get("a")!.data).toEqual(Float32Array.of(1, 2));
  });

  it("where there is no tensor at all", () => {
    expect(readSafetensors(writeSafetensors([]))).toHaveLength(0);
    expect(readSafetensors(file("{}")).metadata).toEqual({});
  });

  it("under names that objects treat apart", () => {
    const names = ["__proto__", "constructor", "10", "9", 'a"b\\'];
    const rows = names.map((name, i) => [name, { shape: [1], data: Uint8Array.of(i) }] as const);
    const read = readSafetensors(writeSafetensors(rows));
    names.forEach((name, i) => expect(read.get(name)!.data).toEqual(Uint8Array.of(i)));
    expect([...read.keys()]).toEqual([...names].sort());
  });
});

describe("the reader", () => {
  it("takes an ArrayBuffer, and a Node Buffer at an odd place in a larger memory", () => {
    const bytes = writeSafetensors([["a", { shape: [1], data: Float32Array.of(3) }]]);
    expect(readSafetensors(bytes.buffer).get("a")!.data).toEqual(Float32Array.of(3));
    const inside = Buffer.concat([Buffer.from([1, 2, 3]), bytes, Buffer.from([4])]).subarray(3, -1);
    expect(readSafetensors(inside).get("a")!.data).toEqual(Float32Array.of(3));
  });

  it("hands out copies: the file can change or go", () => {
    const bytes = writeSafetensors([["a", { shape: [2], data: Uint8Array.of(5, 6) }]]);
    const { data } = readSafetensors(Buffer.from(bytes.buffer)).get("a")!;
    bytes.fill(0);
    expect(data).toEqual(Uint8Array.of(5, 6));
  });

  it("lists tensors in the order of their bytes, whatever the order of the header", () => {
    const read = readSafetensors(file({ b: u8(1, 3), a: u8(0, 1) }, [1, 2, 3]));
    expect([...read.keys()]).toEqual(["a", "b"]);
    expect(read.get("b")!.data).toEqual(Uint8Array.of(2, 3));
  });

  it("takes data that stand at an odd byte", () => {
    const header = '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    expect(header.length % 4).not.toBe(0);
    const data = new Uint8Array(Float32Array.of(1.5).buffer);
    expect(readSafetensors(file(header, data)).get("x")!.data).toEqual(Float32Array.of(1.5));
  });

  it("widens half floats exactly: all 65,536 of them", () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const { dtype, data } = one("F16", bits);
    expect(dtype).toBe("F16");
    for (const half of bits) {
      const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
      const magnitude =
        exponent === 31
          ? fraction > 0
            ? NaN
            : Infinity
          : exponent > 0
            ? (1 + fraction / 1024) * 2 ** (exponent - 15)
            : fraction * 2 ** -24;
      if (!Object.is(data[half], sign * magnitude)) expect(data[half]).toBe(sign * magnitude);
    }
  });

  it("widens bfloat16: the upper half of a float32", () => {
    const { data } = one("BF16", Uint16Array.of(0x3f80, 0xc049, 0x7f80, 0xff80, 0x8000, 0x0001));
    expect(data).toEqual(Float32Array.of(1, -3.140625, Infinity, -Infinity, -0, 2 ** -133));
    expect(one("BF16", Uint16Array.of(0x7fc0)).data[0]).toBeNaN();
  });

  it("narrows 64-bit integers where they fit, and says which one does not", () => {
    const edges = [-2147483648n, -1n, 2147483647n];
    expect(one("I64", BigInt64Array.from(edges)).data).toEqual(Int32Array.from(edges, Number));
    expect(one("U64", BigUint64Array.of(7n)).data).toEqual(Int32Array.of(7));
    const refused = "integers of more than 32 bits are not supported. Save it as I32 or F64.";
    expect(() => one("I64", BigInt64Array.of(1n, 2147483648n))).toThrow(
      `The tensor "x" has the I64 value 2147483648 at byte 71: ${refused}`,
    );
    expect(() => one("I64", BigInt64Array.of(-(2n ** 63n)))).toThrow("value -9223372036854775808 ");
    expect(() => one("U64", BigUint64Array.of(2n ** 64n - 1n))).toThrow(refused);
  });
});

describe("the writer refuses", () => {
  const data = Float32Array.of(1, 2);
  it.each([
    [[3], 'The tensor "a" has 2 values, which do not fill its shape [3].'],
    [[], 'The tensor "a" has 2 values, which do not fill its shape [].'],
    [[-1, -2], 'The tensor "a" has 2 values, which do not fill its shape [-1, -2].'],
    [[0.5, 4], 'The tensor "a" has 2 values, which do not fill its shape [0.5, 4].'],
  ])("the shape %j for two values", (shape, sentence) => {
    const write = () => writeSafetensors([["a", { shape, data }]]);
    expect(write).toThrow(SafetensorsError);
    expect(write).toThrow(sentence);
  });

  it("a name that comes twice, and the one that the format keeps", () => {
    const tensor = { shape: [2], data };
    const twice = [["a", tensor] as const, ["b", tensor] as const, ["a", tensor] as const];
    expect(() => writeSafetensors(twice)).toThrow(
      'Two tensors are named "a". Give each its own name.',
    );
    expect(() => writeSafetensors([["__metadata__", tensor]])).toThrow(
      'A tensor cannot be named "__metadata__": the format keeps that name. Rename it.',
    );
  });
});

describe("real files of ../shared", () => {
  const folder = new URL("../../../shared/data/weights/", import.meta.url);
  const there = existsSync(folder);
  if (!there)
    console.log("test/data/safetensors: ../shared is not there, so its files were not read");
  const read = (path: string) => readSafetensors(readFileSync(new URL(path, folder)));

  it("holds the 88,042 float32 weights of the MNIST CNN", () => {
    if (!there) return;
    const tensors = [...read("mnist-cnn/mnist.safetensors").values()];
    const values = tensors.filter(({ dtype }) => dtype === "F32").map(({ data }) => data.length);
    expect(values.reduce((a, b) => a + b)).toBe(88_042);
  });

  it("holds the uint8 weights and int32 biases of MobileNet", () => {
    if (!there) return;
    const tensors = read("mobilenet-imagenet/mobilenet_v1_0.25_128_quant.safetensors");
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(
      new Set(["U8", "I32"]),
    );
  });
});
