/** One row of the table of ops: how it is called, what it must give, on which shapes. */
import { tensor, type DType, type Tensor } from "genarch";
import { drawn, type Tolerance } from "../support.js";
import { sizeOf, type Grid, type Shape } from "./grid.js";

export type Row = {
  name: string;
  /** Shapes of the inputs, one list a case. */
  cases: readonly (readonly Shape[])[];
  f(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /** The definition, in float64. */
  plain(...inputs: Grid[]): Grid | readonly Grid[];
  /** How each input is drawn; between −2 and 2 unless said otherwise. */
  draw?: readonly Draw[];
  /** Of the other backends against js. */
  tolerance?: Tolerance;
};

export type Draw = { low?: number; high?: number; dtype?: DType };

/** Whole numbers low … high. */
export const whole = (low: number, high: number): Draw => ({ low, high: high + 1, dtype: "i32" });
export const truth: Draw = { low: 0, high: 2, dtype: "bool" };

/** Shapes astride the sizes that kernels work in. */
export const lines: readonly (readonly Shape[])[] = [
  [], [0], [1], [3], [4], [5], [15], [16], [17], [31], [32], [33], [63], [64], [65],
  [3, 0], [2, 3, 4], [5, 1, 3], [33, 65],
].map((shape) => [shape]); // prettier-ignore

/** The numbers that input `k` of a case holds. */
export function gridOf(row: Row, shape: Shape, k: number): Grid {
  const { low, high, dtype = "f32" } = row.draw?.[Math.min(k, row.draw.length - 1)] ?? {};
  const data = drawn(`${row.name} ${k} ${shape.join()}`, sizeOf(shape), low, high);
  return { shape, data: dtype === "f32" ? data : data.map(Math.floor) };
}

export const dtypeOf = ({ draw }: Row, k: number): DType =>
  draw?.[Math.min(k, draw.length - 1)]?.dtype ?? "f32";

export const tensorOf = ({ shape, data }: Grid, dtype: DType = "f32"): Tensor =>
  tensor(Float64Array.from(data), { shape, dtype });

export const listOf = <T extends object>(x: T | readonly T[]): readonly T[] =>
  Array.isArray(x) ? (x as readonly T[]) : [x as T];
