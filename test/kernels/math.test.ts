/**
 * The vector functions against float64, over the whole float range: every exponent, both signs, many
 * mantissas, and the numbers at which something changes. Errors are in units in the last place (ulp).
 */
import { describe, expect, it } from "vitest";
import { erf as exactErf } from "../../src/kernels/js/erf.js";
import type { FunctionBuilder, Local } from "../../src/kernels/wasm/emitter.js";
import { ModuleBuilder } from "../../src/kernels/wasm/emitter.js";
import * as math from "../../src/kernels/wasm/math.js";
import { between, edges, ulp, wholeRange } from "./floats.js";

type OfTwo = (f: FunctionBuilder, x: Local, y: Local) => void;

/** Runs a function of two vectors over arrays. */
function evaluate(write: OfTwo, xs: Float32Array, ys: Float32Array): Float32Array {
  const module = new ModuleBuilder();
  const parameters = { x: "i32", y: "i32", out: "i32", bytes: "i32" } as const;
  module.function("sweep", parameters, [], (f, { x, y, out, bytes }) => {
    const at = f.local("i32", "at");
    f.loop(at, 0, bytes, 16, () => {
      const a = f.let("v128", "a", () => f.load("v128.load", () => f.op("i32.add", x, at)));
      const b = f.let("v128", "b", () => f.load("v128.load", () => f.op("i32.add", y, at)));
      f.store("v128.store", () => f.op("i32.add", out, at), () => write(f, a, b)); // prettier-ignore
    });
  });
  const bytes = Math.ceil(xs.length / 4) * 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((3 * bytes) / 65536) + 1 });
  const compiled = new WebAssembly.Module(module.bytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  new Float32Array(memory.buffer, 0, xs.length).set(xs);
  new Float32Array(memory.buffer, bytes, ys.length).set(ys);
  (exports["f0"] as (...numbers: number[]) => void)(0, bytes, 2 * bytes, bytes);
  return new Float32Array(memory.buffer, 2 * bytes, xs.length).slice();
}

/** The largest error, where it is, and whether NaN and infinity are where they must be. */
function worst(got: Float32Array, exact: (k: number) => number): { ulps: number; at: number } {
  let [ulps, at] = [0, -1];
  for (let k = 0; k < got.length; k++) {
    const want = exact(k);
    const rounded = Math.fround(want);
    if (Object.is(got[k], rounded) || (got[k] === 0 && rounded === 0)) continue;
    let error = Math.abs(got[k]! - want) / ulp(want);
    if (!Number.isFinite(rounded) || !Number.isFinite(got[k]!)) {
      // the largest float and infinity are neighbours
      error = Math.abs(want) > 3.4028233e38 && Math.abs(got[k]!) > 3.4028233e38 ? 1 : Infinity;
    }
    if (error > ulps) [ulps, at] = [error, k];
  }
  return { ulps, at };
}

const ofOne: [string, (f: FunctionBuilder, x: Local) => void, (x: number) => number, number][] = [
  ["exp", math.exp, Math.exp, 1.5],
  ["expm1", math.expm1, Math.expm1, 2],
  ["log", math.log, Math.log, 1.5],
  ["log1p", math.log1p, Math.log1p, 2],
  ["sin", math.sin, Math.sin, 1.75],
  ["cos", math.cos, Math.cos, 1.75],
  ["tanh", math.tanh, Math.tanh, 2.5],
  ["erf", math.erf, exactErf, 6], // 6 ulp are at most 7e-7 of the value
  ["sign", math.sign, Math.sign, 0],
];

describe("vector functions of one number", () => {
  it.each(ofOne)("%s", (name, write, exact, limit) => {
    for (const xs of [wholeRange(200), between(-12, 12, 100_001), between(-105, 90, 50_001)]) {
      const got = evaluate((f, x) => write(f, x), xs, xs);
      const { ulps, at } = worst(got, (k) => exact(xs[k]!));
      const where = at < 0 ? "" : `at ${xs[at]}: ${got[at]} for ${exact(xs[at]!)}`;
      console.log(`${name}: ${ulps.toFixed(2)} ulp ${where}`);
      expect(ulps, where).toBeLessThanOrEqual(limit);
    }
  });

  it("expWithin is exp from -87 to 88, to (2 + |x|)·1e-7 of the value, and 0 below", () => {
    const xs = between(-87, 88, 100_001);
    const got = evaluate((f, x) => math.expWithin(f, x), xs, xs);
    xs.forEach((x, k) => {
      const error = Math.abs(got[k]! / Math.exp(x) - 1);
      if (error > (2 + Math.abs(x)) * 1e-7) expect.fail(`exp(${x}) is off by ${error}`);
    });
    const edges = Float32Array.of(0, -88, -1000, -Infinity, NaN);
    const at = evaluate((f, x) => math.expWithin(f, x), edges, edges);
    expect([...at]).toEqual([1, 0, 0, 0, NaN]);
  });

  it("keeps the sign of zero", () => {
    const zero = new Float32Array([-0, -0, -0, -0]);
    for (const name of ["sin", "tanh", "erf", "expm1", "log1p", "sign"] as const)
      expect(evaluate((f, x) => math[name](f, x), zero, zero)[0], name).toBe(-0);
  });
});

/** Pairs: every edge with every edge, then random bits, then ordinary numbers. */
function pairs(): [Float32Array, Float32Array] {
  const some = wholeRange(20);
  const [xs, ys]: [number[], number[]] = [[], []];
  const push = (x: number, y: number): void => void (xs.push(x), ys.push(y));
  for (const x of edges) for (const y of [...edges, 5, -7, 1.5, -2.5]) push(x, y);
  for (let k = 0; k < some.length; k++) push(some[k]!, some[(k * 7919) % some.length]!);
  for (let k = 0; k < 20_000; k++) push(some[k % some.length]!, ((k * 37) % 4001) / 100 - 20);
  for (let k = 0; k < 20_000; k++) push((k % 997) / 31 + 0.01, ((k * 37) % 4001) / 400 - 5);
  return [Float32Array.from(xs), Float32Array.from(ys)];
}

/** IEEE 754's pow, which differs from JavaScript's where the base is ±1. */
const exactPow = (x: number, y: number): number =>
  x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;

function exactMod(x: number, y: number): number {
  const rest = x % y;
  return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

describe("vector functions of two numbers", () => {
  const ofTwo: [string, OfTwo, (x: number, y: number) => number, number][] = [
    ["pow", math.pow, exactPow, 1.5],
    ["mod", math.mod, exactMod, 1],
  ];
  it.each(ofTwo)("%s", (name, write, exact, limit) => {
    const [xs, ys] = pairs();
    const got = evaluate(write, xs, ys);
    const { ulps, at } = worst(got, (k) => exact(xs[k]!, ys[k]!));
    const where =
      at < 0 ? "" : `at ${xs[at]}, ${ys[at]}: ${got[at]} for ${exact(xs[at]!, ys[at]!)}`;
    console.log(`${name}: ${ulps.toFixed(2)} ulp ${where}`);
    expect(ulps, where).toBeLessThanOrEqual(limit);
  });
});
