/**
 * The fused kernel: one expression at every point of a loop nest, reduced where the kernel says so.
 *   out[o] = epilogue(reduce over r of body(o, r))
 * An interpreter. It works on a block of points at a time: line by line, each line over the whole
 * block, so that finding out what a line means is paid once a block and not once a point.
 */
import {
  startOf,
  type Access,
  type Binary,
  type Fused,
  type Instruction,
  type Unary,
} from "../ir.js";
import { volume } from "../shape.js";
import type { Data, Run } from "./kernel.js";
import { castTo, functionOfOne, functionOfTwo, reducer } from "./scalar.js";
import { walk } from "./strided.js";

const blockSize = 1024;

/** All that a line may read beside earlier lines. */
type Surroundings = {
  axes: readonly number[];
  loads: readonly Access[];
  inputs: readonly Data[];
  scalars: readonly number[];
  accumulated: Float64Array;
};

/** The points [start, start + count) in row-major order, and what each line so far is there. */
type Block = { start: number; count: number; lines: readonly Float64Array[] };

export const fused: Run<Fused> = (spec, inputs, [out], scalars) => {
  const { shape, loads, body, reduce, epilogue } = spec;
  const surroundings = { axes: shape, loads, inputs, scalars, accumulated: new Float64Array(0) };
  const store = (values: Float64Array, start: number): void => out.set(values, start);
  if (!reduce) return evaluate(body, surroundings, store);

  const dtype = body[body.length - 1]!.dtype;
  const accumulated = new Float64Array(volume(shape)).fill(startOf(reduce.op, dtype));
  const next = reducer(reduce.op, dtype);
  const reduced = volume(reduce.shape); // so many points in a row belong to one output element
  const axes = [...shape, ...reduce.shape];
  evaluate(body, { ...surroundings, axes }, (values, start) => {
    for (let i = 0; i < values.length; i++) {
      const o = Math.floor((start + i) / reduced);
      accumulated[o] = next(accumulated[o]!, values[i]!);
    }
  });
  if (epilogue.length === 0) return store(accumulated, 0);
  evaluate(epilogue, { ...surroundings, accumulated }, store);
};

/** Runs `lines` over every point of the axes and hands on the last line's values, block after block. */
function evaluate(
  lines: readonly Instruction[],
  surroundings: Surroundings,
  handOn: (values: Float64Array, start: number) => void,
): void {
  const points = volume(surroundings.axes);
  const values = lines.map(() => new Float64Array(Math.min(points, blockSize)));
  for (let start = 0; start < points; start += blockSize) {
    const block = { start, count: Math.min(blockSize, points - start), lines: values };
    lines.forEach((line, k) => evaluateLine(line, block, surroundings, values[k]!));
    handOn(values[lines.length - 1]!.subarray(0, block.count), start);
  }
}

function evaluateLine(
  line: Instruction,
  { start, count, lines }: Block,
  { axes, loads, inputs, scalars, accumulated }: Surroundings,
  out: Float64Array,
): void {
  switch (line.op) {
    case "load": {
      const data = inputs[line.operand]!;
      walk(axes, loads[line.operand]!, start, count, out);
      for (let i = 0; i < count; i++) out[i] = data[out[i]!]!;
      return;
    }
    case "index": {
      const strides = axes.map((_, axis) => Number(axis === line.axis)); // one step there counts 1
      walk(axes, { offset: 0, strides }, start, count, out);
      return;
    }
    case "scalar":
      out.fill(castTo[line.dtype](scalars[line.index]!));
      return;
    case "constant":
      out.fill(line.value);
      return;
    case "accumulated":
      out.set(accumulated.subarray(start, start + count));
      return;
    case "select": {
      const [condition, yes, no] = line.args.map((k) => lines[k]!) as [Data, Data, Data];
      for (let i = 0; i < count; i++) out[i] = condition[i] ? yes[i]! : no[i]!;
      return;
    }
    case "cast": {
      const [cast, x] = [castTo[line.dtype], lines[line.args[0]]!];
      for (let i = 0; i < count; i++) out[i] = cast(x[i]!);
      return;
    }
    default:
      evaluateFunction(line, lines, count, out);
  }
}

type FunctionLine = Extract<Instruction, { op: Unary | Binary }>;

const takesOne = (line: FunctionLine): line is Extract<FunctionLine, { op: Unary }> =>
  line.args.length === 1;

function evaluateFunction(
  line: FunctionLine,
  lines: readonly Float64Array[],
  count: number,
  out: Float64Array,
): void {
  const x = lines[line.args[0]]!;
  if (takesOne(line)) {
    const f = functionOfOne(line.op, line.dtype);
    for (let i = 0; i < count; i++) out[i] = f(x[i]!);
  } else {
    const f = functionOfTwo(line.op, line.dtype);
    const y = lines[line.args[1]]!;
    for (let i = 0; i < count; i++) out[i] = f(x[i]!, y[i]!);
  }
}
