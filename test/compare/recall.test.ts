/** The task of recall: one key in every row, asked for at the end, as far back as is said. */
import { describe, expect, it } from "vitest";
import { LENGTH, rowsOf, VOCABULARY } from "../../src/compare/recall/task.js";
import { reachOf } from "../../src/compare/experiments/recall.js";

describe("rowsOf", () => {
  it("puts one key into each row, at its distance before the question", () => {
    const { x, y, distance } = rowsOf(200, "a");
    for (let row = 0; row < 200; row++) {
      const symbols = [...x.subarray(row * LENGTH, (row + 1) * LENGTH)];
      expect(symbols.at(-1)).toBe(VOCABULARY - 1);
      expect(symbols.filter((id) => id >= 8 && id < 16)).toEqual([y[row]]);
      expect(symbols[LENGTH - 1 - distance[row]!]).toBe(y[row]);
    }
    expect(new Set(distance).size).toBeGreaterThan(50);
  });

  it("gives the same rows for the same seed, and others for another", () => {
    expect(rowsOf(4, "a")).toEqual(rowsOf(4, "a"));
    expect(rowsOf(4, "b")).not.toEqual(rowsOf(4, "a"));
  });

  it("sets the distances that are asked for", () => {
    expect([...rowsOf(3, "a", (row) => row + 1).distance]).toEqual([1, 2, 3]);
  });
});

describe("reachOf", () => {
  it("is how far 90 % of the answers are right", () => {
    expect(reachOf(Array<number>(63).fill(1))).toBe(63);
    expect(reachOf(Array<number>(63).fill(0.1))).toBe(0);
    const falling = Array.from({ length: 63 }, (_, k) => (k < 30 ? 1 : 0));
    expect(reachOf(falling)).toBe(26); // nine are averaged: one zero among them is too much
  });
});
