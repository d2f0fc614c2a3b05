import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  readSafetensors,
  SafetensorsError,
  writeSafetensors,
  type StoredDtype,
} from "../../src/tensor/safetensors.js";

/** A file with this header and these data, right or wrong. */
function file(header: unknown, data: ArrayLike<number> = [], length?: bigint): Uint8Array {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** A file of one tensor "x" from the bits of its values. */
function one(dtype: StoredDtype, bits: Uint8Array | Uint16Array | BigInt64Array | BigUint64Array) {
  const bytes = new Uint8Array(bits.buffer);
  const x = { dtype, shape: [bits.length], data_offsets: [0, bytes.length] };
  return readSafetensors(file({ x }, bytes)).get("x")!;
}

const u8 = (begin: number, end: number) => ({
  dtype: "U8",
  shape: [end - begin],
  data_offsets: [begin, end],
});

/** The sentence that a file is refused with. */
function refusal(bytes: Uint8Array): string {
  try {
    readSafetensors(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return (error as SafetensorsError).message;
  }
  throw new Error("the file was read");
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

describe("a file that is wrong is refused with a sentence", () => {
  const cases: [string, Uint8Array, string][] = [
    [
      "shorter than the length of the header",
      Uint8Array.of(1, 2, 3),
      "A safetensors file begins with 8 bytes that give the length of its header; this one ends at byte 3.",
    ],
    [
      "a header above 100 MB",
      file("{}", [], 100_000_001n),
      "Bytes 0 to 8 say that the header is 100000001 bytes long; at most 100000000 are allowed. Is this a safetensors file?",
    ],
    [
      "a length above all numbers",
      file("{}", [], 2n ** 64n - 1n),
      "Bytes 0 to 8 say that the header is 18446744073709551615 bytes long; at most 100000000 are allowed. Is this a safetensors file?",
    ],
    [
      "a header longer than the file",
      file("{}", [], 3n),
      "Bytes 0 to 8 say that the header is 3 bytes long, up to byte 11, but the file ends at byte 10. Was it cut short?",
    ],
    [
      "no header",
      new Uint8Array(8),
      'The header must be a JSON object, begun by "{" at byte 8. Is this a safetensors file?',
    ],
    [
      "a header that is a list",
      file("[]"),
      'The header must be a JSON object, begun by "{" at byte 8. Is this a safetensors file?',
    ],
    [
      "a key twice",
      file('{"я":1,"b":{"c":"c","c":2}}'),
      'The header has the key "c" twice, the second time at byte 29.',
    ],
    [
      "a key twice, once in disguise",
      file('{"a":{},"\\u0061" :{}}'),
      'The header has the key "a" twice, the second time at byte 16.',
    ],
    [
      "an entry that is no object",
      file({ a: [1] }),
      `The header's entry for the tensor "a" must be an object, not [1].`,
    ],
    [
      "an unknown dtype",
      file({ a: { dtype: "F8_E4M3", shape: [1], data_offsets: [0, 1] } }, [0]),
      `The header's entry for the tensor "a" has the unknown dtype "F8_E4M3"; known are F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL.`,
    ],
    [
      "a dtype that only an object's prototype knows",
      file({ a: { dtype: "toString", shape: [1], data_offsets: [0, 1] } }, [0]),
      `The header's entry for the tensor "a" has the unknown dtype "toString"; known are F64, I64, U64, F32, I32, U32, F16, BF16, I16, U16, I8, U8, BOOL.`,
    ],
    [
      "a negative size",
      file({ a: { dtype: "U8", shape: [-1, -1], data_offsets: [0, 1] } }, [0]),
      `The header's entry for the tensor "a" must have a shape of whole numbers, not [-1, -1].`,
    ],
    [
      "no shape",
      file({ a: { dtype: "U8", data_offsets: [0, 1] } }, [0]),
      `The header's entry for the tensor "a" must have a shape of whole numbers, not undefined.`,
    ],
    [
      "three offsets",
      file({ a: { dtype: "U8", shape: [1], data_offsets: [0, 1, 2] } }, [0]),
      `The header's entry for the tensor "a" must have data_offsets [begin, end], not [0, 1, 2].`,
    ],
    [
      "a shape that its bytes do not hold",
      file({ a: { dtype: "F32", shape: [2, 3], data_offsets: [0, 20] } }, new Uint8Array(20)),
      `The header's entry for the tensor "a" lies: F32 of shape [2, 3] takes 24 bytes, but bytes 65 to 85 are 20.`,
    ],
    [
      "a shape beyond all numbers",
      file({ a: { dtype: "U8", shape: [2 ** 53 - 1, 2 ** 53 - 1, 4], data_offsets: [0, 0] } }),
      `The header's entry for the tensor "a" lies: U8 of shape [9007199254740991, 9007199254740991, 4] takes 3.2451855365842665e+32 bytes, but bytes 95 to 95 are 0.`,
    ],
    [
      "an end before its begin",
      file({ a: { dtype: "U8", shape: [1], data_offsets: [1, 0] } }, [0]),
      `The header's entry for the tensor "a" lies: U8 of shape [1] takes 1 bytes, but bytes 62 to 61 are -1.`,
    ],
    [
      "data cut short",
      file({ a: u8(0, 4) }, [1, 2, 3]),
      'The tensor "a" claims bytes 61 to 65, but the file ends at byte 64. Was it cut short?',
    ],
    [
      "two tensors that overlap",
      file({ a: u8(0, 3), b: u8(2, 4) }, [1, 2, 3, 4]),
      'The tensor "b" claims bytes 115 to 117, but all up to byte 116 belong to another tensor.',
    ],
    [
      "two tensors on the same bytes",
      file({ a: u8(0, 2), b: u8(0, 2) }, [1, 2]),
      'The tensor "b" claims bytes 113 to 115, but all up to byte 115 belong to another tensor.',
    ],
    [
      "a hole before a tensor",
      file({ a: u8(0, 1), b: u8(2, 3) }, [1, 2, 3]),
      'The tensor "b" claims bytes 115 to 116, but bytes 114 to 115 belong to no tensor.',
    ],
    [
      "bytes after the last tensor",
      file({ a: u8(0, 1) }, [1, 2, 3]),
      "Bytes 62 to 64 of the file belong to no tensor.",
    ],
    [
      "metadata that are no strings",
      file({ __metadata__: { step: 3 } }),
      `The header's "__metadata__" must be an object of strings, not an object.`,
    ],
    [
      "metadata that are nothing",
      file({ __metadata__: null }),
      `The header's "__metadata__" must be an object of strings, not null.`,
    ],
  ];
  it.each(cases)("%s", (_, bytes, sentence) => expect(refusal(bytes)).toBe(sentence));

  it("a header that is not UTF-8, or not JSON, with the engine's own reason at the end", () => {
    const broken = file('{"a": x}');
    expect(refusal(broken)).toMatch(/^The header, bytes 8 to 16, is not JSON: Unexpected token/);
    broken[9] = 0xff;
    expect(refusal(broken)).toMatch(/^The header, bytes 8 to 16, is not UTF-8 text: /);
  });

  it("a header nested too deep to print", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(refusal(file(`{"a":${deep}}`))).toContain("must be an object, not [a list].");
  });

  it("and a name of any length leaves the sentence readable", () => {
    expect(refusal(file({ ["x".repeat(1e6)]: 3 })).length).toBeLessThan(200);
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

describe("a damaged file is read whole or refused, and never breaks the reader", () => {
  const good = writeSafetensors(
    [
      ["слой.weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
      ["mask", { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) }],
    ],
    { format: "pt" },
  );

  /** Whether a file is read; a fault other than SafetensorsError fails the test. */
  function isRead(bytes: Uint8Array): boolean {
    try {
      const tensors = readSafetensors(bytes);
      for (const { shape, data } of tensors.values()) {
        if (shape.reduce((a, b) => a * b, 1) !== data.length)
          throw new Error("shape and data part");
      }
      return true;
    } catch (error) {
      if (!(error instanceof SafetensorsError) || !/\.$|\?$/.test(error.message)) throw error;
      return false;
    }
  }

  it("cut at every byte: refused", () => {
    expect(isRead(good)).toBe(true);
    for (let length = 0; length < good.length; length++) {
      expect(isRead(good.slice(0, length)), `cut at byte ${length}`).toBe(false);
    }
  });

  it("every byte of length and header set to every value", () => {
    const header = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
    let read = 0;
    for (let at = 0; at < header; at++) {
      const bytes = good.slice();
      for (let value = 0; value < 256; value++) {
        bytes[at] = value;
        read += Number(isRead(bytes));
      }
    }
    expect(read).toBeGreaterThan(header); // the undamaged value, and letters of names
    expect(read).toBeLessThan(header * 128); // most damage is found
  });

  it("a byte left out or put in anywhere: refused, but for spaces and letters of names", () => {
    for (let at = 0; at < good.length; at++) {
      expect(isRead(Buffer.concat([good.subarray(0, at), good.subarray(at + 1)]))).toBe(false);
      const longer = Buffer.concat([good.subarray(0, at), Uint8Array.of(0), good.subarray(at)]);
      expect(isRead(longer)).toBe(false);
    }
  });

  it("two random bytes at a time, 20,000 times", () => {
    let state = 1;
    const draw = (below: number) =>
      Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) * below);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = good.slice();
      for (let i = 0; i < 2; i++) bytes[draw(bytes.length)] = draw(256);
      refused += Number(!isRead(bytes));
    }
    expect(refused).toBeGreaterThan(10_000);
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
