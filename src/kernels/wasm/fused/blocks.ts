/**
 * A reduction with few parts for threads and much to reduce (the sum of a whole tensor, of long
 * columns) in two steps: blocks of the outermost reduced axis are reduced into shared memory, then the
 * blocks of each result, which meets the epilogue there. How it is cut depends on the sizes alone, so
 * the result does not depend on threads.
 */
import type { Fused, Instruction } from "../../ir.js";
import { type Axis, flatten, nestOf, volumeOf } from "../../nest.js";
import { rowMajor } from "../../shape.js";
import type { FunctionBuilder } from "../emitter.js";
import { kernelFunction, type KernelLocals, type Lowered } from "../kernel.js";
import { costOf } from "./functions.js";

/** A way of running a nest, before it is said where its buffers are. */
export type Written = Omit<Lowered, "build" | "buffers" | "sharedBytes" | "constants"> & {
  readonly name: string;
  readonly constants: readonly number[];
  readonly write: (f: FunctionBuilder, k: KernelLocals) => void;
};

/** Points of a block: fewer where each is much work; and the fewest blocks that repay the second step. */
const [leastPoints, mostPoints] = [16_384, 131_072];
const fewestBlocks = 4;
/** So many units are parts enough. */
const manyUnits = 8;

/** The phases of a reduction that `way` runs. */
export function reductionPhases(spec: Fused, way: (spec: Fused) => Written): Lowered[] {
  const whole = way(spec);
  const cut = whole.units < manyUnits ? cutOf(spec) : null;
  return cut ? inBlocks(spec, cut, way) : [asGiven(spec, whole)];
}

/** All buffers as the call gives them. */
function asGiven(spec: Fused, { name, write, ...rest }: Written): Lowered {
  const signature = { buffers: spec.loads.length + 1, constants: rest.constants.length };
  return { ...rest, build: (module) => kernelFunction(module, name, signature, write) };
}

/** Blocks of `rows` of the outermost of the reduced axes. */
type Cut = { axes: Axis[]; rows: number; results: number };

/** Null: better in one go. */
function cutOf(spec: Fused): Cut | null {
  const { output, reduce } = nestOf(spec);
  const axes = flatten(reduce);
  const results = volumeOf(output);
  const points = results * volumeOf(axes);
  const work = spec.body.reduce((sum, { op }) => sum + costOf(op), 0);
  const blockPoints = Math.max(leastPoints, Math.floor(mostPoints / Math.max(work, 1)));
  const isNamed = reduce.some(({ name }) => name !== null);
  if (isNamed || spec.body.at(-1)!.dtype === "bool" || points < fewestBlocks * blockPoints) return null;
  const rows = Math.ceil((blockPoints * axes[0]!.size) / points);
  return axes[0]!.size >= fewestBlocks * rows ? { axes, rows, results } : null;
} // prettier-ignore

function inBlocks(spec: Fused, cut: Cut, way: (spec: Fused) => Written): Lowered[] {
  const { rows, results } = cut;
  const { size } = cut.axes[0]!;
  const count = Math.floor(size / rows);
  const left = size - count * rows;
  const sharedBytes = 4 * results * (count + 1);
  const blocks = (of: Fused, first: number): Lowered => intoShared(of, way(of), 4 * results * first, sharedBytes); // prettier-ignore
  return [
    blocks(blocksOf(spec, cut, 0, count, rows), 0),
    ...(left > 0 ? [blocks(blocksOf(spec, cut, count * rows, 1, left), count)] : []),
    fromShared(spec, way(finishOf(spec, results, count + (left > 0 ? 1 : 0))), sharedBytes),
  ];
}

/** `count` blocks of `rows` rows from row `first` on: [count, …shape] results, as they are accumulated. */
function blocksOf(spec: Fused, { axes }: Cut, first: number, count: number, rows: number): Fused {
  const [outer, ...inside] = axes as [Axis, ...Axis[]];
  const loads = spec.loads.map((load, k) => {
    const step = outer.strides[k]!;
    const ofOutput = load.strides.slice(0, spec.shape.length);
    const strides = [step * rows, ...ofOutput, step, ...inside.map((axis) => axis.strides[k]!)];
    return { ...load, offset: load.offset + first * step, strides };
  });
  const body = spec.body.map((line): Instruction => (line.op === "index" ? { ...line, axis: line.axis + 1 } : line)); // prettier-ignore
  return {
    kernel: "fused", dtype: body.at(-1)!.dtype, shape: [count, ...spec.shape], loads, body,
    reduce: { op: spec.reduce!.op, shape: [rows, ...inside.map((axis) => axis.size)] }, epilogue: [],
  }; // prettier-ignore
}

/** The blocks [count, …shape] as load 0, then what the epilogue loads. */
function finishOf(spec: Fused, results: number, count: number): Fused {
  const { dtype } = spec.body.at(-1)!;
  const rank = spec.shape.length;
  const strides = rowMajor(spec.shape);
  const epilogue = spec.epilogue.map((line): Instruction => (line.op === "load" ? { ...line, operand: line.operand + 1 } : line)); // prettier-ignore
  return {
    ...spec, epilogue,
    loads: [
      { dtype, offset: 0, strides: [...strides, results] },
      ...spec.loads.map((load) => ({ ...load, strides: [...load.strides.slice(0, rank), 0] })),
    ],
    body: [{ op: "load", operand: 0, dtype }],
    reduce: { op: spec.reduce!.op, shape: [count] },
  };
} // prettier-ignore

/** The output stands `at` bytes into shared memory. */
function intoShared(spec: Fused, { name, write, ...rest }: Written, at: number, sharedBytes: number): Lowered {
  const inputs = spec.loads.map((_, k) => k);
  const constants = [...rest.constants, at];
  const signature = { buffers: inputs.length, constants: constants.length };
  return {
    ...rest, key: `${rest.key} into shared`, buffers: inputs, constants, sharedBytes,
    build: (module) =>
      kernelFunction(module, `${name}_blocks`, signature, (f, k) => {
        const place = f.let("i32", "blocks", () => f.op("i32.add", k.shared, k.constant(constants.length - 1)));
        write(f, { ...k, buffer: (n) => (n === inputs.length ? place : k.buffer(n)) });
      }),
  };
} // prettier-ignore

/** Load 0 stands in shared memory; the rest are the call's buffers. */
function fromShared(spec: Fused, { name, write, ...rest }: Written, sharedBytes: number): Lowered {
  const signature = { buffers: spec.loads.length + 1, constants: rest.constants.length };
  return {
    ...rest, key: `${rest.key} from shared`, sharedBytes,
    build: (module) =>
      kernelFunction(module, `${name}_finish`, signature, (f, k) =>
        write(f, { ...k, buffer: (n) => (n === 0 ? k.shared : k.buffer(n - 1)) }),
      ),
  };
} // prettier-ignore
