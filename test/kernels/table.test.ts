/**
 * Every kernel on the wasm backend against js, the definition of right: all buffers given, then all of
 * them in the arena (to the same bits). Prints how much of its tolerance each kernel used.
 */
import { afterAll, describe, expect, it } from "vitest";
import type { Backend } from "../../src/kernels/backend.js";
import { openJs } from "../../src/kernels/js/index.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import type { Case } from "./case.js";
import { cases } from "./cases.js";
import { evaluate, firstDifference, worst } from "./run.js";

const js = openJs();
const wasm = openWasm();
const used = new Map<string, { share: number; name: string }>();

afterAll(() => {
  const lines = [...used].map(
    ([kernel, { share, name }]) => `${kernel.padEnd(21)} ${(100 * share).toFixed(1)}% at ${name}`,
  );
  console.log(["worst error as a share of the tolerance:", ...lines].join("\n"));
  js.close();
  wasm.close();
});

/** Fails with the element, both numbers and the tolerance's reason. */
async function compare(backend: Backend, row: Case): Promise<void> {
  const inputs = await row.inputs();
  const expected = await evaluate(js, row, inputs);
  const got = await evaluate(backend, row, inputs);
  got.forEach((data, k) => {
    const found = worst(data, expected[k]!, row.tolerance);
    const kernel = row.kernel.kernel;
    if (found.share > (used.get(kernel)?.share ?? -1)) {
      used.set(kernel, { share: found.share, name: row.name });
    }
    expect(
      found.share,
      `output ${k}, element ${found.at}: ${found.got} where js has ${found.expected} (${row.tolerance.why})`,
    ).toBeLessThanOrEqual(1);
  });
  const inArena = await evaluate(backend, row, inputs, "arena");
  got.forEach((data, k) => expect(firstDifference(data, inArena[k]!), "in the arena").toBe(-1));
}

for (const [name, rows] of cases) {
  describe(name, () => {
    it("has cases, each with a name of its own", () => {
      expect(rows.length).toBeGreaterThan(0);
      expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    });
    it.each(rows.map((row) => [row.name, row] as const))("%s", (_, row) => compare(wasm, row));
  });
}
