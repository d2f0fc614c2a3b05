/**
 * A fused kernel whose reduction runs across the memory of its loads (a column's sum). Vectors go
 * along the last output axis; several reduced rows are read at a time, and their running totals, one
 * for each column of a block, wait in scratch memory. A unit of work is a block of columns.
 */
import type { Fused, Reduction } from "../../ir.js";
import { type Axis, flatten, nestOf, volumeOf } from "../../nest.js";
import type { FunctionBuilder, Local, Operand } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import { addWide, isWide, pushStart } from "./accumulate.js";
import type { Written } from "./blocks.js";
import { Expression, levelsOf } from "./expression.js";
import { eachVector, type Place, storeVector } from "./inner.js";
import { type Num, Numbers, operandOf } from "./numbers.js";
import { coordinatesOf, epilogueOf, keyOf, movesInside, namesOf, origins, popInner, pushReading, type Row, streamsOf } from "./plan.js"; // prettier-ignore
import { type ColumnPlan, RowGroups, stretch } from "./row-groups.js";
import { trackOf, Walk } from "./walk.js";

/** Columns of a block: few, so that threads get some each; their totals stay in the first cache. */
const blockLength = 256;

export function writtenColumns(spec: Fused, op: Reduction): Written {
  const nest = nestOf(spec);
  const axes = flatten(nest.output);
  const reduced = flatten(nest.reduce);
  const inner = popInner(axes, spec.loads.length);
  const rows = popInner(reduced, spec.loads.length);
  const blocks = inner.strides.map((stride) => stride * blockLength);
  axes.push({ size: Math.ceil(inner.size / blockLength), strides: blocks, name: null });
  const numbers = new Numbers();
  const bytes = (axis: Axis): Num[] => axis.strides.map((stride) => numbers.of(4 * stride));
  const kind = { op, dtype: spec.body.at(-1)!.dtype };
  const plan: ColumnPlan = {
    body: spec.body,
    epilogue: epilogueOf(spec),
    op,
    wide: isWide(kind) && rows.size * volumeOf(reduced) > stretch,
    streams: streamsOf(spec, numbers),
    track: trackOf(axes, numbers),
    names: namesOf(axes),
    size: numbers.of(inner.size),
    steps: bytes(inner),
    innerName: inner.name,
    reduced: {
      track: trackOf(reduced, numbers),
      names: namesOf(reduced),
      turns: numbers.of(volumeOf(reduced)),
    },
    rows: { size: numbers.of(rows.size), steps: bytes(rows), name: rows.name },
  };
  return {
    name: "columns",
    key: keyOf("columns", plan),
    units: inner.size === 0 ? 0 : volumeOf(axes),
    scratchBytes: 12 * blockLength + 16, // a block of 4k + 1 clears a vector too many
    constants: numbers.values,
    write: (f, k) => new Columns(f, k, plan).write(),
  };
}

