/**
 * Threads will cut a kernel's units into ranges: every kernel must give the same bits however they
 * are cut, in whatever order the ranges run, and whatever scratch memory held before.
 */
import { describe, expect, it } from "vitest";
import { cases } from "./cases.js";
import { runPhases } from "./phases.js";
import { firstDifference } from "./run.js";

for (const [name, rows] of cases) {
  describe(name, () => {
    it.each(rows.map((row) => [row.name, row] as const))("%s", async (_, row) => {
      const inputs = await row.inputs();
      const whole = runPhases(row, inputs, 1);
      for (const ranges of [2, 3]) {
        runPhases(row, inputs, ranges).forEach((bytes, k) =>
          expect(firstDifference(bytes, whole[k]!), `in ${ranges} ranges`).toBe(-1),
        );
      }
    });
  });
}
