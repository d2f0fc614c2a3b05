/**
 * The rows of a reduction across memory (columns.ts): four at a time, vectors along the columns, each
 * added to the totals of its columns in scratch memory.
 */
import type { Instruction, Reduction } from "../../ir.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import { combine, countable } from "./accumulate.js";
import { costAt, Expression, levelsOf } from "./expression.js";
import { eachVector, type Place } from "./inner.js";
import { type Num, operandOf } from "./numbers.js";
import {
  coordinatesOf,
  movesInside,
  pushReading,
  type Row,
  type Streams,
  unrollOf,
} from "./plan.js";
import { type Track, Walk } from "./walk.js";

/** Rows whose values are added in float32 before they go into a float64. */
export const stretch = 256;

export type ColumnPlan = {
  body: readonly Instruction[];
  epilogue: readonly Instruction[];
  op: Reduction;
  wide: boolean; // totals go on in float64
  streams: Streams;
  track: Track; // the output axes but the last, then the blocks of the last
  names: (number | null)[];
  size: Num; // of the last output axis
  steps: Num[];
  innerName: number | null;
  reduced: { track: Track; names: (number | null)[]; turns: Num }; // but the innermost
  rows: { size: Num; steps: Num[]; name: number | null }; // the innermost reduced axis
};

/** Walks the reduced axes, a few rows at a time, and adds each row's vectors to the totals. */
export class RowGroups {
  private readonly moving: Local[];
  private readonly walk: Walk;
  private readonly number: Local; // of the row on the innermost reduced axis
  private readonly pending: Local;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    private readonly plan: ColumnPlan,
    private readonly pointers: readonly Local[],
    private readonly outside: ReadonlyMap<number, Local>,
  ) {
    this.moving = pointers.map(() => f.local("i32", "row"));
    this.walk = new Walk(f, k, plan.reduced.track, this.moving);
    this.number = f.local("i32", "number");
    this.pending = f.local("i32", "pending");
  }

  write(first: Local, bytes: Local, settle: () => void): void {
    const { f, k, plan } = this;
    this.moving.forEach((local, stream) => f.set(local, this.pointers[stream]!));
    for (const coordinate of this.walk.coordinates) f.set(coordinate, 0);
    f.set(this.pending, 0);
    const turn = (): void => this.rows(first, bytes, settle);
    if (plan.reduced.track.length === 0) return turn();
    f.loop(f.local("i32", "turn"), 0, operandOf(k, plan.reduced.turns), 1, () => {
      turn();
      this.walk.next();
    });
  }

  /** One turn of the innermost reduced axis; the streams' pointers are left as they were. */
  private rows(first: Local, bytes: Local, settle: () => void): void {
    const { f, k, plan } = this;
    const size = operandOf(k, plan.rows.size);
    const start = this.moving.map((pointer) => f.let("i32", "start", pointer));
    const several = f.let("i32", "several", () => f.op("i32.and", size, -4));
    f.set(this.number, 0);
    for (const [count, end] of [[4, several], [1, size]] as const)
      f.loop(this.number, this.number, end, count, () => {
        this.group(count, first, bytes);
        plan.rows.steps.forEach((step, stream) => {
          if (step !== 0) f.increase(this.moving[stream]!, () => f.op("i32.mul", operandOf(k, step), count));
        });
        if (plan.wide) this.settleInTime(count, settle);
      }); // prettier-ignore
    this.moving.forEach((pointer, stream) => f.set(pointer, start[stream]!));
  }

  private settleInTime(count: number, settle: () => void): void {
    const { f, pending } = this;
    f.increase(pending, count);
    f.if(() => f.op("i32.ge_u", pending, stretch), () => {
      settle();
      f.set(pending, 0);
    }); // prettier-ignore
  }

  /** `count` rows at once. */
  private group(count: number, first: Local, bytes: Local): void {
    const { f, k, plan } = this;
    const { body, steps, innerName } = plan;
    const kind = { op: plan.op, dtype: body.at(-1)!.dtype };
    const levels = levelsOf(body, (line) => (movesInside(line, steps, innerName) ? 2 : 1));
    const rows = Array.from({ length: count }, (_, ahead) => this.row(ahead, first));
    const each = rows.map((row) => {
      const expression = new Expression(f, k, body, levels);
      expression.compute(0, () => {});
      expression.compute(1, (line) => pushReading(f, k, row, line, null));
      return expression;
    });
    const unroll = count === 1 ? unrollOf(costAt(body, levels)) : 1;
    const visit = (place: Place): void => {
      const values = each.map((expression, ahead) => {
        expression.compute(2, (line) => pushReading(f, k, rows[ahead]!, line, place));
        return countable(f, expression.result, kind.dtype);
      });
      const total = () => f.op("i32.add", k.scratch, place.at);
      const sum = values.reduce((x, y) => () => combine(f, kind, x, y));
      const added = () => combine(f, kind, () => f.load("v128.load", total, 16 * place.ahead), sum);
      f.store("v128.store", total, added, 16 * place.ahead);
    };
    eachVector(f, bytes, unroll, visit);
  }

  private row(ahead: number, first: Local): Row {
    const { f, k, plan } = this;
    const { streams, steps, innerName, rows } = plan;
    const pointers = this.moving.map((pointer, stream) => {
      const step = rows.steps[stream]!;
      if (ahead === 0 || step === 0) return pointer;
      return f.let("i32", "row", () => f.op("i32.add", pointer, () => f.op("i32.mul", operandOf(k, step), ahead))); // prettier-ignore
    });
    const coordinates = new Map([
      ...this.outside,
      ...coordinatesOf(plan.reduced.names, this.walk.coordinates),
    ]);
    if (rows.name !== null)
      coordinates.set(rows.name, ahead === 0 ? this.number : f.let("i32", "number", () => f.op("i32.add", this.number, ahead))); // prettier-ignore
    return { streams, pointers, steps, coordinates, innerName, innerFirst: first };
  }
}
