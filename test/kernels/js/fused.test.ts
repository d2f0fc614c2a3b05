// The fused kernel on the js backend: what each function of the expression IR means, and the loop nest.
import { describe, expect, it } from "vitest";
import type { Fused, Instruction } from "../../../src/kernels/ir.js";
import { load, map, rowMajor } from "./expression.js";
import { expectClose, run } from "./run.js";

describe("fused: functions", () => {
  type OneOf = Extract<Instruction, { args: [number] }>["op"];
  type TwoOf = Extract<Instruction, { args: [number, number] }>["op"];

  async function one(op: Exclude<OneOf, "cast">, x: number[]): Promise<number[]> {
    return [
      ...(
        await run(map([x.length], 1, load(0), { op, args: [0], dtype: "f32" }), [x], [x.length])
      )[0]!,
    ];
  }
  async function two(op: TwoOf, x: number[], y: number[], dtype: "f32" | "i32" = "f32") {
    const args: [number, number] = [0, 1];
    const kernel = map([x.length], 2, load(0, dtype), load(1, dtype), { op, args, dtype });
    const inputs = dtype === "i32" ? [x, y].map((data) => Int32Array.from(data)) : [x, y];
    return [...(await run(kernel, inputs, [[dtype, x.length]]))[0]!];
  }

  it("of one number", async () => {
    expect(await one("round", [0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, -2.6])).toEqual([
      0, 2, 2, -0, -2, 2, -3,
    ]);
    expect(await one("sign", [-3, 0, 5, NaN])).toEqual([-1, 0, 1, NaN]);
    expectClose(await one("expm1", [1e-20, Infinity]), [1e-20, Infinity]);
    expectClose(await one("tanh", [100, -1000]), [1, -1]);
    expectClose(await one("sqrt", [-1, 2]), [NaN, Math.SQRT2]);
  });

  it("erf, against tables (Abramowitz and Stegun, 7.1) and where two formulas meet", async () => {
    const wanted = [
      0, 0.1124629160182849, 0.5204998778130465, 0.8427007929497149, 0.9953222650189527,
    ];
    expectClose(await one("erf", [0, 0.1, 0.5, 1, 2]), wanted, 2e-16);
    expectClose(
      await one("erf", [3, -3, 4]),
      [0.9999779095030014, -0.9999779095030014, 0.9999999845827421],
      2e-16,
    );
    expectClose(await one("erf", [Infinity, -Infinity, NaN]), [1, -1, NaN]);
    const [below, above] = await one("erf", [2 - 1e-12, 2]);
    expect(above! - below!).toBeGreaterThanOrEqual(0);
    expect(above! - below!).toBeLessThan(1e-13);
    expect((await one("erf", [1e-300]))[0]! / 1e-300).toBeCloseTo(2 / Math.sqrt(Math.PI), 15);
  });

  it("of two real numbers: the remainder has the divisor's sign, NaN goes through, pow is IEEE's", async () => {
    expect(await two("mod", [5, -5, 5, -5, 6], [3, 3, -3, -3, 3])).toEqual([2, 1, -1, -2, 0]);
    expect(await two("max", [1, NaN, 2], [NaN, 1, 3])).toEqual([NaN, NaN, 3]);
    expect(await two("pow", [1, -1, 2, -8], [NaN, Infinity, -1, 1 / 3])).toEqual([1, 1, 0.5, NaN]);
    expect(await two("div", [1, -1, 0], [0, 0, 0])).toEqual([Infinity, -Infinity, NaN]);
  });

  it("of two integers: they wrap at 32 bits, and nothing traps", async () => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    expect(await two("add", [most, 1], [1, 2], "i32")).toEqual([least, 3]);
    expect(await two("mul", [65537, most], [65537, most], "i32")).toEqual([131073, 1]);
    expect(await two("div", [7, -7, 7, least, 5], [2, 2, -2, -1, 0], "i32")).toEqual([
      3,
      -3,
      -3,
      least,
      0,
    ]);
    expect(await two("mod", [-7, 7, 5], [3, -3, 0], "i32")).toEqual([2, -2, 0]);
    expect(await two("pow", [3, 3, 2, -1, 7, 0], [20, 21, -1, -3, 0, 0], "i32")).toEqual([
      3486784401 | 0, 10460353203 | 0, 0, -1, 1, 1,
    ]); // prettier-ignore
  });

  it("of two bools: as of integers, and whether that is not 0; max is any, min is all", async () => {
    const kernel = (op: TwoOf) => {
      return map([4], 2, load(0, "bool"), load(1, "bool"), { op, args: [0, 1], dtype: "bool" });
    };
    const [x, y] = [Int32Array.of(0, 0, 1, 1), Int32Array.of(0, 1, 0, 1)];
    const wanted = {
      add: [0, 1, 1, 1],
      mul: [0, 0, 0, 1],
      max: [0, 1, 1, 1],
      and: [0, 0, 0, 1],
      ne: [0, 1, 1, 0],
    } as const;
    for (const op of ["add", "mul", "max", "and", "ne"] as const) {
      expect([...(await run(kernel(op), [x, y], [["bool", 4]]))[0]!]).toEqual(wanted[op]);
    }
  });

  it("compares to bool, selects, casts, and reads scalars and positions", async () => {
    const x = [-2.7, 0, NaN, 3e9];
    const cast = (dtype: "i32" | "bool") => map([4], 1, load(0), { op: "cast", args: [0], dtype });
    expect([...(await run(cast("i32"), [x], [["i32", 4]]))[0]!]).toEqual([-2, 0, 0, 2 ** 31 - 1]);
    expect([...(await run(cast("bool"), [x], [["bool", 4]]))[0]!]).toEqual([1, 0, 1, 1]);
    const clamped = map(
      [4],
      1,
      load(0),
      { op: "scalar", index: 0, dtype: "f32" },
      { op: "lt", args: [0, 1], dtype: "bool" },
      { op: "index", axis: 0, dtype: "i32" },
      { op: "cast", args: [3], dtype: "f32" },
      { op: "select", args: [2, 4, 0], dtype: "f32" },
    );
    expect([...(await run(clamped, [x], [4], [1]))[0]!]).toEqual([0, 1, NaN, 3e9]);
  });
});

