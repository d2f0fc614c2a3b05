/**
 * In the page: cases of the kernel table on the webgl backend against js, all buffers given, and every
 * eighth once more with all of them temporaries of the plan (to the same bits: their copies compile anew).
 * Returns what failed, and what share of its tolerance the worst case of each kernel used.
 */
import { openJs } from "../../src/kernels/js/index.js";
import { openWebgl, type WebglBackend } from "../../src/kernels/webgl/index.js";
import type { Case } from "../kernels/case.js";
import { cases } from "../kernels/cases.js";
import { evaluate, firstDifference, worst } from "../kernels/run.js";
import { alternativesOf, nearer, toleranceOf } from "../kernels/shader-floats.js";
import type { Json } from "./page.js";

const js = openJs();

/** What is wrong, or null; raises `used` to the share of the tolerance. */
async function check(webgl: WebglBackend, row: Case, used: { share: number; name: string }, alsoInArena: boolean): Promise<string | null> {
  const inputs = await row.inputs();
  const tolerance = toleranceOf(row);
  const expected = await evaluate(js, row, inputs);
  const got = await evaluate(webgl, row, inputs);
  const misses = got.some((data, k) => worst(data, expected[k]!, tolerance).share > 1);
  const others = misses ? await alternativesOf(js, row, inputs) : [];
  for (const [k, data] of got.entries()) {
    const found = worst(data, nearer(data, expected[k]!, others[k], tolerance), tolerance);
    if (found.share > 1)
      return `output ${k}, element ${found.at}: ${found.got} where js has ${found.expected} (${tolerance.why})`;
    if (found.share > used.share) Object.assign(used, { share: found.share, name: row.name });
  }
  if (!alsoInArena) return null;
  const inArena = await evaluate(webgl, row, inputs, "arena");
  const different = got.findIndex((data, k) => firstDifference(data, inArena[k]!) >= 0);
  return different < 0 ? null : `output ${different} is another one among the plan's temporaries`;
} // prettier-ignore

let opened: Promise<WebglBackend> | null = null;

/** All cases of one kernel. */
export default async function table(argument: Json): Promise<Json> {
  const kernel = String(argument);
  const webgl = await (opened ??= openWebgl({ software: true }));
  const rows = [...cases].find(([name]) => name === kernel)?.[1] ?? [];
  const used = { share: 0, name: "" };
  const failures: Record<string, string> = {};
  for (const [k, row] of rows.entries()) {
    const failure = await check(webgl, row, used, k % 8 === 0).catch(
      (error: Error) => error.message,
    );
    if (failure !== null) failures[row.name] = failure;
  }
  return { cases: rows.length, failures, used };
}
