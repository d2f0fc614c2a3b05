/**
 * Threads of the wasm backend. Whoever takes which part of a kernel, the bits are the same: every case
 * of the kernel table on one thread, then on workers alone, one and two of them.
 */
import { afterAll, describe, expect, it } from "vitest";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { cases } from "./cases.js";
import { evaluate, firstDifference } from "./run.js";

const one = openWasm({ threads: 1 });
/** Everything is shared, however small, and the caller takes no part. */
const all = { crossover: 0, part: 0, callerWorks: false };
const many = [2, 3].map((threads) => openWasm({ threads }, all));

afterAll(() => [one, ...many].forEach((backend) => backend.close()));

describe("the kernel table", () => {
  for (const [name, rows] of cases) {
    it(`${name}: the same bits on one thread, one worker, two workers`, async () => {
      for (const row of rows) {
        const inputs = await row.inputs();
        const alone = await evaluate(one, row, inputs, "arena");
        for (const backend of many) {
          const together = await evaluate(backend, row, inputs, "arena");
          const what = `${row.name}, ${backend.threads} threads`;
          together.forEach((data, k) => expect(firstDifference(data, alone[k]!), what).toBe(-1));
        }
      }
    });
  }

  it("was worked off by workers", () => {
    for (const backend of many) {
      const [caller, ...workers] = backend.partsTaken();
      expect(caller).toBe(0);
      for (const parts of workers) expect(parts).toBeGreaterThan(100);
    }
  });
});
