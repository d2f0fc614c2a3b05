/** Rows that put the same numbers at other places, and that read and write at computed ones. */
import { causalMask, concat, stack, maxPool2d, avgPool2d, resize, upsampleNearest } from "genarch";
import type { Tensor } from "genarch";
import { at, build, sizeOf, sum, unravel, type Grid, type Shape } from "../grid.js";
import { whole, type Draw, type Row } from "../row.js";

const row = (
  name: string,
  shape: Shape | readonly Shape[],
  f: (...x: Tensor[]) => Tensor | readonly Tensor[],
  plain: (...x: Grid[]) => Grid | readonly Grid[],
  draw: readonly Draw[] = [{}],
): Row => ({
  name,
  cases: [typeof shape[0] === "object" ? (shape as readonly Shape[]) : [shape as Shape]],
  f,
  plain,
  draw,
});

/** The number of `x` at the place that `from` tells for each index of the result. */
const moved =
  (shape: Shape, from: (index: number[]) => number[]) =>
  (x?: Grid): Grid =>
    build(shape, (index) => at(x!, from(index)));
const reshaped = (shape: Shape) => (x?: Grid) => ({ shape, data: x!.data });

const views: Row[] = [
  row("reshape", [4, 6], (x) => x!.reshape(3, -1), reshaped([3, 8])),
  row("reshape to nothing in front", [1, 1], (x) => x!.reshape([]), reshaped([])),
  row("reshape of none", [0, 3], (x) => x!.reshape(3, 0, 2), reshaped([3, 0, 2])),
  row("flatten", [2, 3, 4], (x) => x!.flatten(), reshaped([24])),
  row("flatten from 1", [2, 3, 4], (x) => x!.flatten(1), reshaped([2, 12])),
  row("permute", [2, 3, 4], (x) => x!.permute([2, 0, 1]), moved([4, 2, 3], ([i, j, k]) => [j!, k!, i!])),
  row("transpose", [17, 33], (x) => x!.transpose(), moved([33, 17], ([i, j]) => [j!, i!])),
  row("transpose 0, 2", [2, 3, 4], (x) => x!.transpose(0, 2), moved([4, 3, 2], ([i, j, k]) => [k!, j!, i!])),
  row("permute, then reshape", [2, 3, 4], (x) => x!.permute([2, 0, 1]).reshape(8, 3),
    moved([8, 3], ([i, j]) => [i! % 2, j!, Math.floor(i! / 2)])),
  row("expand", [3, 1], (x) => x!.expand(2, 3, 4), moved([2, 3, 4], ([, j]) => [j!, 0])),
  row("expand of one number", [], (x) => x!.expand([5]), moved([5], () => [])),
  row("unsqueeze", [2, 3], (x) => x!.unsqueeze(1), reshaped([2, 1, 3])),
  row("unsqueeze -1", [2, 3], (x) => x!.unsqueeze(-1), reshaped([2, 3, 1])),
  row("squeeze", [2, 1, 3], (x) => x!.squeeze(1), reshaped([2, 3])),
  row("slice", [4, 7], (x) => x!.slice(1, 2, 5), moved([4, 3], ([i, j]) => [i!, j! + 2])),
  row("slice from the end", [7], (x) => x!.slice(0, -3), moved([3], ([i]) => [i! + 4])),
  row("slice by 3", [17], (x) => x!.slice(0, 1, undefined, 3), moved([6], ([i]) => [1 + 3 * i!])),
  row("slice of nothing", [4], (x) => x!.slice(0, 3, 3), moved([0], () => [0])),
  row("at", [2, 3, 4], (x) => x!.at(1, -1), moved([2, 4], ([i, k]) => [i!, 2, k!])),
  row("flip", [3, 5], (x) => x!.flip(1), moved([3, 5], ([i, j]) => [i!, 4 - j!])),
  row("split", [2, 6], (x) => x!.split(3, 1),
    (x) => [0, 2, 4].map((start) => moved([2, 2], ([i, j]) => [i!, start + j!])(x))),
  row("splitSizes", [6], (x) => x!.splitSizes([1, 0, 5]),
    (x) => [[0, 1], [1, 0], [1, 5]].map(([start, size]) => moved([size!], ([i]) => [start! + i!])(x))),
  row("windows", [2, 5, 6], (x) => x!.windows([2, 3], [2, 1], [1, 2]),
    moved([2, 2, 2, 2, 3], ([b, p, q, r, s]) => [b!, 2 * p! + r!, q! + 2 * s!])),
  row("spread", [2, 3], (x) => x!.spread(1, 1, 2, 7),
    (x) => build([2, 7], ([i, j]) => (j! % 2 === 1 && j! < 6 ? at(x!, [i!, (j! - 1) / 2]) : 0))),
  row("spread backwards", [3], (x) => x!.spread(0, 4, -2, 6),
    (x) => build([6], ([i]) => (i! % 2 === 0 && i! < 5 ? at(x!, [2 - i! / 2]) : 0))),
  row("pad", [2, 3], (x) => x!.pad(1, 2, 1, 9),
    (x) => build([2, 6], ([i, j]) => (j! >= 2 && j! < 5 ? at(x!, [i!, j! - 2]) : 9))),
  row("i32 pad", [3], (x) => x!.pad(0, 0, 2, 7), (x) => build([5], ([i]) => x!.data[i!] ?? 7), [whole(0, 9)]),
]; // prettier-ignore

