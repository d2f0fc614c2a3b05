/**
 * The loop nest of a fused kernel in WGSL: from the number of a point to its coordinates, and from those
 * to where each load reads. Sizes and strides are numbers of the kernel; the text depends only on how
 * many axes there are and which loads move along them.
 */
import type { DType, Fused } from "../../ir.js";
import { flatten, nestOf, type Axis } from "../../nest.js";
import { i32, u32, type KernelBuffer, type KernelNumber } from "../kernel.js";
import { element, memoryType } from "../half.js";
import { typeOf, type Sources } from "./expression.js";

export type Loops = {
  /** Axes of the output and of the reduction, as few as they need. */
  output: Axis[];
  reduce: Axis[];
  /** The dtype of each input. */
  dtypes: readonly DType[];
  buffers: Record<string, KernelBuffer>;
  numbers: Record<string, KernelNumber>;
};

export function loopsOf(spec: Fused): Loops {
  const nest = nestOf(spec);
  const [output, reduce] = [flatten(nest.output), flatten(nest.reduce)];
  const buffers: Record<string, KernelBuffer> = {};
  const numbers: Record<string, KernelNumber> = {};
  spec.loads.forEach(({ dtype, offset }, k) => {
    buffers[`in${k}`] = [memoryType(dtype), k];
    numbers[`offset${k}`] = i32(offset);
  });
  buffers["out"] = [memoryType(spec.dtype), spec.loads.length];
  describe(output, "o", spec.loads.length, numbers);
  describe(reduce, "r", spec.loads.length, numbers);
  for (const { type, index } of scalarsOf(spec))
    numbers[`scalar${index}_${type}`] = [type, { scalar: index }];
  const dtypes = spec.loads.map(({ dtype }) => dtype);
  return { output, reduce, dtypes, buffers, numbers };
}

function describe(
  axes: readonly Axis[],
  letter: string,
  loads: number,
  numbers: Record<string, KernelNumber>,
): void {
  axes.forEach(({ size, strides }, axis) => {
    if (axis > 0) numbers[`${letter}${axis}_size`] = u32(size);
    for (let k = 0; k < loads; k++)
      if (strides[k]) numbers[`${letter}${axis}_stride${k}`] = i32(strides[k]!);
  });
}

function scalarsOf({ body, epilogue }: Fused): { type: "f32" | "i32"; index: number }[] {
  return [...body, ...epilogue].flatMap((line) =>
    line.op === "scalar" ? [{ type: typeOf(line.dtype), index: line.index }] : [],
  );
}

/** Statements that set `${letter}0`, `${letter}1`, … to the coordinates of the point `point`. */
export function coordinates(axes: readonly Axis[], letter: string, point: string): string[] {
  const lines: string[] = [];
  let rest = point;
  for (let axis = axes.length - 1; axis > 0; axis--) {
    const size = `numbers.${letter}${axis}_size`;
    lines.push(`let ${letter}${axis} = i32((${rest}) % ${size});`);
    rest = `(${rest}) / ${size}`;
  }
  if (axes.length > 0) lines.push(`let ${letter}0 = i32(${rest});`);
  return lines;
}

/** Where load k reads: `from` plus its strides along the axes that it moves on. */
export function address(axes: readonly Axis[], letter: string, k: number, from: string): string {
  const terms = axes.flatMap(({ strides }, axis) =>
    strides[k] ? [`${letter}${axis} * numbers.${letter}${axis}_stride${k}`] : [],
  );
  return [from, ...terms].join(" + ");
}

/** How close in memory neighbours on the axis are, over all loads; the output is the last stream. */
export const smoothness = ({ strides }: Axis): number =>
  strides
    .slice(0, -1)
    .reduce((sum, stride) => sum + (Math.abs(stride) === 1 ? 2 : stride === 0 ? 1 : 0), 0);

/** Index lines give the coordinate of the axis by its first number; an axis of size 1 has none. */
function indexIn(axes: readonly Axis[], letter: string, name: number): string | null {
  const axis = axes.findIndex((each) => each.name === name);
  return axis < 0 ? null : `${letter}${axis}`;
}

/** The sources of the lines: `at(k)` tells where load k reads. */
export function sourcesOf({ output, reduce, dtypes }: Loops, at: (k: number) => string): Sources {
  return {
    load: (k) => element(dtypes[k]!, `in${k}`, at(k)),
    index: (axis) => indexIn(output, "o", axis) ?? indexIn(reduce, "r", axis) ?? "0",
    scalar: (index, dtype) => {
      const value = `numbers.scalar${index}_${typeOf(dtype)}`;
      return dtype === "bool" ? `select(0, 1, ${value} != 0)` : value;
    },
    accumulated: "accumulated",
  };
}
