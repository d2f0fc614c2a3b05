/**
 * A fused kernel without a reduction: every output element on its own. A unit of work is one row of
 * the inner axis, or a block of it where rows are long.
 */
import type { Fused, Instruction } from "../../ir.js";
import { type Axis, flatten, nestOf, volumeOf } from "../../nest.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import { type KernelLocals, kernelFunction, type Lowered } from "../kernel.js";
import { costAt, Expression, levelsOf } from "./expression.js";
import { eachVector, storeVector } from "./inner.js";
import { type Num, Numbers, operandOf } from "./numbers.js";
import { coordinatesOf, keyOf, movesInside, namesOf, origins, popInner, pushReading, type Row, type Streams, streamsOf, unrollOf } from "./plan.js"; // prettier-ignore
import { type Track, trackOf, Walk } from "./walk.js";

/** Elements of a block: small enough to give every thread some, large enough to cost nothing. */
const blockLength = 4096;
/**
 * Where a stream jumps along the inner axis but walks an outer one element by element (a transpose),
 * blocks are so short that the cache lines of one are still there for the next row.
 */
const transposedLength = 16;

type Plan = {
  body: readonly Instruction[];
  streams: Streams;
  track: Track;
  names: (number | null)[]; // of the track's axes, as `index` lines know them
  block: { axis: number; length: number } | null;
  size: Num; // of the inner axis
  steps: Num[];
  innerName: number | null;
};

export function lowerMap(spec: Fused): Lowered[] {
  const axes = flatten(nestOf(spec).output);
  const inner = popInner(axes, spec.loads.length);
  const block = cut(axes, inner);
  const numbers = new Numbers();
  const plan: Plan = {
    body: spec.body,
    streams: streamsOf(spec, numbers),
    track: trackOf(axes, numbers),
    names: namesOf(axes),
    block,
    size: numbers.of(inner.size),
    steps: inner.strides.map((stride) => numbers.of(4 * stride)),
    innerName: inner.name,
  };
  const signature = { buffers: spec.loads.length + 1, constants: numbers.values.length };
  return [
    {
      key: keyOf("map", plan),
      units: inner.size === 0 ? 0 : volumeOf(axes),
      constants: numbers.values,
      build: (module) => kernelFunction(module, "map", signature, (f, k) => writeMap(f, k, plan)),
    },
  ];
}

/** Cuts a long inner axis into blocks, which become one of the outer axes. */
function cut(axes: Axis[], inner: Axis): Plan["block"] {
  const jumping = inner.strides.findIndex((stride) => Math.abs(stride) > 1);
  const walked = axes.findIndex((axis) => jumping >= 0 && Math.abs(axis.strides[jumping]!) === 1);
  const length = walked >= 0 ? transposedLength : blockLength;
  if (inner.size < 2 * length) return null;
  const axis = walked >= 0 ? walked : axes.length;
  const strides = inner.strides.map((stride) => stride * length);
  axes.splice(axis, 0, { size: Math.ceil(inner.size / length), strides, name: null });
  return { axis, length };
}

function writeMap(f: FunctionBuilder, k: KernelLocals, plan: Plan): void {
  const { body, streams, steps, innerName, block } = plan;
  const pointers = origins(f, k, streams);
  const walk = new Walk(f, k, plan.track, pointers);
  walk.start(k.from);
  const levels = levelsOf(body, (line) => (movesInside(line, steps, innerName) ? 2 : 1));
  const expression = new Expression(f, k, body, levels);
  const coordinates = coordinatesOf(plan.names, walk.coordinates);
  const innerFirst = block ? f.local("i32", "first") : null;
  const row: Row = { streams, pointers, steps, coordinates, innerName, innerFirst };
  const out = pointers.at(-1)!;
  const bytes = f.let("i32", "bytes", () => f.scaled(operandOf(k, plan.size), 4));
  expression.compute(0, () => {});
  f.loop(f.local("i32", "unit"), k.from, k.to, 1, () => {
    if (block && innerFirst) blockBytes(f, k, plan, walk, innerFirst, bytes);
    expression.compute(1, (line) => pushReading(f, k, row, line, null));
    eachVector(f, bytes, unrollOf(costAt(body, levels)), (place) => {
      expression.compute(2, (line) => pushReading(f, k, row, line, place));
      storeVector(f, out, expression.result, expression.dtype, place);
    });
    walk.next();
  });
}

/** Sets the number of the block's first element, and its bytes: the last block may be shorter. */
function blockBytes(
  f: FunctionBuilder,
  k: KernelLocals,
  plan: Plan,
  walk: Walk,
  first: Local,
  bytes: Local,
): void {
  const { axis, length } = plan.block!;
  f.set(first, () => f.op("i32.mul", walk.coordinates[axis]!, length));
  const left = f.let("i32", "left", () => f.op("i32.sub", operandOf(k, plan.size), first));
  const shorter = () => f.op("select", left, () => f.i32(length), () => f.op("i32.lt_s", left, length)); // prettier-ignore
  f.set(bytes, () => f.scaled(shorter, 4));
}
