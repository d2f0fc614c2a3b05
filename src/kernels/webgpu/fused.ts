/** The fused kernel in WGSL: a thread an element, or the reductions of fused/reduce.ts. */
import type { Fused } from "../ir.js";
import { volume } from "../shape.js";
import { writeLines } from "./fused/expression.js";
import { address, coordinates, loopsOf, sourcesOf, type Loops } from "./fused/loops.js";
import { lowerReduction } from "./fused/reduce.js";
import { eachElement, u32, type Dispatch } from "./kernel.js";
import { functionsFor } from "./wgsl/functions.js";

export function lowerFused(spec: Fused): Dispatch[] {
  if (spec.reduce) return lowerReduction(spec, spec.reduce.op);
  return [spec.dtype === "f16" ? lowerHalves(spec) : lowerMap(spec)];
}

/** Statements that end with the value of point `i` in the last of them, and its name. */
function linesOf(spec: Fused, loops: Loops): { lines: string[]; value: string } {
  const { output } = loops;
  const sources = sourcesOf(loops, (k) => address(output, "o", k, `numbers.offset${k}`));
  const lines = [...coordinates(output, "o", "i"), ...writeLines(spec.body, "v", sources)];
  return { lines, value: `v${spec.body.length - 1}` };
}

function lowerMap(spec: Fused): Dispatch {
  const loops = loopsOf(spec);
  const { buffers, numbers } = loops;
  const { lines, value } = linesOf(spec, loops);
  const body = [...lines, `out[i] = ${value};`].join("\n  ");
  return eachElement(volume(spec.shape), {
    buffers,
    numbers,
    declarations: functionsFor(body),
    body,
  });
}

/** Of two numbers that share a u32 one thread makes both. */
function lowerHalves(spec: Fused): Dispatch {
  const loops = loopsOf(spec);
  const { lines, value } = linesOf(spec, loops);
  const one = `fn value_at(i: u32) -> f32 {\n  ${[...lines, `return ${value};`].join("\n  ")}\n}`;
  const body = /* wgsl */ `
  let second = min(2u * i + 1u, numbers.elements - 1u);
  out[i] = half_bits(value_at(2u * i)) | (half_bits(value_at(second)) << 16u);`;
  const elements = volume(spec.shape);
  return eachElement(Math.ceil(elements / 2), {
    buffers: loops.buffers,
    numbers: { elements: u32(elements), ...loops.numbers },
    declarations: `${functionsFor(one + body)}\n${one}`,
    body,
  });
}
