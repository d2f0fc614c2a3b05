/** f16's bits on the host: every one of the 65,536, and how numbers between them are rounded. */
import { describe, expect, it } from "vitest";
import { floatBits, fromHalves, halfBits, nearestHalf, toHalves } from "../../src/kernels/half.js";

const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
/** From 0 up to 65504, the largest. */
const positive = fromHalves(all.slice(0, 0x7c00));

describe("f16", () => {
  it("is what IEEE 754 says", () => {
    const known: [number, number][] = [
      [0x0000, 0],
      [0x8000, -0],
      [0x0001, 2 ** -24], // the smallest
      [0x03ff, 1023 * 2 ** -24], // the largest subnormal
      [0x0400, 2 ** -14], // the smallest normal one
      [0x3555, 0.333251953125],
      [0x3c00, 1],
      [0x3c01, 1 + 2 ** -10],
      [0xc000, -2],
      [0x7bff, 65504],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
    ];
    for (const [bits, number] of known) {
      expect(fromHalves(Uint16Array.of(bits))).toEqual(Float32Array.of(number));
      expect(halfBits(number)).toBe(bits);
    }
    expect(halfBits(NaN)).toBe(0x7e00);
  });

  it("comes back the same from float32, all of it", () => {
    const back = toHalves(fromHalves(all));
    const isNaN = (bits: number) => (bits & 0x7fff) > 0x7c00;
    expect(back.filter((bits, k) => bits !== k && !isNaN(k))).toEqual(new Uint16Array());
    expect(back.filter((_, k) => isNaN(k)).every(isNaN)).toBe(true);
  });

  it("keeps what a NaN carries, on the way to float32", () => {
    expect(floatBits(0x7d23)).toBe(0x7f800000 | (0x123 << 13));
  });

  it("is rounded to the nearest, and between two to the even one", () => {
    const wrong: number[] = [];
    const check = (x: number, bits: number) => {
      if (halfBits(x) !== bits || halfBits(-x) !== (bits | 0x8000)) wrong.push(x);
    };
    for (let k = 0; k + 1 < positive.length; k++) {
      const middle = (positive[k]! + positive[k + 1]!) / 2;
      check(middle, k + (k & 1));
      check(middle * (1 - 2 ** -50), k); // closer than any float32 is
      check(middle * (1 + 2 ** -50), k + 1);
    }
    expect(wrong).toEqual([]);
  });

  it("is infinite from 65520 on, and not before", () => {
    expect([65519.999, 65520, 1e5, 1e300, Infinity].map(nearestHalf)).toEqual([
      65504,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
    ]);
    expect([-65519.999, -65520].map(nearestHalf)).toEqual([-65504, -Infinity]);
  });

  it("keeps the sign of what becomes 0", () => {
    expect([1e-8, -1e-8, 2 ** -25, -(2 ** -25), -1e-300].map(nearestHalf)).toEqual([0, -0, 0, -0, -0]); // prettier-ignore
    expect(nearestHalf(2 ** -25 * 1.001)).toBe(2 ** -24);
  });
});
