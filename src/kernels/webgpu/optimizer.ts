/**
 * The optimizers, in place: a thread an element. Where parameters and states lie in one slab and the gradients in
 * the arena, one dispatch updates all of them (optimizer/slabs.ts). Else a dispatch takes as many parameters as
 * fit among the eight buffers that WebGPU promises: two for Adam, four for plain SGD.
 */
import type { Optimizer } from "../spec.js";
import {
  eachElement,
  mostBuffers,
  u32,
  type Dispatch,
  type KernelBuffer,
  type KernelNumber,
} from "./kernel.js";
import { methodOf, type Method } from "./optimizer/methods.js";
import { factorOf, type Factor } from "./optimizer/slabs.js";
import { functionsFor } from "./wgsl/functions.js";

/** `wanted`: which parameters; all by default. */
export function lowerOptimizer(
  spec: Optimizer,
  wanted: (k: number) => boolean = () => true,
): Dispatch[] {
  const method = methodOf(spec);
  const names = ["p", "g", ...method.states];
  const factor = factorOf(spec);
  const room = mostBuffers - Object.keys(factor.buffers).length;
  const together = Math.floor(room / names.length);
  const filled = spec.sizes.flatMap((size, k) =>
    size > 0 && wanted(k) ? [{ size, decays: spec.decay[k]!, first: k * names.length }] : [],
  );
  const dispatches: Dispatch[] = [];
  for (let k = 0; k < filled.length; k += together)
    dispatches.push(updateOf(filled.slice(k, k + together), names, method, factor));
  return dispatches;
}

type Parameter = { size: number; decays: boolean; first: number };

/** Thread i updates element i of the parameters laid end to end. */
function updateOf(
  parameters: readonly Parameter[],
  names: string[],
  method: Method,
  factor: Factor,
): Dispatch {
  const buffers: Record<string, KernelBuffer> = { ...factor.buffers };
  const numbers: Record<string, KernelNumber> = { ...method.numbers };
  let end = 0;
  const blocks = parameters.map(({ size, decays, first }, k) => {
    names.forEach((name, position) => (buffers[`${name}${k}`] = ["f32", first + position]));
    numbers[`begin${k}`] = u32(end);
    numbers[`decays${k}`] = u32(Number(decays));
    end += size;
    numbers[`end${k}`] = u32(end);
    const kept = names.filter((name) => name !== "g");
    return /* wgsl */ `
  if (i >= numbers.begin${k} && i < numbers.end${k}) {
    let at = i - numbers.begin${k};
    let decays = numbers.decays${k} != 0u;
    var gradient = ${factor.times}g${k}[at];
    ${kept.map((name) => `var ${name} = ${name}${k}[at];`).join("\n    ")}
    ${method.update.trim()}
    ${kept.map((name) => `${name}${k}[at] = ${name};`).join("\n    ")}
  }`;
  });
  const body = blocks.join("");
  return eachElement(end, { buffers, numbers, declarations: functionsFor(body), body });
}
