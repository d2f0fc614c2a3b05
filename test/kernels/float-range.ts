/**
 * Functions of the IR against float64 over the whole float range: every exponent, both signs, many mantissas,
 * and the numbers at which something changes. Errors are in units in the last place (ulp).
 */
import type { Backend } from "../../src/kernels/backend.js";
import type { Binary, Instruction, Unary } from "../../src/kernels/ir.js";
import { functionOfOne, functionOfTwo } from "../../src/kernels/js/scalar.js";
import { elementwise, f32, type Case } from "./case.js";
import { between, edges, ulp, wholeRange } from "./floats.js";
import { evaluate } from "./run.js";

/** What a function may be off by. */
export const ofOne: readonly (readonly [Unary, number])[] = [
  ["exp", 2], ["expm1", 3], ["log", 2], ["log1p", 3], ["sin", 3], ["cos", 3], ["tanh", 3], ["erf", 3],
  ["sqrt", 2], ["sign", 0], ["floor", 0], ["ceil", 0], ["round", 0], ["abs", 0], ["neg", 0],
]; // prettier-ignore
export const ofTwo: readonly (readonly [Binary, number])[] = [
  ["pow", 2], ["mod", 1], ["div", 3], ["mul", 1], ["add", 1],
]; // prettier-ignore

/** A function's largest error, and where it is. */
export type Deviation = { ulps: number; where: string };

/** One function of the IR over arrays. */
function caseOf(op: Instruction, inputs: Float32Array[]): Case {
  const size = inputs[0]!.length;
  const loads = inputs.map((_, operand): Instruction => ({ op: "load", operand, dtype: "f32" }));
  return {
    name: `fused ${op.op}`,
    kernel: {
      kernel: "fused", dtype: "f32", shape: [size], reduce: null, epilogue: [],
      loads: inputs.map(() => ({ dtype: "f32", offset: 0, strides: [1] })),
      body: [...loads, op],
    },
    inputs: () => inputs,
    outputs: [f32(size)],
    tolerance: elementwise,
  };
} // prettier-ignore

async function run(backend: Backend, op: Instruction, ...inputs: Float32Array[]): Promise<Float32Array> {
  const [result] = await evaluate(backend, caseOf(op, inputs), inputs);
  return result as Float32Array;
} // prettier-ignore

const smallestNormal = 2 ** -126;

/** The error in ulp; a subnormal result may be 0, and the largest float and infinity are neighbours. */
function errorOf(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (Object.is(got, rounded) || (got === 0 && rounded === 0)) return 0;
  if (Math.max(Math.abs(rounded), Math.abs(got)) <= smallestNormal) return 0;
  if (Number.isFinite(rounded) && Number.isFinite(got)) return Math.abs(got - want) / ulp(want);
  return Math.abs(want) > 3.4028233e38 && Math.abs(got) > 3.4028233e38 ? 1 : Infinity;
}

/** The largest error, and where it is. */
function worst(got: Float32Array, exact: (k: number) => number): { ulps: number; at: number } {
  const found = { ulps: 0, at: -1 };
  got.forEach((value, k) => {
    const ulps = errorOf(value, exact(k));
    if (ulps > found.ulps) Object.assign(found, { ulps, at: k });
  });
  return found;
}

/** Pairs: every edge with every edge, then random bits, then ordinary numbers; none whose difference is subnormal. */
function pairs(): [Float32Array, Float32Array] {
  const some = wholeRange(20).map((x) => (Math.abs(x) < 1e-30 ? 0 : x));
  const [xs, ys]: [number[], number[]] = [[], []];
  const push = (x: number, y: number): void => void (xs.push(x), ys.push(y));
  const normal = edges.filter((x) => x === 0 || !(Math.abs(x) < 1e-30));
  for (const x of normal) for (const y of [...normal, 5, -7, 1.5, -2.5]) push(x, y);
  for (let k = 0; k < some.length; k++) push(some[k]!, some[(k * 7919) % some.length]!);
  for (let k = 0; k < 20_000; k++) push(some[k % some.length]!, ((k * 37) % 4001) / 100 - 20);
  for (let k = 0; k < 20_000; k++) push((k % 997) / 31 + 0.01, ((k * 37) % 4001) / 400 - 5);
  return [Float32Array.from(xs), Float32Array.from(ys)];
}

export async function errorOfOne(backend: Backend, op: Unary): Promise<Deviation> {
  const exact = functionOfOne(op, "f32");
  let most: Deviation = { ulps: -1, where: "" };
  for (const xs of [wholeRange(100), between(-12, 12, 100_001), between(-105, 90, 50_001)]) {
    const got = await run(backend, { op, args: [0], dtype: "f32" }, xs);
    // A subnormal may be taken for 0, of either sign.
    const isZero = (k: number): boolean => Math.abs(xs[k]!) < smallestNormal && got[k] === exact(0);
    const { ulps, at } = worst(got, (k) => (isZero(k) ? got[k]! : exact(xs[k]!)));
    const where = at < 0 ? "" : `at ${xs[at]}: ${got[at]} for ${exact(xs[at]!)}`;
    if (ulps > most.ulps) most = { ulps, where };
  }
  return most;
}

export async function errorOfTwo(backend: Backend, op: Binary): Promise<Deviation> {
  const exact = functionOfTwo(op, "f32");
  const [xs, ys] = pairs();
  const got = await run(backend, { op, args: [0, 1], dtype: "f32" }, xs, ys);
  const { ulps, at } = worst(got, (k) => exact(xs[k]!, ys[k]!));
  const where = at < 0 ? "" : `at ${xs[at]}, ${ys[at]}: ${got[at]} for ${exact(xs[at]!, ys[at]!)}`;
  return { ulps, where };
}