describe("fused: the loop nest", () => {
  /** x [2, 3] = [[1, 2, 3], [4, 5, 6]], read as `shape` with these strides from `offset` on. */
  const copy = (shape: readonly number[], strides: readonly number[], offset = 0): Fused => ({
    ...map(shape, 1, load(0)),
    loads: [{ dtype: "f32", offset, strides }],
  });
  const x = [1, 2, 3, 4, 5, 6];

  it("transposes, broadcasts, flips and slices by strides alone", async () => {
    expect([...(await run(copy([3, 2], [1, 3]), [x], [6]))[0]!]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(await run(copy([2, 3], [0, 1]), [x], [6]))[0]!]).toEqual([1, 2, 3, 1, 2, 3]);
    expect([...(await run(copy([2, 3], [3, -1], 2), [x], [6]))[0]!]).toEqual([3, 2, 1, 6, 5, 4]);
    expect([...(await run(copy([2], [3], 1), [x], [2]))[0]!]).toEqual([2, 5]);
    expect([...(await run(copy([], [], 4), [x], [1]))[0]!]).toEqual([5]);
    expect([...(await run(copy([0, 3], [3, 1]), [x], [0]))[0]!]).toEqual([]);
  });

  it("goes on over blocks: 5,000 points keep their places", async () => {
    const many = Array.from({ length: 5000 }, (_, i) => i);
    const [out] = await run(copy([50, 100], [1, 50]), [many], [5000]);
    expect(out![50 * 100 - 1]).toBe(4999);
    expect(out![30 * 100 + 17]).toBe(17 * 50 + 30);
  });

  const reduce = (op: "sum" | "prod" | "max" | "min", shape: number[], over: number[]): Fused => ({
    ...map(shape, 1, load(0)),
    loads: [rowMajor([...shape, ...over])],
    reduce: { op, shape: over },
  });

  it("reduces", async () => {
    expect([...(await run(reduce("sum", [2], [3]), [x], [2]))[0]!]).toEqual([6, 15]);
    expect([...(await run(reduce("prod", [], [2, 3]), [x], [1]))[0]!]).toEqual([720]);
    expect([...(await run(reduce("max", [2], [3]), [[1, NaN, 3, 4, 6, 5]], [2]))[0]!]).toEqual([
      NaN,
      6,
    ]);
    expect([...(await run(reduce("min", [3], [2]), [x], [3]))[0]!]).toEqual([1, 3, 5]);
  });

  it("reduces rows longer than a block, and many of them", async () => {
    const rows = Array.from({ length: 6000 }, (_, i) => Math.floor(i / 2000) + 1);
    expect([...(await run(reduce("sum", [3], [2000]), [rows], [3]))[0]!]).toEqual([
      2000, 4000, 6000,
    ]);
    const [pairs] = await run(reduce("sum", [3000], [2]), [rows], [3000]);
    expect([pairs![0], pairs![1500], pairs![2999]]).toEqual([2, 4, 6]);
  });

  it("reduces nothing to where it starts", async () => {
    for (const [op, start] of [
      ["sum", 0],
      ["prod", 1],
      ["max", -Infinity],
      ["min", Infinity],
    ] as const) {
      expect([...(await run(reduce(op, [2], [0]), [[]], [2]))[0]!]).toEqual([start, start]);
    }
    expect([...(await run(reduce("sum", [0], [3]), [[]], [0]))[0]!]).toEqual([]);
  });

  it("reduces no integers to the lowest there is, and no bools to false", async () => {
    for (const [dtype, start] of [
      ["i32", -(2 ** 31)],
      ["bool", 0],
    ] as const) {
      const kernel: Fused = { ...reduce("max", [1], [0]), dtype, body: [load(0, dtype)] };
      expect([...(await run(kernel, [Int32Array.of()], [[dtype, 1]]))[0]!]).toEqual([start]);
    }
  });

  it("sums integers with wrap-around", async () => {
    const kernel: Fused = { ...reduce("sum", [1], [3]), dtype: "i32", body: [load(0, "i32")] };
    const [out] = await run(kernel, [Int32Array.of(2 ** 31 - 1, 1, 1)], [["i32", 1]]);
    expect([...out!]).toEqual([-(2 ** 31) + 1]);
  });

  it("finishes with an epilogue over the output axes: the mean of squares, plus a bias", async () => {
    const kernel: Fused = {
      kernel: "fused",
      dtype: "f32",
      shape: [2],
      loads: [rowMajor([2, 3]), { dtype: "f32", offset: 0, strides: [1, 0] }],
      body: [load(0), { op: "mul", args: [0, 0], dtype: "f32" }],
      reduce: { op: "sum", shape: [3] },
      epilogue: [
        { op: "accumulated", dtype: "f32" },
        { op: "constant", value: 3, dtype: "f32" },
        { op: "div", args: [0, 1], dtype: "f32" },
        load(1),
        { op: "add", args: [2, 3], dtype: "f32" },
      ],
    };
    expectClose((await run(kernel, [x, [100, 200]], [2]))[0]!, [100 + 14 / 3, 200 + 77 / 3]);
  });
});
