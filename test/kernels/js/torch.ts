/** Numbers that PyTorch computed in float64, rounded to 9 digits; they lie beside the repository, or not at all. */
import { existsSync, readFileSync } from "node:fs";

export type Tensor = { shape: number[]; data: number[] };
export type Named = Record<string, Tensor>;
export type OptimizerCase = {
  kind: string;
  args: Record<string, number | boolean | [number, number]>;
  start: Tensor;
  target: Tensor;
  trajectory: Tensor[];
};
export type LayerCase = {
  name: string;
  kind: string;
  args: Record<string, number>;
  state: Named;
  inputs: Named;
  outputs: Named;
  grads: Named;
};

const folder = new URL("../../../../shared/vectors/torch/", import.meta.url);
export const here = existsSync(folder);
if (!here) console.log("../shared/vectors/torch is not there, so nothing is compared");

export function read<T>(file: string): T[] {
  return here ? (JSON.parse(readFileSync(new URL(file, folder), "utf8")) as T[]) : [];
}

/** The gradients in the files are of Σ output·w with w = cos 0, cos 1, … */
export const weights = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.cos(i));
export const tolerance = 1e-7;
