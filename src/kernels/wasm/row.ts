/**
 * Walking a row of n floats four at a time, whatever n is. Rows stand close together, so a vector may
 * not be written past a row's end. Rows of n ≥ 4 end in a vector that overlaps the one before (an
 * element computed twice gets the same value twice); rows of n < 4 are one vector made lane by lane.
 * Code is written for a `Cut`, a class of lengths; the length itself is a run-time number.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import type { KernelLocals } from "./kernel.js";

/** How a row ends. */
export type Cut = "whole" | "tail1" | "tail2" | "tail3" | "short1" | "short2" | "short3";

const tails = ["whole", "tail1", "tail2", "tail3"] as const;
const shorts = ["whole", "short1", "short2", "short3"] as const;

export const cutOf = (n: number): Cut => (n < 4 ? shorts : tails)[n % 4] ?? "whole";

/** Lanes that a cut's last vector adds to those before it: 0 for whole. */
export const lanesOf = (cut: Cut): 0 | 1 | 2 | 3 =>
  ([1, 2, 3] as const).find((lanes) => cut.endsWith(String(lanes))) ?? 0;

/** One vector of a row: its elements stand at the same offset from each buffer's row. */
export class Vector {
  constructor(
    private readonly f: FunctionBuilder,
    private readonly at: Local, // bytes from the row's start
    private readonly offset: number, // bytes more
    private readonly lanes: 1 | 2 | 3 | 4, // that exist in memory
    private readonly fresh: readonly number[] | null, // −1 in lanes not seen before; null: all
  ) {}

  /** The elements of the row that begins at `base`; lanes that do not exist are 0. */
  load(base: Local): () => void {
    const address = () => this.f.op("i32.add", base, this.at);
    if (this.lanes === 4) return () => this.f.load("v128.load", address, this.offset);
    return () => {
      this.f.load("v128.load32_zero", address);
      if (this.lanes === 4 || this.lanes === 1) return;
      const rest = this.f.local("v128", "lanes");
      for (let lane = 1; lane < this.lanes; lane++) {
        this.f.set(rest);
        this.f.laneMemory("v128.load32_lane", lane, address, rest, 4 * lane);
      }
    };
  }

  /** Sets `to` (i32x4) to the positions of the elements in the row. */
  positions(to: Local): void {
    const first = () => this.f.op("i32.shr_u", this.at, 2);
    const lanes = () => this.f.lanes("i32x4", [0, 1, 2, 3]);
    this.f.set(to, () => this.f.op("i32x4.add", () => this.f.op("i32x4.splat", first), lanes));
  }

  store(base: Local, value: Operand): void {
    const address = () => this.f.op("i32.add", base, this.at);
    if (this.lanes === 4) return void this.f.store("v128.store", address, value, this.offset);
    const kept = this.f.let("v128", "kept", value);
    for (let lane = 0; lane < this.lanes; lane++) {
      this.f.laneMemory("v128.store32_lane", lane, address, kept, 4 * lane);
    }
  }

  /** `value`, with `neutral` in the lanes that must not count (again) in a sum or a maximum. */
  once(value: Operand, neutral: number, type: "f32x4" | "i32x4" = "f32x4"): Operand {
    const { f, fresh } = this;
    if (!fresh) return value;
    const mask = () => f.lanes("i32x4", fresh);
    return () => f.push(value).push(neutral, type).push(mask).op("v128.bitselect");
  }
}

/** For each unit: its number, and where its row of `bytes` bytes begins in each of `buffers`. */
export function eachRow(
  f: FunctionBuilder,
  k: KernelLocals,
  bytes: Local,
  buffers: readonly number[],
  body: (row: Local, ...bases: Local[]) => void,
): void {
  const row = f.local("i32", "row");
  const offset = () => f.op("i32.mul", k.from, bytes);
  const bases = buffers.map((n) =>
    f.let("i32", "base", () => f.op("i32.add", k.buffer(n), offset)),
  );
  f.loop(row, k.from, k.to, 1, () => {
    body(row, ...bases);
    for (const base of bases) f.increase(base, bytes);
  });
}