const beside = (parts: Grid[], shape: Shape, axis: number) =>
  build(shape, (index) => {
    let k = 0;
    let place = index[axis]!;
    while (place >= parts[k]!.shape[axis]!) place -= parts[k++]!.shape[axis]!;
    return at(parts[k]!, index.with(axis, place));
  });
const joins: Row[] = [
  row("concat", [[2, 3], [2, 1], [2, 0], [2, 4]], (...x) => concat(x, 1), (...x) => beside(x, [2, 8], 1)),
  row("concat of axis 0", [[17, 3], [16, 3]], (a, b) => a!.concat([b!]), (...x) => beside(x, [33, 3], 0)),
  row("i32 concat", [[3], [4]], (a, b) => a!.concat([b!], -1), (...x) => beside(x, [7], 0), [whole(0, 99)]),
  row("stack", [[2, 3], [2, 3]], (...x) => stack(x, 1),
    (...x) => build([2, 2, 3], ([i, k, j]) => at(x[k!]!, [i!, j!]))),
  row("stack at the end", [[3], [3], [3]], (...x) => stack(x, -1), (...x) => build([3, 3], ([i, k]) => x[k!]!.data[i!]!)),
  row("causalMask", [1], () => causalMask(4), () => build([4, 4], ([t, s]) => Number(s! <= t!))),
]; // prettier-ignore

/** Σ of `values` that go to each place of `shape`. */
function gathered(shape: Shape, values: Grid, to: (index: number[]) => number[]): Grid {
  const data = new Array<number>(sizeOf(shape)).fill(0);
  values.data.forEach((x, place) => {
    const target = to(unravel(place, values.shape));
    data[target.reduce((sum, i, axis) => sum * shape[axis]! + i, 0)]! += x;
  });
  return { shape, data };
}

const places: Row[] = [
  row("take", [[5, 3], [4]], (x, i) => x!.take(i!),
    (x, i) => build([4, 3], ([k, j]) => at(x!, [i!.data[k!]!, j!])), [{}, whole(0, 4)]),
  row("take of axis 1", [[2, 5, 3], [17]], (x, i) => x!.take(i!, 1),
    (x, i) => build([2, 17, 3], ([a, k, j]) => at(x!, [a!, i!.data[k!]!, j!])), [{}, whole(0, 4)]),
  row("i32 take", [[5], [3]], (x, i) => x!.take(i!),
    (x, i) => build([3], ([k]) => x!.data[i!.data[k!]!]!), [whole(0, 99), whole(0, 4)]),
  row("takeAdd", [[4, 3], [4]], (g, i) => g!.takeAdd(i!, 0, 5),
    (g, i) => gathered([5, 3], g!, ([k, j]) => [i!.data[k!]!, j!]), [{}, whole(0, 4)]),
  row("gather", [[2, 5, 3], [2, 4, 3]], (x, i) => x!.gather(1, i!),
    (x, i) => build([2, 4, 3], (index) => at(x!, index.with(1, at(i!, index)))), [{}, whole(0, 4)]),
  row("gather of the last axis", [[33, 5], [33, 2]], (x, i) => x!.gather(-1, i!),
    (x, i) => build([33, 2], (index) => at(x!, index.with(1, at(i!, index)))), [{}, whole(0, 4)]),
  row("scatterAdd", [[5, 3], [4, 3], [4, 3]], (x, i, v) => x!.scatterAdd(0, i!, v!),
    (x, i, v) => {
      const added = gathered([5, 3], v!, (index) => index.with(0, at(i!, index)));
      return build([5, 3], (index) => at(x!, index) + at(added, index));
    }, [{}, whole(0, 4), {}]),
  row("scatterOnZeros", [[2, 4], [2, 4]], (v, i) => v!.scatterOnZeros(i!, 1, 3),
    (v, i) => gathered([2, 3], v!, (index) => index.with(1, at(i!, index))), [{}, whole(0, 2)]),
]; // prettier-ignore

