// Random numbers on the js backend: the integers are Threefry's own, the distributions have their moments.
import { describe, expect, it } from "vitest";
import type { DType } from "../../../src/kernels/ir.js";
import type { Random } from "../../../src/kernels/spec.js";
import { threefry } from "../../../src/kernels/js/random.js";
import { expectClose, run } from "./run.js";

const draw = async (
  distribution: Random["distribution"],
  count: number,
  scalars: number[],
  dtype: DType = "f32",
) => (await run({ kernel: "random", count, distribution }, [], [[dtype, count]], scalars))[0]!;

const mean = (x: ArrayLike<number>): number => Array.from(x).reduce((a, b) => a + b, 0) / x.length;

describe("threefry", () => {
  // The known answers that Random123, the authors' own code, is shipped with (kat_vectors, threefry2x32 20).
  it.each([
    [
      [0, 0],
      [0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)("key %j, counter %j", ([k0, k1], [c0, c1], wanted) => {
    expect(threefry(k0, k1, c0, c1).map((word) => word >>> 0)).toEqual(wanted);
  });
});

describe("random", () => {
  const [key0, key1, stream] = [0x13198a2e, 0x03707344, 0x85a308d3];

  it("bits: words 0 and 1 of counter (⌊i/2⌋, stream)", async () => {
    const bits = await draw("bits", 7, [key0, key1, stream], "i32");
    const wanted = [0, 1, 2, 3].flatMap((counter) => threefry(key0, key1, counter, stream));
    expect([...bits]).toEqual(wanted.slice(0, 7));
    expect([...(await draw("bits", 7, [key0, key1, stream + 1], "i32"))]).not.toEqual([...bits]);
  });

  it("uniform: the upper 24 bits, between low and high", async () => {
    const bits = await draw("bits", 1000, [key0, key1, stream], "i32");
    const x = await draw("uniform", 1000, [key0, key1, stream, -1, 3]);
    expectClose(
      x,
      Array.from(bits, (word) => -1 + (4 * Math.floor((word >>> 0) / 256)) / 2 ** 24),
    );
    expect(Math.abs(mean(x) - 1)).toBeLessThan(4 * Math.sqrt(16 / 12 / 1000)); // 4 standard errors
  });

  it("normal: Box and Muller's pairs, with mean and deviation", async () => {
    const count = 20_000;
    const x = await draw("normal", count, [key0, key1, stream, 5, 2]);
    const centered = Array.from(x, (value) => (value - 5) / 2);
    const moment = (power: number): number => mean(centered.map((z) => z ** power));
    // 4 standard errors of each: Var z = 1, Var z² = 2, Var z³ = 15, Var z⁴ = 96
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
    const [w0, w1] = threefry(key0, key1, 0, stream);
    const radius = Math.sqrt(-2 * Math.log(((w0 >>> 8) + 1) / 2 ** 24));
    const angle = (2 * Math.PI * (w1 >>> 8)) / 2 ** 24;
    expectClose(centered.slice(0, 2), [radius * Math.cos(angle), radius * Math.sin(angle)]);
    expect(Array.from(x).every(Number.isFinite)).toBe(true);
  });

  it("integer: low + ⌊word·span/2³²⌋, exact up to the widest span", async () => {
    const bits = await draw("bits", 500, [key0, key1, stream], "i32");
    for (const [low, high] of [
      [0, 6],
      [-(2 ** 31), 2 ** 31 - 1],
    ] as const) {
      const x = await draw("integer", 500, [key0, key1, stream, low, high], "i32");
      const exact = (word: number) =>
        low + Number((BigInt(word >>> 0) * BigInt(high - low)) >> 32n);
      expect([...x]).toEqual(Array.from(bits, exact));
    }
    expect(new Set(await draw("integer", 500, [key0, key1, stream, 0, 6], "i32"))).toEqual(
      new Set([0, 1, 2, 3, 4, 5]),
    );
  });
});
