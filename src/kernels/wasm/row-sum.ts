/**
 * Sums and maxima over a row. A sum goes in float32 over blocks of 512 elements, in several running
 * sums side by side, and in float64 over the blocks: a sum of a million terms keeps about seven digits.
 */
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { eachVector, Vector, type Cut } from "./row.js";

const blockBytes = 2048;

/** Adds to `totals` (f64) the sum over a row of each of `terms`, which are written out in this order. */
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
  op: "f32x4.add" | "f32x4.pmax",
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

/** Leaves the largest of a row on the stack, in all lanes; see `largestInLanes`. */
export function maximumOfRow(f: FunctionBuilder, cut: Cut, bytes: Local, base: Local): void {
  acrossLanes(
    f,
    f.let("v128", "all", () => largestInLanes(f, cut, bytes, base)),
  );
}

/**
 * Leaves four numbers on the stack whose largest is that of the row. Passes over NaN (pmax is one
 * instruction, max is six): whoever goes on with x − maximum meets it there.
 */
export function largestInLanes(f: FunctionBuilder, cut: Cut, bytes: Local, base: Local): void {
  const at = f.let("i32", "at", 0);
  const most = Array.from({ length: 4 }, () => f.let("v128", "most", -Infinity));
  const keep = (k: number, vector: Vector) =>
    f.set(most[k]!, () => f.op("f32x4.pmax", most[k]!, vector.once(vector.load(base), -Infinity)));
  if (!cut.startsWith("short")) {
    const whole = f.let("i32", "groups", () => f.op("i32.and", bytes, -64));
    f.loop(at, at, whole, 64, () => {
      for (let k = 0; k < 4; k++) keep(k, new Vector(f, at, 16 * k, 4, null));
    });
  }
  eachVector(f, cut, bytes, (vector) => keep(0, vector), at);
  balanced(f, "f32x4.pmax", most);
}

/** Leaves the largest of the four lanes of `all` on the stack, in each lane. */
export function acrossLanes(f: FunctionBuilder, all: Local): void {
  f.set(all, () => f.op("f32x4.pmax", all, () => f.shuffle([2, 3, 0, 1], all, all)));
  f.op("f32x4.pmax", all, () => f.shuffle([1, 0, 3, 2], all, all));
}
