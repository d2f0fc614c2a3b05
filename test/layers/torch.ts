/** Numbers that PyTorch computed in float64, rounded to 9 digits (test/vectors/torch), and what they are held to. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { js, tensor, wasm, type Opener, type Tensor } from "genarch";

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

export function vectors<T>(file: "layers" | "optimizers"): T[] {
  const path = new URL(`../vectors/torch/${file}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as T[];
}

/** How far a number may be from PyTorch's: nine digits in float64, and float32 beside it. */
export type Tolerance = { absolute: number; relative: number };
export const backends: { name: string; opener: Opener; tolerance: Tolerance }[] = [
  { name: "js", opener: js, tolerance: { absolute: 1e-7, relative: 1e-7 } },
  { name: "wasm", opener: wasm, tolerance: { absolute: 3e-5, relative: 3e-4 } },
];

export const given = ({ shape, data }: Stored): Tensor => tensor(Float64Array.from(data), { shape }); // prettier-ignore

/** All numbers of a tensor, on js with all their digits. */
export const numbers = async (x: Tensor): Promise<number[]> =>
  ([await x.array()] as unknown[]).flat(Infinity) as number[];

export async function expectClose(
  what: string,
  got: Tensor,
  wanted: Stored,
  { absolute, relative }: Tolerance,
): Promise<void> {
  expect(got.shape, what).toEqual(wanted.shape);
  const found = await numbers(got);
  wanted.data.forEach((x, k) => {
    const off = Math.abs(found[k]! - x);
    expect(off, `${what}[${k}]: ${found[k]}, wanted ${x}`).toBeLessThanOrEqual(
      absolute + relative * Math.abs(x),
    );
  });
}
