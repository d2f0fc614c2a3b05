/**
 * The inner axis of a fused kernel, four elements at a time: how each stream is read there, how the
 * result is written, and what happens at the end of a row whose length is no multiple of four.
 */
import type { DType } from "../../ir.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import { type Num, operandOf } from "./numbers.js";

/** A place on the inner axis: `at` bytes (four an element) and `ahead` vectors more; `lanes`: how many elements are left there, if less than four may be. */
export type Place = { at: Local; ahead: number; lanes: Local | null };

/** Calls `visit` for each vector of `bytes` bytes: `unroll` at a time, then one by one, then the rest of fewer than four. */
export function eachVector(
  f: FunctionBuilder,
  bytes: Local,
  unroll: number,
  visit: (place: Place) => unknown,
): void {
  const at = f.let("i32", "at", 0);
  vectors(f, at, bytes, unroll, visit);
  f.if(
    () => f.op("i32.lt_s", at, bytes),
    () => visit({ at, ahead: 0, lanes: remaining(f, at, bytes) }),
  );
}

/** The whole vectors only; `at` is left behind the last one. */
export function vectors(
  f: FunctionBuilder,
  at: Local,
  bytes: Local,
  unroll: number,
  visit: (place: Place) => unknown,
): void {
  const upTo = (step: number) => f.let("i32", "whole", () => f.op("i32.and", bytes, -step));
  const each = (count: number): void => {
    f.loop(at, at, upTo(16 * count), 16 * count, () => {
      for (let ahead = 0; ahead < count; ahead++) visit({ at, ahead, lanes: null });
    });
  };
  if (unroll > 1) each(unroll);
  each(1);
}

const remaining = (f: FunctionBuilder, at: Local, bytes: Local): Local =>
  f.let("i32", "lanes", () => f.op("i32.shr_u", () => f.op("i32.sub", bytes, at), 2));

/** Pushes the four elements of a stream that begin at a place. `step`: bytes from one element to the next. */
export function pushVector(
  f: FunctionBuilder,
  k: KernelLocals,
  pointer: Local,
  step: Num,
  dtype: DType,
  place: Place,
): void {
  const address = () => f.op("i32.add", pointer, place.at);
  if (step === 0) f.load("v128.load32_splat", pointer);
  else if (step === 4) f.load("v128.load", address, 16 * place.ahead);
  else if (step === -4) pushReversed(f, pointer, place);
  else pushGathered(f, k, pointer, step, place);
  if (dtype === "bool") f.op("i32x4.ne", () => f.i32x4(0));
}

/** An element as all four lanes. */
export function pushSplat(f: FunctionBuilder, pointer: Local, dtype: DType): void {
  f.load("v128.load32_splat", pointer);
  if (dtype === "bool") f.op("i32x4.ne", () => f.i32x4(0));
}

function pushReversed(f: FunctionBuilder, pointer: Local, { at, ahead }: Place): void {
  const last = () => f.op("i32.sub", () => f.op("i32.sub", pointer, at), 12 + 16 * ahead);
  const vector = f.let("v128", "forward", () => f.load("v128.load", last));
  f.shuffle([3, 2, 1, 0], vector, vector);
}

/** Lanes that are not there read the element before them once more: nothing outside is touched. */
function pushGathered(
  f: FunctionBuilder,
  k: KernelLocals,
  pointer: Local,
  step: Num,
  { at, ahead, lanes }: Place,
): void {
  const stride = operandOf(k, step);
  const index = () => f.op("i32.add", () => f.op("i32.shr_u", at, 2), 4 * ahead);
  const address = f.let("i32", "element", () =>
    f.op("i32.add", pointer, () => f.op("i32.mul", index, stride)),
  );
  const vector = f.let("v128", "gathered", () => f.load("v128.load32_zero", address));
  for (let lane = 1; lane < 4; lane++) {
    const next = () => f.op("i32.add", address, stride);
    if (lanes)
      f.set(address, () => f.op("select", next, address, () => f.op("i32.gt_s", lanes, lane)));
    else f.set(address, next);
    f.set(vector, () => f.laneMemory("v128.load32_lane", lane, address, vector));
  }
  f.get(vector);
}

/** Pushes the numbers of the elements at a place: `first` + at/4 + 4·ahead + (0, 1, 2, 3). */
export function pushIndices(f: FunctionBuilder, first: Local | null, { at, ahead }: Place): void {
  const lanes = [0, 1, 2, 3].map((lane) => lane + 4 * ahead);
  const element = () => f.op("i32.shr_u", at, 2);
  const start = first ? () => f.op("i32.add", first, element) : element;
  f.op("i32x4.add", () => f.op("i32x4.splat", start), () => f.lanes("i32x4", lanes)); // prettier-ignore
}

/** Writes a vector at a place of the output, whose elements follow one another; lanes that are not there are not written. */
export function storeVector(
  f: FunctionBuilder,
  pointer: Local,
  value: Local,
  dtype: DType,
  { at, ahead, lanes }: Place,
): void {
  const address = f.let("i32", "to", () => f.op("i32.add", pointer, at));
  const stored =
    dtype === "bool" ? f.let("v128", "stored", () => f.op("v128.and", value, 1)) : value;
  if (!lanes) return void f.store("v128.store", address, stored, 16 * ahead);
  const has = (bit: number) => () => f.op("i32.and", lanes, bit);
  const pair = () => f.laneMemory("v128.store64_lane", 0, address, stored);
  const third = () => f.laneMemory("v128.store32_lane", 2, address, stored, 8);
  const first = () => f.laneMemory("v128.store32_lane", 0, address, stored);
  f.if(has(2), () => (pair(), f.if(has(1), third)), first);
}
