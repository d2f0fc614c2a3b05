/**
 * Walking the outer axes of a nest: a coordinate for each axis, a pointer for each stream. `start`
 * finds them for any unit of work, `next` moves on as an odometer does, by additions only.
 */
import type { Axis } from "../../nest.js";
import type { FunctionBuilder, Local, Operand } from "../emitter.js";
import type { KernelLocals } from "../kernel.js";
import { type Num, type Numbers, operandOf } from "./numbers.js";

/** Axes as numbers in bytes; `back[a]`: what a stream moves when axis a begins again and the one outside goes on. */
export type Track = { size: Num; steps: Num[]; back: Num[] }[];

export function trackOf(axes: readonly Axis[], numbers: Numbers): Track {
  return axes.map(({ size, strides }, a) => ({
    size: numbers.of(size),
    steps: strides.map((stride) => numbers.of(4 * stride)),
    back: strides.map((stride, k) =>
      numbers.of(4 * ((axes[a - 1]?.strides[k] ?? 0) - size * stride)),
    ),
  }));
}

export class Walk {
  readonly coordinates: Local[];

  constructor(
    private readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    private readonly track: Track,
    readonly pointers: readonly Local[],
  ) {
    this.coordinates = track.map((_, a) => f.local("i32", `axis${a}`));
  }

  /** Coordinates of point number `unit` in row-major order; pointers, which must stand at the nest's origin, moved there. */
  start(unit: Local): void {
    const { f, k } = this;
    const rest = f.let("i32", "rest", unit);
    for (let a = this.track.length - 1; a >= 0; a--) {
      const size = operandOf(k, this.track[a]!.size);
      const coordinate = this.coordinates[a]!;
      if (a === 0) f.set(coordinate, rest);
      else {
        f.set(coordinate, () => f.op("i32.rem_u", rest, size));
        f.set(rest, () => f.op("i32.div_u", rest, size));
      }
      this.track[a]!.steps.forEach((step, stream) => {
        if (step !== 0) this.move(stream, () => f.op("i32.mul", coordinate, operandOf(k, step)));
      });
    }
  }

  /** To the next point. Past the last one nothing is promised. */
  next(a = this.track.length - 1): void {
    const axis = this.track[a];
    const coordinate = this.coordinates[a];
    if (!axis || !coordinate) return;
    if (a === this.track.length - 1) this.moveAll(axis.steps);
    this.f.increase(coordinate, 1);
    if (a === 0) return;
    const over = () => this.f.op("i32.eq", coordinate, operandOf(this.k, axis.size));
    this.f.if(over, () => {
      this.f.set(coordinate, 0);
      this.moveAll(axis.back);
      this.next(a - 1);
    });
  }

  private moveAll(steps: readonly Num[]): void {
    steps.forEach((step, stream) => {
      if (step !== 0) this.move(stream, operandOf(this.k, step));
    });
  }

  private move(stream: number, by: Operand): void {
    this.f.increase(this.pointers[stream]!, by);
  }
}