class Columns {
  private readonly pointers: Local[];
  private readonly walk: Walk;
  private readonly first: Local; // column of the block
  private readonly bytes: Local; // of the block
  private readonly wideAt: Local; // doubles of the block: 16 low bytes, 16 high bytes a vector
  private readonly outside: ReadonlyMap<number, Local>;
  private readonly kind;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    private readonly plan: ColumnPlan,
  ) {
    this.kind = { op: plan.op, dtype: plan.body.at(-1)!.dtype };
    this.pointers = origins(f, k, plan.streams);
    this.walk = new Walk(f, k, plan.track, this.pointers);
    this.walk.start(k.from);
    this.outside = coordinatesOf(plan.names, this.walk.coordinates);
    this.first = f.local("i32", "first");
    this.bytes = f.local("i32", "bytes");
    this.wideAt = f.let("i32", "wide", () => f.op("i32.add", k.scratch, 4 * blockLength));
  }

  write(): void {
    const { f, k, plan } = this;
    const rows = new RowGroups(f, k, plan, this.pointers, this.outside);
    const epilogue = this.epilogue();
    f.loop(f.local("i32", "unit"), k.from, k.to, 1, () => {
      this.openBlock();
      this.eachTotal((at) => f.store("v128.store", at, () => pushStart(f, this.kind)));
      if (plan.wide) this.eachWide((at) => f.store("v128.store", at, 0));
      rows.write(this.first, this.bytes, () => this.settle());
      if (plan.wide) this.settle();
      this.close(epilogue);
      this.walk.next();
    });
  }

  private openBlock(): void {
    const { f, k, plan } = this;
    const block = this.walk.coordinates.at(-1)!;
    f.set(this.first, () => f.op("i32.mul", block, blockLength));
    const left = f.let("i32", "left", () => f.op("i32.sub", operandOf(k, plan.size), this.first));
    const shorter = () => f.op("select", left, () => f.i32(blockLength), () => f.op("i32.lt_s", left, blockLength)); // prettier-ignore
    f.set(this.bytes, () => f.scaled(shorter, 4));
  }

  /** Every vector of totals, the last one whole: scratch has room. */
  private eachTotal(visit: (at: Local) => unknown): void {
    const { f, k } = this;
    const at = f.let("i32", "at", k.scratch);
    const end = f.let("i32", "end", () => f.op("i32.add", k.scratch, this.bytes));
    f.loop(at, at, end, 16, () => visit(at), "i32.lt_u");
  }

  private eachWide(visit: (at: Local) => unknown): void {
    const { f } = this;
    const at = f.let("i32", "at", this.wideAt);
    const end = f.let("i32", "end", () => f.op("i32.add", at, () => f.scaled(this.bytes, 2)));
    f.loop(at, at, end, 16, () => visit(at), "i32.lt_u");
    visit(at); // a block of 4k + 1 or 2 columns ends half a pair early
  }

  /** Empties the floats into the doubles. */
  private settle(): void {
    const { f } = this;
    const wide = f.let("i32", "to", this.wideAt);
    this.eachTotal((at) => {
      const total = f.let("v128", "total", () => f.load("v128.load", at));
      const take = (offset: number, half: Operand): void => {
        const before = () => f.load("v128.load", wide, offset);
        f.store("v128.store", wide, () => addWide(f, before, half), offset);
      };
      take(0, total);
      take(16, () => f.shuffle([2, 3, 2, 3], total, total));
      f.store("v128.store", at, 0);
      f.increase(wide, 32);
    });
  }

  private epilogue(): Expression {
    const { plan } = this;
    const levels = levelsOf(plan.epilogue, (line) =>
      line.op === "accumulated" || movesInside(line, plan.steps, plan.innerName) ? 2 : 1,
    );
    const expression = new Expression(this.f, this.k, plan.epilogue, levels);
    expression.compute(0, () => {});
    return expression;
  }

  /** Turns totals into what is stored. */
  private close(epilogue: Expression): void {
    const { f, k, plan, pointers } = this;
    const { streams, steps, innerName } = plan;
    const row: Row = { streams, pointers, steps, coordinates: this.outside, innerName, innerFirst: this.first };
    epilogue.compute(1, (line) => pushReading(f, k, row, line, null));
    eachVector(f, this.bytes, 1, (place) => {
      epilogue.compute(2, (line) => {
        if (line.op === "accumulated") this.pushTotal(place, line.dtype === "bool");
        else pushReading(f, k, row, line, place);
      });
      storeVector(f, pointers.at(-1)!, epilogue.result, epilogue.dtype, place);
    });
  } // prettier-ignore

  private pushTotal({ at }: Place, asMask: boolean): void {
    const { f, k } = this;
    if (this.plan.wide) {
      const from = f.let("i32", "from", () => f.address(this.wideAt, at, 2));
      const half = (offset: number) => () =>
        f.op("f32x4.demote_f64x2_zero", () => f.load("v128.load", from, offset));
      f.shuffle([0, 1, 4, 5], half(0), half(16));
    } else f.load("v128.load", () => f.op("i32.add", k.scratch, at));
    if (asMask) f.op("i32x4.ne", () => f.i32x4(0));
  }
}
