/**
 * Σ x² over all inputs. First 2,048 numbers at a time, each sum a float64 in `shared`, whoever makes it; then those
 * in order. So the result does not depend on the threads.
 */
import type { SquareSum } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { balanced } from "./row-sum.js";
import { promoteHigh, promoteLow } from "./vector.js";

const blockNumbers = 2048;
/** Running sums side by side. */
const unroll = 4;

export function lowerSquareSum({ sizes }: SquareSum): Lowered[] {
  let blocks = 0;
  const parts = sizes.map((size, k): Lowered => {
    const first = blocks;
    const units = Math.ceil(size / blockNumbers);
    blocks += units;
    return { key: "squareSum of blocks", units, buffers: [k], constants: [4 * size, 8 * first], build: buildBlocks };
  });
  const sharedBytes = 8 * blocks;
  const total = { key: "squareSum of all", units: 1, buffers: [sizes.length], constants: [sharedBytes], build: buildTotal };
  return [...parts, total].map((phase) => ({ ...phase, sharedBytes }));
} // prettier-ignore

/** A unit is a block of one input. Constants: the input's bytes, and where in `shared` its first sum goes. */
function buildBlocks(module: ModuleBuilder): FunctionHandle {
  const signature = { buffers: 1, constants: 2 };
  return kernelFunction(module, "squareSum_of_blocks", signature, (f, k) => {
    const [unit, at, end] = [f.local("i32", "unit"), f.local("i32", "at"), f.local("i32", "end")];
    const last = f.let("i32", "last", () => f.op("i32.add", k.buffer(0), k.constant(0)));
    const to = f.let("i32", "to", () => f.op("i32.add", k.shared, k.constant(1)));
    const wide = f.local("f64", "wide");
    f.loop(unit, k.from, k.to, 1, () => {
      f.set(at, () => f.address(k.buffer(0), unit, 4 * blockNumbers));
      f.set(end, () => f.op("i32.add", at, 4 * blockNumbers));
      f.if(() => f.op("i32.gt_s", end, last), () => f.set(end, last));
      addBlock(f, at, end, wide);
      f.store("f64.store", () => f.address(to, unit, 8), wide);
    });
  });
} // prettier-ignore

/** Sets `wide` to the sum from `at` to `end`: whole groups of vectors, then number by number. */
function addBlock(f: FunctionBuilder, at: Local, end: Local, wide: Local): void {
  const sums = Array.from({ length: unroll }, () => f.let("v128", "sum", 0));
  const [vector, number] = [f.local("v128", "vector"), f.local("f64", "number")];
  const bytes = 16 * unroll;
  const length = () => f.op("i32.sub", end, at);
  const whole = f.let("i32", "whole", () => f.op("i32.add", at, () => f.op("i32.and", length, -bytes)));
  f.loop(at, at, whole, bytes, () => {
    sums.forEach((sum, n) => {
      f.set(vector, () => f.load("v128.load", at, 16 * n));
      f.set(sum, () => f.madd(vector, vector, sum));
    });
  });
  f.set(vector, () => balanced(f, "f32x4.add", sums));
  const two = f.let("v128", "two", () => f.op("f64x2.add", promoteLow(f, vector), promoteHigh(f, vector)));
  const half = (lane: 0 | 1) => () => f.lane("f64x2.extract_lane", lane, two);
  f.set(wide, () => f.op("f64.add", half(0), half(1)));
  f.loop(at, at, end, 4, () => {
    f.set(number, () => f.op("f64.promote_f32", () => f.load("f32.load", at)));
    f.set(wide, () => f.op("f64.add", wide, () => f.op("f64.mul", number, number)));
  });
} // prettier-ignore

function buildTotal(module: ModuleBuilder): FunctionHandle {
  const signature = { buffers: 1, constants: 1 };
  return kernelFunction(module, "squareSum_of_all", signature, (f, k) => {
    const sum = f.let("f64", "sum", 0);
    const at = f.let("i32", "at", k.shared);
    const end = f.let("i32", "end", () => f.op("i32.add", at, k.constant(0)));
    f.loop(at, at, end, 8, () => f.set(sum, () => f.op("f64.add", sum, () => f.load("f64.load", at))));
    f.store("f32.store", k.buffer(0), () => f.op("f32.demote_f64", sum));
  });
} // prettier-ignore