/** The vectors of a row of `bytes` bytes from its first `start` (a multiple of 16) on. */
export function eachVector(
  f: FunctionBuilder,
  cut: Cut,
  bytes: Local,
  visit: (vector: Vector) => unknown,
  start: Local | 0 = 0,
): void {
  const at = f.let("i32", "at", start);
  if (!cut.startsWith("short")) {
    const whole = f.let("i32", "whole", () => f.op("i32.and", bytes, -16));
    f.loop(at, at, whole, 16, () => visit(new Vector(f, at, 0, 4, null)));
  }
  lastVector(f, cut, bytes, at, visit);
}

/** The same for a row that is changed in place: no element is met twice, a tail goes lane by lane. */
export function eachVectorOnce(
  f: FunctionBuilder,
  lanes: 0 | 1 | 2 | 3, // of the tail, where a row has one
  bytes: Local,
  visit: (vector: Vector) => unknown,
): void {
  const at = f.let("i32", "at", 0);
  const whole = f.let("i32", "whole", () => f.op("i32.and", bytes, -16));
  f.loop(at, at, whole, 16, () => visit(new Vector(f, at, 0, 4, null)));
  if (lanes === 0) return;
  const hasTail = () => f.op("i32.lt_s", at, bytes);
  f.if(hasTail, () => visit(new Vector(f, at, 0, lanes, null)));
}

/**
 * For kernels whose lanes are neighbours on an inner axis of `inner` elements: the vector of four of
 * them at `at` (bytes), or of the inner % 4 that are left there.
 */
export function eachLanes(
  f: FunctionBuilder,
  inner: number,
  at: Local,
  bytes: Local,
  visit: (vector: Vector) => unknown,
): void {
  const rest = inner % 4;
  const visitRest = () =>
    (rest === 1 || rest === 2 || rest === 3) && visit(new Vector(f, at, 0, rest, null));
  const isWhole = () => f.op("i32.le_s", () => f.op("i32.add", at, 16), bytes);
  f.if(isWhole, () => visit(new Vector(f, at, 0, 4, null)), visitRest);
}

function lastVector(
  f: FunctionBuilder,
  cut: Cut,
  bytes: Local,
  at: Local,
  visit: (vector: Vector) => unknown,
): void {
  const lanes = lanesOf(cut);
  if (lanes === 0) return;
  if (cut.startsWith("short")) {
    const present = [0, 1, 2, 3].map((lane) => (lane < lanes ? -1 : 0));
    visit(new Vector(f, at, 0, lanes, present));
    return;
  }
  const fresh = [0, 1, 2, 3].map((lane) => (lane >= 4 - lanes ? -1 : 0));
  f.set(at, () => f.op("i32.sub", bytes, 16));
  visit(new Vector(f, at, 0, 4, fresh));
}

/** Bytes of a block: 512 floats are added up in float32, blocks in float64. */
const blockBytes = 2048;

/**
 * Adds to `totals` (f64) the sum over a row of each term. 16 / terms running sums of float32 a block,
 * whose totals are added in float64: a sum of a million terms keeps about seven digits.
 */
export function sumRow(
  f: FunctionBuilder,
  cut: Cut,
  bytes: Local,
  totals: readonly Local[],
  terms: (vector: Vector) => readonly Operand[],
): void {
  const wide = totals.map(() => f.let("v128", "wide", 0));
  const done = f.let("i32", "done", 0);
  if (!cut.startsWith("short")) sumBlocks(f, bytes, done, wide, terms);
  const last = (vector: Vector): void =>
    terms(vector).forEach((term, k) => addWide(f, wide[k]!, vector.once(term, 0)));
  eachVector(f, cut, bytes, last, done);
  totals.forEach((total, k) =>
    f.set(total, () =>
      f.op("f64.add", total, () =>
        f.op(
          "f64.add",
          () => f.lane("f64x2.extract_lane", 0, wide[k]!),
          () => f.lane("f64x2.extract_lane", 1, wide[k]!),
        ),
      ),
    ),
  );
}

