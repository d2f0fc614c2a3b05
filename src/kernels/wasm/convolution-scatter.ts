/**
 * Convolutions to very few channels, such as the last layer of an image generator. Packing patches
 * would cost more than multiplying with them; so each tap's weights first meet the whole image as
 * it lies in memory ([taps, channels] · [channels, pixels]), and the planes of the taps are then
 * added up, each moved to its place.
 */
import type { Convolution, ConvolutionInput, ConvolutionSize } from "../spec.js";
import { minus, plus, quotient, remainder, smaller, times } from "./arithmetic.js";
import type { FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import { multiply } from "./matmul-block.js";
import { copyStrided } from "./matmul-pack.js";
import { lineBytes } from "./matmul-plan.js";
import { type Context, phase } from "./named-constants.js";

/** Pixels multiplied at a time, in whole rows. */
const chunkPixels = 1024;
/** Up to so many channels of a group are few. */
const fewChannels = 3;

/** Along one axis: input i of tap k lands on i · scale + k · step + base, if that exists. */
type Landing = { inputs: number; outputs: number; scale: number; step: number; base: number };

type Scatter = {
  images: number; groups: number;
  channels: number; results: number; // channels of a group: read, made
  taps: number; tapRows: number; tapColumns: number;
  down: Landing; across: Landing;
  /** Floats between the weights of neighbouring channels, and of neighbouring results. */
  channelStride: number; resultStride: number;
  bias: boolean;
}; // prettier-ignore

/** The phases for x' of a convolution with few channels, or null where there are many. */
export function scatterInput(spec: ConvolutionInput): Lowered[] | null {
  const { B, C, O, R, S, groups } = spec;
  if (C / groups > fewChannels || O / groups < 8) return null;
  const axis = (k: 0 | 1): Landing => ({
    inputs: [spec.P, spec.Q][k]!, outputs: [spec.H, spec.W][k]!,
    scale: spec.stride[k], step: spec.dilation[k], base: -spec.padding[k],
  });
  return lower({
    images: B, groups, channels: O / groups, results: C / groups, bias: spec.bias,
    ...kernelOf(spec), down: axis(0), across: axis(1),
    channelStride: (C / groups) * R * S, resultStride: R * S,
  });
} // prettier-ignore

/** The phases for y of a convolution at stride 1 with few channels, or null. */
export function scatterOutput(spec: Convolution): Lowered[] | null {
  const { B, C, O, R, S, groups, stride } = spec;
  if (O / groups > fewChannels || C / groups < 8 || stride[0] * stride[1] !== 1) return null;
  const axis = (k: 0 | 1): Landing => ({
    inputs: [spec.H, spec.W][k]!, outputs: [spec.P, spec.Q][k]!,
    scale: 1, step: -spec.dilation[k], base: spec.padding[k],
  });
  return lower({
    images: B, groups, channels: C / groups, results: O / groups, bias: spec.bias,
    ...kernelOf(spec), down: axis(0), across: axis(1),
    channelStride: R * S, resultStride: (C / groups) * R * S,
  });
} // prettier-ignore

const kernelOf = ({ R, S }: ConvolutionSize) => ({ taps: R * S, tapRows: R, tapColumns: S });

function lower(shape: Scatter): Lowered[] {
  const { images, groups, channels, results, taps, down, across } = shape;
  const chunkRows = Math.max(1, Math.floor(chunkPixels / Math.max(across.inputs, 1)));
  const planeRow = 4 * chunkRows * across.inputs + 64; // of the taps' planes
  const sharedBytes = 4 * groups * results * taps * channels;
  const landing = (name: string, axis: Landing): Record<string, number> =>
    Object.fromEntries(Object.entries(axis).map(([key, value]) => [name + key, value]));
  const product = phase({
    key: `convolution scatter${across.scale === 1 ? "" : " apart"}${shape.bias ? " bias" : ""}`,
    units: images * groups,
    buffers: shape.bias ? [0, 3, 2] : [0, 2], // image, result, (bias)
    sharedBytes, scratchBytes: 64 + results * taps * planeRow,
    numbers: {
      groups, channels, results, chunkRows, planeRow, planes: results * taps,
      tapRows: shape.tapRows, tapColumns: shape.tapColumns,
      ...(landing("down", down) as Record<`down${keyof Landing}`, number>),
      ...(landing("across", across) as Record<`across${keyof Landing}`, number>),
    },
    write: (context) => writeUnits(context, shape.bias, across.scale === 1),
  });
  return [reorderPhase(shape, sharedBytes), product];
} // prettier-ignore

/** The weights as [groups, results, taps, channels]. A unit: one result. */
function reorderPhase(shape: Scatter, sharedBytes: number): Lowered {
  const { groups, channels, results, taps } = shape;
  return phase({
    key: "convolution scatter weights", units: groups * results, buffers: [1], sharedBytes,
    numbers: {
      results, taps, channels, group: 4 * results * channels * taps,
      channelStride: 4 * shape.channelStride, resultStride: 4 * shape.resultStride,
    },
    write: ({ f, module, kernel, numbers: n }) => {
      const unit = f.local("i32", "unit");
      f.loop(unit, kernel.from, kernel.to, 1, () => {
        const group = times(f, quotient(f, unit, n.results), n.group);
        const result = times(f, remainder(f, unit, n.results), n.resultStride);
        const row = f.let("i32", "row", times(f, n.channels, 4));
        const to = plus(f, kernel.shared, times(f, unit, times(f, n.taps, row)));
        f.call(copyStrided(module), plus(f, kernel.buffer(0), plus(f, group, result)),
          4, n.channelStride, n.taps, n.channels, to, row, 4);
      });
    },
  });
} // prettier-ignore

type Name =
  | "groups" | "channels" | "results" | "chunkRows" | "planeRow" | "planes"
  | "tapRows" | "tapColumns"
  | `${"down" | "across"}${keyof Landing}`; // prettier-ignore

function writeUnits(context: Context<Name>, bias: boolean, dense: boolean): void {
  const { f, module, kernel, numbers: n } = context;
  f.fill(kernel.scratch, 0, 64);
  const planes = f.let("i32", "planes", plus(f, kernel.scratch, 64));
  const pixels = f.let("i32", "pixels", times(f, n.downinputs, n.acrossinputs));
  const outPixels = f.let("i32", "outPixels", times(f, n.downoutputs, n.acrossoutputs));
  const [unit, row] = [f.local("i32", "unit"), f.local("i32", "row")];
  f.loop(unit, kernel.from, kernel.to, 1, () => {
    const group = f.let("i32", "group", remainder(f, unit, n.groups));
    const weightBytes = times(f, times(f, n.planes, n.channels), 4);
    const weights = f.let("i32", "weights", plus(f, kernel.shared, times(f, group, weightBytes)));
    const imageBytes = times(f, times(f, n.channels, pixels), 4);
    const image = f.let("i32", "image", plus(f, kernel.buffer(0), times(f, unit, imageBytes)));
    const resultBytes = times(f, times(f, n.results, outPixels), 4);
    const out = f.let("i32", "out", plus(f, kernel.buffer(1), times(f, unit, resultBytes)));
    writeStart(context, bias, group, out, outPixels);
    f.loop(row, 0, n.downinputs, n.chunkRows, () => {
      const rows = f.let("i32", "rows", minus(f, n.downinputs, row));
      f.set(rows, smaller(f, rows, n.chunkRows));
      const first = times(f, times(f, row, n.acrossinputs), 4);
      f.call(multiply(module), weights, times(f, n.channels, 4), n.planes,
        plus(f, image, first), times(f, pixels, 4), lineBytes, times(f, rows, n.acrossinputs),
        kernel.scratch, 0, 0, planes, n.planeRow, n.channels);
      addPlanes(context, dense, { row, rows, planes, out, outPixels });
    });
  });
} // prettier-ignore

/** The results' planes before anything is added: the bias, or 0. */
function writeStart(
  { f, kernel, numbers: n }: Context<Name>, bias: boolean, group: Local, out: Local,
    outPixels: Local,
): void {
  if (!bias) return void f.fill(out, 0, times(f, times(f, n.results, outPixels), 4));
  const [result, k] = [f.local("i32", "result"), f.local("i32", "k")];
  const to = f.let("i32", "to", out);
  f.loop(result, 0, n.results, 1, () => {
    const at = times(f, plus(f, times(f, group, n.results), result), 4);
    const value = f.let("f32", "value", () => f.load("f32.load", plus(f, kernel.buffer(2), at)));
    f.loop(k, 0, outPixels, 1, () => {
      f.store("f32.store", to, value);
      f.increase(to, 4);
    });
  });
} // prettier-ignore

type Chunk = { row: Local; rows: Local; planes: Local; out: Local; outPixels: Local };

/** Adds the chunk's rows of each tap's plane where they land. */
function addPlanes({ f, module, numbers: n }: Context<Name>, dense: boolean, chunk: Chunk): void {
  const add = addRun(module, dense);
  const [result, r, s] = [f.local("i32", "result"), f.local("i32", "r"), f.local("i32", "s")];
  const plane = f.let("i32", "plane", chunk.planes);
  const k = f.local("i32", "k");
  f.loop(result, 0, n.results, 1, () =>
    f.loop(r, 0, n.tapRows, 1, () =>
      f.loop(s, 0, n.tapColumns, 1, () => {
        const column = f.let("i32", "column", plus(f, times(f, s, n.acrossstep), n.acrossbase));
        f.loop(k, 0, chunk.rows, 1, () => {
          const input = times(f, plus(f, chunk.row, k), n.downscale);
          const down = plus(f, times(f, r, n.downstep), n.downbase);
          const landed = f.let("i32", "landed", plus(f, input, down));
          const inside = (): unknown => f.op("i32.lt_u", landed, n.downoutputs); // negative: huge
          f.if(inside, () => {
            const line = plus(f, times(f, result, n.downoutputs), landed);
            const to = plus(f, chunk.out, times(f, times(f, line, n.acrossoutputs), 4));
            const from = plus(f, plane, times(f, times(f, k, n.acrossinputs), 4));
            f.call(add, from, n.acrossinputs, to, n.acrossoutputs, column, n.acrossscale);
          });
        });
        f.increase(plane, n.planeRow);
      }),
    ),
  );
}

/** to[i · scale + base] += from[i] for the i < count that land in to[0 … size − 1]. */
function addRun(module: ModuleBuilder, dense: boolean): FunctionHandle {
  const parameters = {
    from: "i32", count: "i32", to: "i32", size: "i32", base: "i32", scale: "i32",
  } as const; // prettier-ignore
  const name = `addRun${dense ? "" : "Apart"}`;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const i = f.let("i32", "i", 0);
      const end =
        f.let("i32", "end", () => // the first that lands past the end: ⌈(size − base) / scale⌉
        f.op("i32.div_s", minus(f, plus(f, minus(f, p.size, p.base), p.scale), 1), p.scale));
      f.set(end, smaller(f, end, p.count));
      f.if(() => f.op("i32.lt_s", p.base, 0), () =>
        f.set(i, () => f.op("i32.div_s", minus(f, minus(f, p.scale, 1), p.base), p.scale)));
      const source = f.let("i32", "source", plus(f, p.from, times(f, i, 4)));
      const target = f.let("i32", "target",
        plus(f, p.to, times(f, plus(f, times(f, i, p.scale), p.base), 4)));
      const step = f.let("i32", "step", times(f, p.scale, 4));
      if (dense) {
        f.loop(i, plus(f, i, 3), end, 4, () => {
          const sum = (): unknown =>
            f.op("f32x4.add", () => f.load("v128.load", target), () => f.load("v128.load", source));
          f.store("v128.store", target, sum);
          f.increase(source, 16).increase(target, 16);
        });
        f.increase(i, -3);
      }
      f.loop(i, i, end, 1, () => {
        const sum = (): unknown =>
          f.op("f32.add", () => f.load("f32.load", target), () => f.load("f32.load", source));
        f.store("f32.store", target, sum);
        f.increase(source, 4).increase(target, step);
      });
    }),
  );
} // prettier-ignore
