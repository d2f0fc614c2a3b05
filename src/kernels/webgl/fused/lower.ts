/**
 * A fused kernel: one function. A reduction is a loop in it; a long one goes in chunks, each an element of
 * a buffer of its own, which a second function reduces: no shader runs for long, and more of them run.
 */
import type { Computed, DType, Fused, Reduction } from "../../ir.js";
import { volume } from "../../shape.js";
import { draw, type Draw } from "../kernel.js";
import { each, summed } from "../sum.js";
import { reductionOf, stored, writeLines } from "./expression.js";
import { buffersOf, innerCoordinates, nest, numbersOf, outerCoordinates, sourcesOf, type Nest } from "./nest.js"; // prettier-ignore

/** Terms that one shader reduces. */
const chunk = 4096;

export function lowerFused(spec: Fused): Draw[] {
  const loops = nest(spec);
  if (!spec.reduce) return [elementwise(spec, loops)];
  const { op, shape } = spec.reduce;
  const length = volume(shape);
  return length <= 2 * chunk ? [reduced(spec, loops, op, length)] : inChunks(spec, loops, op, length);
} // prettier-ignore

/** The last line's value is the element. */
const last = (prefix: string, { length }: readonly unknown[], dtype: DType): string =>
  `return ${stored(`${prefix}${length - 1}`, dtype)};`;

function elementwise(spec: Fused, loops: Nest): Draw {
  return draw({
    output: spec.loads.length,
    elements: volume(spec.shape),
    dtype: spec.dtype,
    buffers: buffersOf(spec.body),
    numbers: numbersOf(spec.body),
    body: [
      ...outerCoordinates(loops),
      ...writeLines(spec.body, "v", sourcesOf(loops, false)),
      last("v", spec.body, spec.dtype),
    ],
  });
}

function reduced(spec: Fused, loops: Nest, op: Reduction, length: number): Draw {
  const lines = [...spec.body, ...spec.epilogue];
  return draw({
    output: spec.loads.length,
    elements: volume(spec.shape),
    dtype: spec.dtype,
    buffers: buffersOf(lines),
    numbers: numbersOf(lines),
    body: [...outerCoordinates(loops), ...accumulate(spec, loops, op, length), ...finish(spec, loops)],
  });
} // prettier-ignore

/** Statements that declare `accumulated`: `length` points of the reduction, from `start` on where there is one. */
function accumulate(
  spec: Fused,
  loops: Nest,
  op: Reduction,
  length: number,
  guard?: string,
): string[] {
  const point = guard === undefined ? "r" : "point";
  const lines = [
    ...(guard === undefined ? [] : ["const point = start + r;"]),
    ...innerCoordinates(loops, point),
    ...writeLines(spec.body, "v", sourcesOf(loops, true)),
  ];
  const dtype = spec.body.at(-1)!.dtype;
  return reduction(op, dtype, "r", length, lines, `v${spec.body.length - 1}`, guard);
}

/**
 * Statements that reduce `value`, set by `lines` for each `k` in [0, length), to `accumulated`. Where `guard`
 * is false nothing counts: lines read past the end of a buffer there, which is harmless.
 */
function reduction(
  op: Reduction,
  dtype: Computed,
  k: string,
  length: number,
  lines: readonly string[],
  value: string,
  guard?: string,
): string[] {
  if (op === "sum" && dtype === "f32")
    return summed("accumulated", k, length, value, { before: lines, guard });
  const { next, start } = reductionOf(op, dtype);
  const step = `accumulated = ${next("accumulated", value)};`;
  const counted = guard === undefined ? [step] : [`if (${guard}) {`, step, "}"];
  return [`let accumulated = ${start};`, ...each(k, length, [...lines, ...counted])];
}

function finish(spec: Fused, loops: Nest): string[] {
  if (spec.epilogue.length === 0) return [`return ${stored("accumulated", spec.dtype)};`];
  return [
    ...writeLines(spec.epilogue, "w", sourcesOf(loops, false)),
    last("w", spec.epilogue, spec.dtype),
  ];
}

/** Each output in chunks, [outputs, chunks], and then those. */
function inChunks(spec: Fused, loops: Nest, op: Reduction, length: number): Draw[] {
  const outputs = volume(spec.shape);
  const chunks = Math.ceil(length / chunk);
  const dtype = spec.body.at(-1)!.dtype;
  const first = draw({
    output: "chunks",
    elements: outputs * chunks,
    dtype,
    buffers: buffersOf(spec.body),
    numbers: numbersOf(spec.body),
    body: [
      `const element = divided(this.thread.x, ${chunks});`,
      `const start = rest(this.thread.x, ${chunks}) * ${chunk};`,
      ...outerCoordinates(loops, "element"),
      ...accumulate(spec, loops, op, chunk, `point < ${length}`),
      `return ${stored("accumulated", dtype)};`,
    ],
  });
  const kept = `chunks[this.thread.x * ${chunks} + c]`;
  const fetched = dtype === "bool" ? `truth_of(${kept})` : kept;
  const second = draw({
    output: spec.loads.length,
    elements: outputs,
    dtype: spec.dtype,
    buffers: { ...buffersOf(spec.epilogue), chunks: "chunks" },
    numbers: numbersOf(spec.epilogue),
    body: [
      ...outerCoordinates(loops),
      ...reduction(op, dtype, "c", chunks, [], fetched),
      ...finish(spec, loops),
    ],
  });
  return [first, second];
}
