/** The fused kernel in WGSL: a thread an element, or the reductions of fused/reduce.ts. */
import type { Fused } from "../ir.js";
import { writeLines } from "./fused/expression.js";
import { address, coordinates, loopsOf, sourcesOf } from "./fused/loops.js";
import { lowerReduction } from "./fused/reduce.js";
import { eachElement, type Dispatch } from "./kernel.js";
import { functionsFor } from "./wgsl/functions.js";

export function lowerFused(spec: Fused): Dispatch[] {
  return spec.reduce ? lowerReduction(spec, spec.reduce.op) : [lowerMap(spec)];
}

function lowerMap(spec: Fused): Dispatch {
  const loops = loopsOf(spec);
  const { buffers, numbers, output } = loops;
  const sources = sourcesOf(loops, (k) => address(output, "o", k, `numbers.offset${k}`));
  const lines = writeLines(spec.body, "v", sources);
  const body = [
    ...coordinates(output, "o", "i"),
    ...lines,
    `out[i] = v${spec.body.length - 1};`,
  ].join("\n  ");
  const count = spec.shape.reduce((a, b) => a * b, 1);
  return eachElement(count, { buffers, numbers, declarations: functionsFor(body), body });
}
