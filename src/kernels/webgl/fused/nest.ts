/** The loop nest of a fused kernel: its axes, as few as they need, their coordinates, and where loads read. */
import type { DType, Fused } from "../../ir.js";
import { flatten, nestOf, type Axis } from "../../nest.js";
import { integer, real, type Numeric, type Place } from "../kernel.js";
import { address, coordinates } from "../strides.js";
import type { Sources } from "./expression.js";

export type Nest = {
  output: Axis[];
  reduce: Axis[];
  /** Names of the output's coordinates, and of the reduction's. */
  outer: string[];
  inner: string[];
  spec: Fused;
};

export function nest(spec: Fused): Nest {
  const whole = nestOf(spec);
  const [output, reduce] = [flatten(whole.output), flatten(whole.reduce)];
  const named = (axes: readonly Axis[], letter: string): string[] => axes.map((_, k) => letter + k);
  return { output, reduce, outer: named(output, "o"), inner: named(reduce, "r"), spec };
}

const sizesOf = (axes: readonly Axis[]): number[] => axes.map(({ size }) => size);

/** Statements that set the output's coordinates of element `at`. */
export const outerCoordinates = ({ output, outer }: Nest, at?: string): string[] =>
  coordinates(outer, sizesOf(output), at);

/** Statements that set the reduction's coordinates of point `at`. */
export const innerCoordinates = ({ reduce, inner }: Nest, at: string): string[] =>
  coordinates(inner, sizesOf(reduce), at);

/** What the lines read, `inside` the reduction or outside of it. */
export function sourcesOf({ output, reduce, outer, inner, spec }: Nest, inside: boolean): Sources {
  const names = [...outer, ...(inside ? inner : [])];
  const axes = [...output, ...(inside ? reduce : [])];
  return {
    load: (k) => {
      const { offset, dtype } = spec.loads[k]!;
      const strides = axes.map((axis) => axis.strides[k]!);
      const read = `in${k}[${address({ offset, strides }, names)}]`;
      return dtype === "bool" ? `truth_of(${read})` : read;
    },
    index: (axis) => names[axes.findIndex(({ name }) => name === axis)] ?? "0",
    scalar: (index, dtype) => {
      const name = scalarName(index, dtype);
      if (dtype === "i32") return `pair(${name})`;
      return dtype === "bool" ? `nonzero(${name})` : `real(${name})`;
    },
    accumulated: "accumulated",
  };
}

const scalarName = (index: number, dtype: DType): string =>
  dtype === "i32" ? `whole${index}` : `scalar${index}`;

/** The buffers that some lines load. */
export function buffersOf(lines: Fused["body"]): Record<string, Place> {
  const operands = lines.flatMap((line) => (line.op === "load" ? [line.operand] : []));
  return Object.fromEntries([...new Set(operands)].map((k) => [`in${k}`, k]));
}

/** The scalars that some lines name. */
export function numbersOf(lines: Fused["body"]): Record<string, Numeric> {
  const entries = lines.flatMap((line) =>
    line.op === "scalar"
      ? [[scalarName(line.index, line.dtype), line.dtype === "i32" ? held(line.index) : real(line.index)] as const]
      : [],
  );
  return Object.fromEntries(entries);
} // prettier-ignore

/** As `cast` to i32 says: truncated, held within 32 bits, NaN to 0. */
const held = (index: number): Numeric => ({
  ...integer(index),
  value: { scalar: index, through: (x) => Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1) | 0 },
});
