// Files that are wrong: each is refused with a sentence, and no damage breaks the reader.

import { describe, expect, it } from "vitest";
import {
  readSafetensors,
  SafetensorsError,
  writeSafetensors,
} from "../../src/tensor/safetensors/index.js";
import { file, u8 } from "./safetensors-file.js";

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
