// Singular values by Golub & Kahan: bidiagonal form, then implicitly shifted QR on the bidiagonal
// (Golub & Reinsch, 1970). O(m n²) once, O(n²) after it; no vectors are formed.

import { type Bidiagonal, bidiagonalize } from "./bidiagonal.js";
import { type Matrix, transpose } from "./matrix.js";

/** The singular values of A, largest first. */
export function singularValues(a: Matrix): Float64Array {
  const tall = a.rows >= a.columns ? { ...a, data: a.data.slice() } : transpose(a);
  if (tall.columns === 0) return new Float64Array(0);
  const size = tall.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (size === 0) return new Float64Array(tall.columns);
  tall.data.forEach((x, at) => (tall.data[at] = x / size)); // so that squares cannot overflow
  const values = diagonalize(bidiagonalize(tall));
  return values.map((x) => Math.abs(x) * size).sort((x, y) => y - x);
}

/** The nuclear norm: the sum of the singular values, smallest added first. */
export function nuclearNorm(a: Matrix): number {
  return singularValues(a).reduceRight((sum, x) => sum + x, 0);
}

const MOST_STEPS = 60; // per value; two or three are usual

function diagonalize({ diagonal: d, above: e }: Bidiagonal): Float64Array {
  let scale = 0;
  for (let i = 0; i < d.length; i++) {
    scale = Math.max(scale, Math.abs(d[i]!) + (i + 1 < d.length ? Math.abs(e[i]!) : 0));
  }
  const tiny = Number.EPSILON * scale;
  let steps = 0;
  for (let end = d.length - 1; end > 0;) {
    const start = splitPoint(d, e, end, tiny);
    if (start === end) {
      end--;
      steps = 0;
      continue;
    }
    if (++steps > MOST_STEPS) throw new Error("The singular values did not converge.");
    if (!clearZero(d, e, start, end, tiny)) chase(d, e, start, end);
  }
  return d;
}

/** The first index of the block that ends at `end` and has no negligible entry above it. */
function splitPoint(d: Float64Array, e: Float64Array, end: number, tiny: number): number {
  for (let i = end - 1; i >= 0; i--) {
    const small = Number.EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!));
    if (Math.abs(e[i]!) > small && Math.abs(e[i]!) > tiny * 2 ** -10) continue;
    e[i] = 0;
    return i + 1;
  }
  return 0;
}

/** A zero on the diagonal splits the block: its row is emptied by rotations from below. */
function clearZero(
  d: Float64Array,
  e: Float64Array,
  start: number,
  end: number,
  tiny: number,
): boolean {
  for (let i = end; i >= start; i--) {
    if (Math.abs(d[i]!) > tiny * 2 ** -10) continue;
    d[i] = 0;
    rotateOut(d, e, i, i === end ? start : end); // its column if it is the last, its row else
    return true;
  }
  return false;
}

/** Rotates the entry between `from` and the next place away, towards `to`, where it ends. */
function rotateOut(d: Float64Array, e: Float64Array, from: number, to: number): void {
  const step = Math.sign(to - from);
  const beside = Math.min(0, step); // e[k + beside] lies between k and k + step
  let bulge = e[from + beside]!;
  e[from + beside] = 0;
  for (let k = from + step; bulge !== 0; k += step) {
    const r = Math.hypot(d[k]!, bulge);
    const [c, s] = [d[k]! / r, -bulge / r];
    d[k] = r;
    if (k === to) break;
    bulge = s * e[k + beside]!;
    e[k + beside]! *= c;
  }
}

/** One implicit QR step with Wilkinson's shift on the block start..end. */
function chase(d: Float64Array, e: Float64Array, start: number, end: number): void {
  let f = shiftedHead(d, e, start, end);
  let g = e[start]!;
  for (let k = start; k < end; k++) {
    let r = Math.hypot(f, g);
    let [c, s] = r === 0 ? [1, 0] : [f / r, g / r]; // columns k, k + 1
    if (k > start) e[k - 1] = r;
    f = c * d[k]! + s * e[k]!;
    e[k] = c * e[k]! - s * d[k]!;
    g = s * d[k + 1]!;
    d[k + 1]! *= c;
    r = Math.hypot(f, g);
    [c, s] = r === 0 ? [1, 0] : [f / r, g / r]; // rows k, k + 1
    d[k] = r;
    f = c * e[k]! + s * d[k + 1]!;
    d[k + 1] = c * d[k + 1]! - s * e[k]!;
    if (k + 1 < end) {
      g = s * e[k + 1]!;
      e[k + 1]! *= c;
    }
  }
  e[end - 1] = f;
}

/** The first entry of BᵀB - shift, over d[start]: (d² - shift) / d. */
function shiftedHead(d: Float64Array, e: Float64Array, start: number, end: number): number {
  const [x, y] = [d[end - 1]!, d[end]!];
  const before = end - 1 > start ? e[end - 2]! : 0;
  const between = e[end - 1]!;
  const corner = y * y + between * between; // trailing 2 × 2 of BᵀB
  const half = (x * x + before * before - corner) / 2;
  const off = x * between;
  const root = Math.hypot(half, off);
  const shift = off === 0 ? corner : corner - (off * off) / (half + (half < 0 ? -root : root));
  return d[start]! - shift / d[start]!;
}
