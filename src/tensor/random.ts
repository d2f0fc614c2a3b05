/**
 * Random numbers. One `seed` reproduces a whole run: each draw takes the next stream of a counter-based
 * generator (Threefry, kernels/spec.ts), whose integers are the same on every backend.
 */
import seedrandom from "seedrandom";
import type { Random } from "../kernels/spec.js";
import { NumberError } from "./errors.js";
import { random } from "./ops/random.js";
import { checkShape, type Shape } from "./shape.js";
import { apply, type Tensor } from "./tensor.js";

/** All that the next draws depend on; checkpoints keep it. */
export type RandomState = { key: readonly [number, number]; stream: number };

let state: RandomState = stateOf("genarch");

function stateOf(text: string): RandomState {
  const words = seedrandom(text);
  return { key: [words.int32(), words.int32()], stream: 0 };
}

/** Starts the random numbers anew from a number or a text. */
export function seed(value: number | string): void {
  state = stateOf(String(value));
}
export const randomState = (): RandomState => state;
export function setRandomState(saved: RandomState): void {
  state = saved;
}

function draw(distribution: Random["distribution"], shape: Shape, a: number, b: number): Tensor {
  checkShape(shape, `random ${distribution}`);
  const { key, stream } = state;
  state = { key, stream: stream + 1 };
  return apply(random, [], { shape, distribution }, [...key, stream, a, b])[0]!;
}

/** Normal numbers: mean 0 and deviation 1 unless said otherwise. */
export function randn(shape: Shape, { mean = 0, deviation = 1 } = {}): Tensor {
  return draw("normal", shape, mean, deviation);
}
/** Uniform numbers in [low, high). */
export function rand(shape: Shape, { low = 0, high = 1 } = {}): Tensor {
  return draw("uniform", shape, low, high);
}
/** Whole numbers low … high − 1, as i32. */
export function randint(low: number, high: number, shape: Shape): Tensor {
  if (!Number.isInteger(low) || !Number.isInteger(high) || high <= low)
    throw new NumberError(
      `randint: from ${low} to ${high}; both are whole numbers and the second is larger`,
    );
  return draw("integer", shape, low, high);
}
