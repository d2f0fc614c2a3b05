// Reading by index, padding, joining, running sums, extremes and sorting on the js backend.
import { describe, expect, it } from "vitest";
import { dot, expectClose, noise, run } from "./run.js";

describe("take and gather", () => {
  const size = { outer: 2, size: 3, inner: 2, count: 4 };
  const x = Array.from({ length: 12 }, (_, i) => i);

  it("take reads rows of a table; an index outside reads NaN, or 0 from integers", async () => {
    const table = { outer: 1, size: 3, inner: 2, count: 4, dtype: "f32" } as const;
    const index = Int32Array.of(2, 0, 2, 3);
    const [y] = await run({ kernel: "take", ...table }, [[1, 2, 3, 4, 5, 6], index], [8]);
    expect([...y!]).toEqual([5, 6, 1, 2, 5, 6, NaN, NaN]);
    const whole = { kernel: "take", outer: 1, size: 2, inner: 1, count: 2, dtype: "i32" } as const;
    const [i] = await run(whole, [Int32Array.of(7, 8), Int32Array.of(1, -1)], [["i32", 2]]);
    expect([...i!]).toEqual([8, 0]);
  });

  it("gather has an index for every element", async () => {
    const kernel = {
      kernel: "gather",
      outer: 1,
      size: 3,
      inner: 2,
      count: 2,
      dtype: "f32",
    } as const;
    const [y] = await run(kernel, [[1, 2, 3, 4, 5, 6], Int32Array.of(2, 0, 1, -1)], [4]);
    expect([...y!]).toEqual([5, 2, 3, NaN]);
  });

  it("takeAdd and scatterAdd add what meets at one place, and leave out what is outside", async () => {
    const row = { outer: 1, size: 3, inner: 1, count: 4 };
    const index = Int32Array.of(2, 0, 2, 9);
    for (const kernel of ["takeAdd", "scatterAdd"] as const) {
      const [x] = await run({ kernel, ...row }, [[1, 10, 100, 1000], index], [3]);
      expect([...x!]).toEqual([10, 0, 101]);
    }
  });

  it("an index outside does not reach into the next row of `outer`", async () => {
    const rows = { outer: 2, size: 2, inner: 1, count: 1 };
    const table = [1, 2, 3, 4];
    for (const outside of [2, -1]) {
      const [one, each] = [Int32Array.of(outside), Int32Array.of(outside, outside)];
      for (const [read, add, index] of [
        ["take", "takeAdd", one],
        ["gather", "scatterAdd", each],
      ] as const) {
        const [y] = await run({ kernel: read, dtype: "f32", ...rows }, [table, index], [2]);
        expect([...y!]).toEqual([NaN, NaN]);
        expect([...(await run({ kernel: add, ...rows }, [[5, 6], index], [4]))[0]!]).toEqual([
          0, 0, 0, 0,
        ]);
      }
    }
  });

  it("each is the transpose of the other: ⟨g, take x⟩ = ⟨takeAdd g, x⟩", async () => {
    const g = noise(16, 1);
    const rows = Int32Array.of(2, 0, 2, 1);
    const each = Int32Array.from(noise(16, 2), (u) => Math.floor((u + 1) * 1.5));
    for (const [read, add, index] of [
      ["take", "takeAdd", rows],
      ["gather", "scatterAdd", each],
    ] as const) {
      const [y] = await run({ kernel: read, dtype: "f32", ...size }, [x, index], [16]);
      const [back] = await run({ kernel: add, ...size }, [g, index], [12]);
      expectClose([dot(x, back!)], [dot(g, y!)]);
    }
  });
});

describe("pad and concat", () => {
  it("pad puts a border of one number around", async () => {
    const kernel = {
      kernel: "pad",
      shape: [2, 2],
      before: [0, 1],
      after: [1, 0],
      dtype: "f32",
    } as const;
    const [y] = await run(kernel, [[1, 2, 3, 4]], [9], [-Infinity]);
    expect([...y!]).toEqual([-Infinity, 1, 2, -Infinity, 3, 4, -Infinity, -Infinity, -Infinity]);
    const empty = { ...kernel, shape: [0], before: [1], after: [1] };
    expect([...(await run(empty, [[]], [2], [7]))[0]!]).toEqual([7, 7]);
  });

  it("concat joins along the middle axis", async () => {
    const kernel = {
      kernel: "concat",
      outer: 2,
      sizes: [1, 0, 2],
      inner: 2,
      dtype: "f32",
    } as const;
    const [y] = await run(kernel, [[1, 2, 3, 4], [], [10, 20, 30, 40, 50, 60, 70, 80]], [12]);
    expect([...y!]).toEqual([1, 2, 10, 20, 30, 40, 3, 4, 50, 60, 70, 80]);
  });
});

describe("cumsum, argReduce, sort", () => {
  it("cumsum runs along the middle axis, from either end; integers wrap", async () => {
    const size = { outer: 1, size: 3, inner: 2, dtype: "f32" } as const;
    const x = [1, 10, 2, 20, 3, 30];
    const forward = { kernel: "cumsum", reverse: false, ...size } as const;
    expect([...(await run(forward, [x], [6]))[0]!]).toEqual([1, 10, 3, 30, 6, 60]);
    expect([...(await run({ ...forward, reverse: true }, [x], [6]))[0]!]).toEqual([
      6, 60, 5, 50, 3, 30,
    ]);
    const [i] = await run(
      { ...forward, inner: 1, size: 2, dtype: "i32" },
      [Int32Array.of(2 ** 31 - 1, 1)],
      [["i32", 2]],
    );
    expect([...i!]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
  });

  it("argReduce gives the first of equals, and the first NaN", async () => {
    const kernel = {
      kernel: "argReduce",
      op: "max",
      outer: 2,
      size: 4,
      inner: 1,
      dtype: "f32",
    } as const;
    const x = [1, 5, 5, -Infinity, 0, NaN, 9, NaN];
    expect([...(await run(kernel, [x], [["i32", 2]]))[0]!]).toEqual([1, 1]);
    expect([...(await run({ ...kernel, op: "min" }, [x], [["i32", 2]]))[0]!]).toEqual([3, 1]);
    const columns = { ...kernel, outer: 1, size: 2, inner: 2 };
    expect([...(await run(columns, [[1, 4, 3, 2]], [["i32", 2]]))[0]!]).toEqual([1, 0]);
  });

  it("sort is stable, and NaN is above everything", async () => {
    const kernel = {
      kernel: "sort",
      rows: 2,
      columns: 4,
      descending: false,
      dtype: "f32",
    } as const;
    const x = [3, 1, 3, 1, NaN, 2, Infinity, -1];
    expect([...(await run(kernel, [x], [["i32", 8]]))[0]!]).toEqual([1, 3, 0, 2, 3, 1, 2, 0]);
    const down = { ...kernel, descending: true };
    expect([...(await run(down, [x], [["i32", 8]]))[0]!]).toEqual([0, 2, 1, 3, 0, 2, 1, 3]);
    expect([...(await run({ ...kernel, rows: 3, columns: 0 }, [[]], [["i32", 0]]))[0]!]).toEqual(
      [],
    );
  });
});
