/**
 * A fused kernel whose reduction runs along the memory of its loads (a row's sum), or along no
 * memory in particular. A unit of work is one output element; vectors go along the inner reduced axis.
 */
import type { DType, Fused, Instruction, Reduction } from "../../ir.js";
import { type Axis, flatten, longestAxis, nestOf, volumeOf } from "../../nest.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import { countable, isWide, Totals } from "./accumulate.js";
import type { Written } from "./blocks.js";
import { costAt, Expression, levelsOf } from "./expression.js";
import { type Place, vectors } from "./inner.js";
import { type Num, Numbers, operandOf } from "./numbers.js";
import { coordinatesOf, epilogueOf, keyOf, movesInside, namesOf, origins, popInner, pushReading, type Row, type Streams, streamsOf, unrollOf } from "./plan.js"; // prettier-ignore
import { type Track, trackOf, Walk } from "./walk.js";

/** Bytes that are summed in float32 before they go into a float64. */
const stretch = 8192;

type Plan = {
  body: readonly Instruction[];
  epilogue: readonly Instruction[];
  op: Reduction;
  streams: Streams;
  track: Track; // the output axes
  names: (number | null)[];
  reduced: { track: Track; names: (number | null)[]; turns: Num }; // the outer reduced axes
  size: Num; // of the inner reduced axis
  steps: Num[];
  innerName: number | null;
};

export function writtenRows(spec: Fused, op: Reduction): Written {
  const nest = nestOf(spec);
  const axes = flatten(nest.output);
  const reduced = flatten(innerLast(nest.reduce));
  const inner = popInner(reduced, spec.loads.length);
  if (inner.size > longestAxis)
    throw new Error(
      `A reduction over an axis of ${inner.size} elements was asked for; wasm takes at most ${longestAxis} (1 GiB): reshape it to two axes.`,
    );
  const numbers = new Numbers();
  const plan: Plan = {
    body: spec.body,
    epilogue: epilogueOf(spec),
    op,
    streams: streamsOf(spec, numbers),
    track: trackOf(axes, numbers),
    names: namesOf(axes),
    reduced: {
      track: trackOf(reduced, numbers),
      names: namesOf(reduced),
      turns: numbers.of(volumeOf(reduced)),
    },
    size: numbers.of(inner.size),
    steps: inner.strides.map((stride) => numbers.of(4 * stride)),
    innerName: inner.name,
  };
  return {
    name: "rows",
    key: keyOf("rows", plan),
    units: volumeOf(axes),
    constants: numbers.values,
    write: (f, k) => writeRows(f, k, plan),
  };
}

/** How well vectors go along an axis: a point for each load that is read whole there. */
export const smoothness = (axis: Axis): number =>
  axis.strides.slice(0, -1).reduce((sum, stride) => sum + (stride === 1 ? 2 : stride === 0 || stride === -1 ? 1 : 0), 0); // prettier-ignore

/** The reduced axes with the smoothest one last: a reduction may go in any order. */
function innerLast(axes: readonly Axis[]): Axis[] {
  const long = axes.filter((axis) => axis.size !== 1);
  const best = Math.max(...long.map(smoothness));
  const at = long.findLastIndex((axis) => smoothness(axis) === best);
  return at < 0 ? [] : [...long.slice(0, at), ...long.slice(at + 1), long[at]!];
}

function writeRows(f: FunctionBuilder, k: KernelLocals, plan: Plan): void {
  const { streams } = plan;
  const pointers = origins(f, k, streams);
  const walk = new Walk(f, k, plan.track, pointers);
  walk.start(k.from);
  const outside = coordinatesOf(plan.names, walk.coordinates);
  const reduction = new RowReduction(f, k, plan, pointers, outside);
  const epilogue = new Expression(f, k, plan.epilogue, levelsOf(plan.epilogue, () => 1));
  epilogue.compute(0, () => {});
  const row: Row = { streams, pointers, steps: [], coordinates: outside, innerName: null, innerFirst: null };
  f.loop(f.local("i32", "unit"), k.from, k.to, 1, () => {
    const total = reduction.write();
    epilogue.compute(1, (line) => {
      if (line.op !== "accumulated") return pushReading(f, k, row, line, null);
      f.get(total);
      if (line.dtype === "bool") f.op("i32x4.ne", () => f.i32x4(0));
    });
    storeFirst(f, pointers.at(-1)!, epilogue.result, epilogue.dtype);
    walk.next();
  });
} // prettier-ignore

