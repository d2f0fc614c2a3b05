/**
 * Running totals of a reduction, four lanes each. A sum of floats goes on in float32 for some
 * thousand elements, which are then added up in float64: a sum of a million keeps about seven digits,
 * and costs no more.
 */
import { type Computed, type Reduction, reductionStep, startOf } from "../../ir.js";
import type { FunctionBuilder, Local, Operand } from "../emitter.js";
import { choose, extreme } from "../vector.js";

type Kind = { op: Reduction; dtype: Computed };

/** x ∘ y; bools are 0 or 1 here. */
export function combine(f: FunctionBuilder, { op, dtype }: Kind, x: Operand, y: Operand): void {
  const name = reductionStep[op];
  if (dtype === "f32" && (name === "max" || name === "min"))
    extreme(f, name, x, typeof y === "object" ? y : f.let("v128", "value", y))();
  else if (dtype === "f32") f.op(`f32x4.${name}`, x, y);
  else if (name === "max" || name === "min") f.op(`i32x4.${name}_s`, x, y);
  else f.op(`i32x4.${name}`, x, y);
}

/** Pushes what changes nothing. */
export function pushStart(f: FunctionBuilder, { op, dtype }: Kind): void {
  const start = startOf(op, dtype);
  if (dtype === "f32") f.f32x4(start);
  else f.i32x4(start);
}

/** Whether totals are carried in float64. (A product rounds once a factor in any order: no use.) */
export const isWide = ({ op, dtype }: Kind): boolean => op === "sum" && dtype === "f32";

/** Pushes doubles + the lower two of four floats. */
export const addWide = (f: FunctionBuilder, wide: Operand, floats: Operand): unknown =>
  f.op("f64x2.add", wide, () => f.op("f64x2.promote_low_f32x4", floats));

/** A value of the body as it is accumulated: bools become 0 or 1. */
export const countable = (f: FunctionBuilder, value: Local, dtype: Computed): Operand =>
  dtype === "bool" ? () => f.op("v128.and", value, 1) : value;

export class Totals {
  private readonly each: readonly Local[];
  private readonly low: Local | null;
  private readonly high: Local | null;

  constructor(private readonly f: FunctionBuilder, private readonly kind: Kind, count: number) {
    this.each = Array.from({ length: count }, () => f.local("v128", "total"));
    this.low = isWide(kind) ? f.local("v128", "low") : null;
    this.high = isWide(kind) ? f.local("v128", "high") : null;
  } // prettier-ignore

  begin(): void {
    const { f, kind } = this;
    for (const total of this.each) f.set(total, () => pushStart(f, kind));
    for (const wide of [this.low, this.high]) if (wide) f.set(wide, 0);
  }

  /** Takes a vector in, of which only the first `lanes` count. */
  add(which: number, value: Operand, lanes: Local | null): void {
    const { f, kind } = this;
    const total = this.each[which]!;
    const first = () => f.op("i32x4.gt_s", () => f.op("i32x4.splat", lanes!), () => f.lanes("i32x4", [0, 1, 2, 3])); // prettier-ignore
    const counted = lanes ? choose(f, first, value, () => pushStart(f, kind)) : value;
    f.set(total, () => combine(f, kind, total, counted));
  }

  /** Empties the floats into the doubles. */
  settle(): void {
    const { f, low, high } = this;
    if (!low || !high) return;
    for (const total of this.each) {
      f.set(low, () => addWide(f, low, total));
      f.set(high, () => addWide(f, high, () => f.shuffle([2, 3, 2, 3], total, total)));
      f.set(total, 0);
    }
  }

  /** All in one, in every lane. */
  finish(): Local {
    const { f, kind, low, high } = this;
    if (low && high) {
      this.settle();
      f.set(low, () => f.op("f64x2.add", low, high));
      const half = (lane: 0 | 1) => () => f.lane("f64x2.extract_lane", lane, low);
      const whole = () => f.op("f64.add", half(0), half(1));
      return f.let("v128", "total", () => f.op("f32x4.splat", () => f.op("f32.demote_f64", whole)));
    }
    const [total, ...others] = this.each as [Local, ...Local[]];
    for (const other of others) f.set(total, () => combine(f, kind, total, other));
    for (const lanes of [[2, 3, 0, 1], [1, 0, 3, 2]] as const)
      f.set(total, () => combine(f, kind, total, () => f.shuffle(lanes, total, total))); // prettier-ignore
    return total;
  }
}
