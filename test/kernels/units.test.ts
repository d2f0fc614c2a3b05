/**
 * Threads will cut a kernel's units into ranges: every kernel must give the same bits however they
 * are cut, in whatever order the ranges run, and whatever scratch memory held before. No kernel writes
 * past a block's end, and none but the optimizers changes its inputs.
 */
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../src/kernels/backend.js";
import { cases } from "./cases.js";
import { runPhases } from "./phases.js";
import { firstDifference } from "./run.js";

function expectSame(
  got: readonly (Uint8Array | TypedArray)[],
  expected: readonly (Uint8Array | TypedArray)[],
  what: string,
): void {
  got.forEach((bytes, k) => {
    expect(firstDifference(bytes, expected[k]!), `byte that differs in ${what} ${k}`).toBe(-1);
  });
}

for (const [name, rows] of cases) {
  describe(name, () => {
    it.each(rows.map((row) => [row.name, row] as const))("%s", async (_, row) => {
      const inputs = await row.inputs();
      const whole = runPhases(row, inputs, 1);
      expect(whole.overrun, "blocks written past their end").toBe(0);
      if (row.outputs.length > 0) expectSame(whole.inputs, inputs, "input");
      for (const ranges of [2, 3]) {
        const cut = runPhases(row, inputs, ranges);
        expectSame(cut.outputs, whole.outputs, `${ranges} ranges, output`);
        expectSame(cut.inputs, whole.inputs, `${ranges} ranges, input`);
      }
    });
  });
}
