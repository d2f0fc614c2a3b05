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

  /** Whether it overlaps the vector before, so that of a row that is changed in place it would meet what was changed. */
  get overlaps(): boolean {
    return this.lanes === 4 && this.fresh !== null;
  }

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
  unroll = 1, // vectors a turn, where little is done with each
): void {
  const at = f.let("i32", "at", 0);
  for (const count of unroll > 1 ? [unroll, 1] : [1]) {
    const whole = f.let("i32", "whole", () => f.op("i32.and", bytes, -16 * count));
    f.loop(at, at, whole, 16 * count, () => {
      for (let k = 0; k < count; k++) visit(new Vector(f, at, 16 * k, 4, null));
    });
  }
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