const range = (count: number) => Array.from({ length: count }, (_, k) => k);
/** Every window of a pooled picture [1, H, W] through `f`; outside is `border`. */
const pooled = (x: Grid, out: number, window: number, stride: number, padding: number, border: number, f: (w: number[]) => number) =>
  build([1, out, out], ([, p, q]) => f(range(window * window).map((k) => {
    const i = p! * stride + Math.floor(k / window) - padding;
    const j = q! * stride + (k % window) - padding;
    const inside = i >= 0 && j >= 0 && i < x.shape[1]! && j < x.shape[2]!;
    return inside ? at(x, [0, i, j]) : border;
  }))); // prettier-ignore
const mean = (w: number[]) => sum(w) / w.length;

/** PyTorch's bilinear, alignCorners false, on one axis: source places and weights. */
function between(i: number, out: number, size: number): [low: number, high: number, part: number] {
  const centre = Math.max(0, ((i + 0.5) * size) / out - 0.5);
  const low = Math.floor(centre);
  return [low, Math.min(size - 1, low + 1), centre - low];
}
function bilinear(x: Grid, H: number, W: number): Grid {
  return build([1, H, W], ([, i, j]) => {
    const [top, bottom, y] = between(i!, H, x.shape[1]!);
    const [left, right, z] = between(j!, W, x.shape[2]!);
    const line = (row: number) => at(x, [0, row, left]) * (1 - z) + at(x, [0, row, right]) * z;
    return line(top) * (1 - y) + line(bottom) * y;
  });
}

const pictures: Row[] = [
  row("maxPool2d", [1, 6, 6], (x) => maxPool2d(x!, 2), (x) =>
    pooled(x!, 3, 2, 2, 0, -Infinity, (w) => Math.max(...w))),
  row("maxPool2d, 3 by 2, padded", [1, 5, 5], (x) => maxPool2d(x!, 3, { stride: 2, padding: 1 }), (x) =>
    pooled(x!, 3, 3, 2, 1, -Infinity, (w) => Math.max(...w))),
  row("avgPool2d", [1, 6, 6], (x) => avgPool2d(x!, 3), (x) => pooled(x!, 2, 3, 3, 0, 0, mean)),
  row("avgPool2d, padded", [1, 5, 5], (x) => avgPool2d(x!, 3, { stride: 1, padding: 1 }), (x) =>
    pooled(x!, 5, 3, 1, 1, 0, mean)),
  row("upsampleNearest", [2, 3, 4], (x) => upsampleNearest(x!, 2),
    moved([2, 6, 8], ([b, i, j]) => [b!, Math.floor(i! / 2), Math.floor(j! / 2)])),
  row("resize nearest", [1, 3, 4], (x) => resize(x!, [5, 3], "nearest"),
    moved([1, 5, 3], ([, i, j]) => [0, Math.floor((i! * 3) / 5), Math.floor((j! * 4) / 3)])),
  row("resize bilinear", [1, 3, 4], (x) => resize(x!, [5, 8], "bilinear"), (x) => bilinear(x!, 5, 8)),
]; // prettier-ignore

export const shaping: Row[] = [...views, ...joins, ...places, ...pictures];
