/** What the tests of the engine and of all that stands on it share: comparing, differentiating, backends, leaks. */
import seedrandom from "seedrandom";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  gradient,
  js,
  memory,
  tensor,
  tidy,
  use,
  wasm,
  webgpu,
  type NestedArray,
  type Opener,
  type Tensor,
} from "genarch";

export type Tolerance = { relative?: number; absolute?: number };

/** Passes where |found − wanted| ≤ absolute + relative·|wanted| everywhere; NaN and infinities must be the same. */
export function close(
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  { relative = 1e-5, absolute = 1e-6 }: Tolerance = {},
  what = "",
): void {
  expect(found.length, `${what}: how many numbers`).toBe(wanted.length);
  for (let k = 0; k < wanted.length; k++) {
    const [a, b] = [found[k]!, wanted[k]!];
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= absolute + relative * Math.abs(b))
      continue;
    expect.fail(`${what}: number ${k} of ${wanted.length} is ${a}, wanted ${b} (off by ${a - b})`);
  }
}

/** All numbers of a tensor; on js with their float64 digits. */
export async function numbers(x: Tensor): Promise<number[]> {
  const flat = (list: NestedArray): number[] =>
    typeof list === "number" ? [list] : list.flatMap(flat);
  return flat(await x.array());
}

/** The same numbers between `low` and `high` for the same text, exact in float32. */
export function drawn(text: string, count: number, low = -2, high = 2): number[] {
  const next = seedrandom(text);
  return Array.from({ length: count }, () => Math.fround(low + (high - low) * next()));
}

export type Point = { data: number[]; shape: number[] };
type Scalar = (...inputs: Tensor[]) => Tensor;

/**
 * Compares the first or the second derivative of `f` at `points` with central differences, on js (float64).
 * `f` may return any shape: it is projected on random numbers. Second: of the projected first gradient.
 */
export async function gradcheck(
  f: Scalar,
  points: readonly Point[],
  order: 1 | 2 = 1,
  tolerance: Tolerance = { relative: 1e-6, absolute: 1e-7 },
): Promise<void> {
  await use(js);
  const first = projected(f, "first");
  const f2 = (...xs: Tensor[]) =>
    gradient(first(...xs), xs)
      .map((g, k) => projected(() => g, `second ${k}`)())
      .reduce((a, b) => a.add(b));
  const asked = order === 1 ? first : f2;
  const grads = tidy(() => {
    const inputs = points.map(leaf);
    return gradient(asked(...inputs), inputs);
  });
  for (const [k, { data }] of points.entries()) {
    const wanted = await Promise.all(data.map((_, i) => slope(asked, points, k, i)));
    close(await numbers(grads[k]!), wanted, tolerance, `derivative ${order} in input ${k}`);
  }
  grads.forEach((g) => g.dispose());
}

const leaf = ({ data, shape }: Point) => tensor(Float64Array.from(data), { shape });

/** Σ f(inputs)·r with fixed random r. */
const projected =
  (f: Scalar, text: string): Scalar =>
  (...inputs) => {
    const y = f(...inputs);
    return y
      .mul(tensor(Float64Array.from(drawn(text, y.size, 0.5, 1.5)), { shape: y.shape }))
      .sum();
  };

/** [f(x + h) − f(x − h)] / 2h in element `i` of input `k`. */
async function slope(f: Scalar, points: readonly Point[], k: number, i: number): Promise<number> {
  const h = 1e-5 * Math.max(1, Math.abs(points[k]!.data[i]!));
  const at = (shift: number) => {
    const moved = points.map((point, other) =>
      other === k ? { ...point, data: point.data.with(i, point.data[i]! + shift) } : point,
    );
    return tidy(() => f(...moved.map(leaf)));
  };
  using high = at(h);
  using low = at(-h);
  return ((await high.item()) - (await low.item())) / (2 * h);
}

/** WGSL with no more than every WebGPU device has, on whatever adapter this machine has. */
export const gpu = webgpu.with({ software: true, limits: "default" });

/** In a page (test/browser) the WGSL alone is of interest, and js to compare it with. */
const inNode = typeof process !== "undefined";
export const backends: readonly Opener[] = inNode ? [js, wasm, gpu] : [js, gpu];

/** The same tests on each backend; in a page on WGSL. */
export function eachBackend(body: (name: string) => void): void {
  for (const opener of inNode ? backends : [gpu])
    describe(opener.name, () => {
      beforeAll(() => use(opener));
      afterAll(() => use(js));
      body(opener.name);
    });
}

/** Runs `body` and fails if it left tensors behind. Garbage of earlier tests may go meanwhile. */
export async function noLeaks(body: () => unknown): Promise<void> {
  const { tensors, bytes } = memory();
  await body();
  const after = memory();
  expect(after.tensors, "tensors left behind").toBeLessThanOrEqual(tensors);
  expect(after.bytes, "bytes left behind").toBeLessThanOrEqual(bytes);
}
