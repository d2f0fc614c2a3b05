/** What a backend gives for a case of the kernel table, held against js, the definition of right. */
import { expect } from "vitest";
import type { Backend } from "../../src/kernels/backend.js";
import type { Case } from "./case.js";
import { evaluate, worst } from "./run.js";

export async function expectLikeJs(js: Backend, backend: Backend, row: Case): Promise<void> {
  const inputs = await row.inputs();
  const expected = await evaluate(js, row, inputs);
  const got = await evaluate(backend, row, inputs);
  got.forEach((data, k) => {
    const found = worst(data, expected[k]!, row.tolerance);
    const where = `output ${k}, element ${found.at}: ${found.got} where js has ${found.expected}`;
    expect(found.share, where).toBeLessThanOrEqual(1);
  });
}
