/** Numbers that PyTorch computed in float64, rounded to 9 digits (test/vectors/torch), and what they are held to. */
import { expect } from "vitest";
import { tensor, type DType, type Tensor } from "genarch";
import { close, numbers, type Tolerance } from "../support.js";
import layers from "../vectors/torch/layers.json";
import optimizers from "../vectors/torch/optimizers.json";

export type Stored = { shape: number[]; data: number[] };
export type Named = Record<string, Stored>;
export type LayerCase = {
  name: string;
  kind: string;
  args: Record<string, number | boolean | string>;
  state: Named;
  inputs: Named;
  outputs: Named;
  grads: Named;
  stateAfter?: Named;
};
export type OptimizerCase = {
  name: string;
  kind: string;
  args: Record<string, number | boolean | [number, number]>;
  start: Stored;
  target: Stored;
  trajectory: Stored[];
};

const files: Record<string, unknown> = { layers, optimizers };
export const vectors = <T>(file: "layers" | "optimizers"): T[] => files[file] as T[];

/** How far a number may be from PyTorch's nine digits: in float64, and in float32. */
const tolerances: Record<string, Tolerance> = {
  js: { absolute: 1e-7, relative: 1e-7 },
  wasm: { absolute: 3e-5, relative: 3e-4 },
  webgpu: { absolute: 3e-5, relative: 3e-4 },
};

export const given = ({ shape, data }: Stored, dtype: DType = "f32"): Tensor =>
  tensor(Float64Array.from(data), { shape, dtype });

export async function expectClose(
  what: string,
  found: Tensor,
  wanted: Stored,
  backend: string,
): Promise<void> {
  expect(found.shape, what).toEqual(wanted.shape);
  close(await numbers(found), wanted.data, tolerances[backend], what);
}
