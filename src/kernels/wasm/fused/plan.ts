/** What the three ways of running a fused kernel share: streams, the key, reading a line. */
import type { DType, Fused, Instruction } from "../../ir.js";
import type { Axis } from "../../nest.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import type { Reading } from "./expression.js";
import { type Place, pushIndices, pushSplat, pushVector } from "./inner.js";
import { type Num, type Numbers, operandOf } from "./numbers.js";

/** The buffers: loads first, the output last. */
export type Streams = { dtypes: DType[]; offsets: Num[]; out: DType };

export const streamsOf = (spec: Fused, numbers: Numbers): Streams => ({
  dtypes: spec.loads.map((load) => load.dtype),
  offsets: spec.loads.map((load) => numbers.of(4 * load.offset)),
  out: spec.dtype,
});

/** A plan as text; JSON alone would lose −0, NaN and infinities. */
export const keyOf = (name: string, plan: object): string =>
  `${name} ${JSON.stringify(plan, (_, value: unknown) =>
    typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
      ? `#${Object.is(value, -0) ? "-0" : value}`
      : value,
  )}`;

/** Where each stream begins. */
export function origins(f: FunctionBuilder, k: KernelLocals, { offsets }: Streams): Local[] {
  const loads = offsets.map((offset, stream) =>
    f.let("i32", "load", () => f.op("i32.add", k.buffer(stream), operandOf(k, offset))),
  );
  return [...loads, f.let("i32", "out", k.buffer(offsets.length))];
}

/** Where a row of the inner axis stands: pointers, and what the named axes say there. */
export type Row = {
  streams: Streams;
  pointers: readonly Local[];
  steps: readonly Num[]; // along the inner axis, in bytes
  /** Coordinates by axis number; axes that were dropped (size 1) are missing, and 0. */
  coordinates: ReadonlyMap<number, Local>;
  innerName: number | null;
  innerFirst: Local | null; // the number of the row's first element on the inner axis; null: 0
};

export const coordinatesOf = (
  axes: readonly (number | null)[],
  locals: readonly Local[],
): Map<number, Local> =>
  new Map(axes.flatMap((name, a) => (name === null ? [] : [[name, locals[a]!] as const])));

/** Whether a reading line changes along the inner axis. */
export const movesInside = (
  line: Reading,
  steps: readonly Num[],
  innerName: number | null,
): boolean =>
  (line.op === "load" && steps[line.operand] !== 0) ||
  (line.op === "index" && line.axis === innerName);

/** Pushes what a load or an index gives at a place of a row (null: what stands still along it). */
export function pushReading(
  f: FunctionBuilder,
  k: KernelLocals,
  row: Row,
  line: Reading,
  place: Place | null,
): void {
  if (line.op === "accumulated") throw new Error("A fused kernel's body cannot see its own sum.");
  if (line.op === "index") {
    if (place && line.axis === row.innerName) return pushIndices(f, row.innerFirst, place);
    const coordinate = row.coordinates.get(line.axis);
    if (coordinate) f.op("i32x4.splat", coordinate);
    else f.i32x4(0);
    return;
  }
  const pointer = row.pointers[line.operand]!;
  const dtype = row.streams.dtypes[line.operand]!;
  if (place) pushVector(f, k, pointer, row.steps[line.operand]!, dtype, place);
  else pushSplat(f, pointer, dtype);
}

/** Loops are unrolled as far as their bodies are short. */
export const unrollOf = (cost: number): number => (cost <= 6 ? 4 : cost <= 14 ? 2 : 1);

export const namesOf = (axes: readonly Axis[]): (number | null)[] => axes.map((axis) => axis.name);

/** The inner axis, or one of a single element where the nest has none. */
export const popInner = (axes: Axis[], streams: number): Axis =>
  axes.pop() ?? { size: 1, strides: [...Array<number>(streams).fill(0), 1], name: null };

/** What is stored: the epilogue, or the reduction as it is. */
export function epilogueOf(spec: Fused): readonly Instruction[] {
  if (spec.epilogue.length > 0) return spec.epilogue;
  return [{ op: "accumulated", dtype: spec.body.at(-1)!.dtype }];
}