function storeFirst(f: FunctionBuilder, to: Local, value: Local, dtype: DType): void {
  const stored = dtype === "bool" ? () => f.op("v128.and", value, 1) : value;
  f.laneMemory("v128.store32_lane", 0, to, stored);
}

/** The reduction of one output element. */
class RowReduction {
  private readonly moving: Local[];
  private readonly walk: Walk;
  private readonly row: Row;
  private readonly body: Expression;
  private readonly unroll: number;
  private readonly totals: Totals;
  private readonly bytes: Local;
  private readonly pending: Local;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    private readonly plan: Plan,
    private readonly pointers: readonly Local[],
    outside: ReadonlyMap<number, Local>,
  ) {
    const { streams, steps, innerName, reduced } = plan;
    this.moving = pointers.map(() => f.local("i32", "row"));
    this.walk = new Walk(f, k, reduced.track, this.moving);
    const coordinates = new Map([
      ...outside,
      ...coordinatesOf(reduced.names, this.walk.coordinates),
    ]);
    this.row = { streams, pointers: this.moving, steps, coordinates, innerName, innerFirst: null };
    const levels = levelsOf(plan.body, (line) => (movesInside(line, steps, innerName) ? 2 : 1));
    this.body = new Expression(f, k, plan.body, levels);
    this.unroll = Math.max(2, unrollOf(costAt(plan.body, levels)));
    this.totals = new Totals(f, { op: plan.op, dtype: this.body.dtype }, this.unroll);
    this.bytes = f.let("i32", "bytes", () => f.scaled(operandOf(k, plan.size), 4));
    this.pending = f.local("i32", "pending");
    this.body.compute(0, () => {});
  }

  write(): Local {
    const { f, k, plan, totals } = this;
    totals.begin();
    f.set(this.pending, 0);
    this.moving.forEach((local, stream) => f.set(local, this.pointers[stream]!));
    for (const coordinate of this.walk.coordinates) f.set(coordinate, 0);
    if (plan.reduced.track.length === 0) this.innerAxis();
    else {
      f.loop(f.local("i32", "turn"), 0, operandOf(k, plan.reduced.turns), 1, () => {
        this.innerAxis();
        this.walk.next();
      });
    }
    return totals.finish();
  }

  /** Stretch by stretch, then the last few elements. */
  private innerAxis(): void {
    const { f, bytes } = this;
    this.body.compute(1, (line) => pushReading(f, this.k, this.row, line, null));
    const at = f.let("i32", "at", 0);
    const stop = f.local("i32", "stop");
    f.repeat((again) => {
      f.set(stop, () => f.op("i32.add", at, stretch));
      f.set(stop, () => f.op("select", stop, bytes, () => f.op("i32.lt_s", stop, bytes)));
      vectors(f, at, stop, this.unroll, (place) => this.take(place));
      this.settle();
      f.brIf(again, () => f.op("i32.lt_s", stop, bytes));
    });
    const lanes = () => f.op("i32.shr_u", () => f.op("i32.sub", bytes, at), 2);
    f.if(() => f.op("i32.lt_s", at, bytes), () => this.take({ at, ahead: 0, lanes: f.let("i32", "lanes", lanes) })); // prettier-ignore
  }

  private take(place: Place): void {
    this.body.compute(2, (line) => pushReading(this.f, this.k, this.row, line, place));
    const value = countable(this.f, this.body.result, this.body.dtype);
    this.totals.add(place.ahead, value, place.lanes);
  }

  private settle(): void {
    const { f, pending } = this;
    if (!isWide({ op: this.plan.op, dtype: this.body.dtype })) return;
    f.increase(pending, this.bytes); // more than was summed, where rows are long: then it settles at once
    f.if(() => f.op("i32.ge_u", pending, stretch), () => {
      this.totals.settle();
      f.set(pending, 0);
    }); // prettier-ignore
  }
}