/** The whole groups of vectors of a row, block by block; leaves in `done` the bytes that it went through. */
function sumBlocks(
  f: FunctionBuilder,
  bytes: Local,
  done: Local,
  wide: readonly Local[],
  terms: (vector: Vector) => readonly Operand[],
): void {
  const unroll = wide.length === 1 ? 4 : 2;
  const group = 16 * unroll;
  const whole = f.let("i32", "groups", () => f.op("i32.and", bytes, -group));
  const end = f.local("i32", "end");
  const partial = wide.map(() => Array.from({ length: unroll }, () => f.local("v128", "partial")));
  const at = f.local("i32", "at");
  f.loop(done, done, whole, 0, () => {
    f.set(end, () => f.op("i32.add", done, blockBytes));
    f.op("select", end, whole, () => f.op("i32.lt_s", end, whole)).set(end);
    for (const sum of partial.flat()) f.set(sum, 0);
    f.loop(at, done, end, group, () => {
      for (let u = 0; u < unroll; u++) {
        terms(new Vector(f, at, 16 * u, 4, null)).forEach((term, k) =>
          f.set(partial[k]![u]!, () => f.op("f32x4.add", partial[k]![u]!, term)),
        );
      }
    });
    partial.forEach((sums, k) => addWide(f, wide[k]!, () => balanced(f, "f32x4.add", sums)));
    f.set(done, end);
  });
}

/** sums[0] ∘ sums[1] ∘ …, as a balanced tree. */
export function balanced(
  f: FunctionBuilder,
  op: "f32x4.add" | "f32x4.max",
  sums: readonly Local[],
): void {
  if (sums.length === 1) return void f.push(sums[0]!);
  const half = sums.length >> 1;
  f.op(op, () => balanced(f, op, sums.slice(0, half)), () => balanced(f, op, sums.slice(half)));
} // prettier-ignore

/** wide (f64x2) += the four lanes of `value`, two and two. */
function addWide(f: FunctionBuilder, wide: Local, value: Operand): void {
  const four = f.let("v128", "four", value);
  const low = () => f.op("f64x2.promote_low_f32x4", four);
  const high = () => f.op("f64x2.promote_low_f32x4", () => f.shuffle([2, 3, 2, 3], four, four));
  f.set(wide, () => f.op("f64x2.add", wide, () => f.op("f64x2.add", low, high)));
}

/** `value` where it is finite, else 0: ∞ − ∞ would hide an infinite mean. */
export function finite(f: FunctionBuilder, value: Operand): () => void {
  return () => {
    const kept = f.let("v128", "kept", value);
    const isFinite = () => f.op("f32x4.eq", () => f.op("f32x4.sub", kept, kept), 0);
    f.op("v128.and", kept, isFinite);
  };
}

/** Leaves the largest of a row on the stack as a vector of equal lanes: NaN if there is one. */
export function maximumOfRow(f: FunctionBuilder, cut: Cut, bytes: Local, base: Local): void {
  const at = f.let("i32", "at", 0);
  const most = Array.from({ length: 4 }, () => f.let("v128", "most", -Infinity));
  const keep = (k: number, vector: Vector) =>
    f.set(most[k]!, () => f.op("f32x4.max", most[k]!, vector.once(vector.load(base), -Infinity)));
  if (!cut.startsWith("short")) {
    const whole = f.let("i32", "groups", () => f.op("i32.and", bytes, -64));
    f.loop(at, at, whole, 64, () => {
      for (let k = 0; k < 4; k++) keep(k, new Vector(f, at, 16 * k, 4, null));
    });
  }
  eachVector(f, cut, bytes, (vector) => keep(0, vector), at);
  const all = f.let("v128", "all", () => balanced(f, "f32x4.max", most));
  f.set(all, () => f.op("f32x4.max", all, () => f.shuffle([2, 3, 0, 1], all, all)));
  f.op("f32x4.max", all, () => f.shuffle([1, 0, 3, 2], all, all));
}
