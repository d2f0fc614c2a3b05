/** Rows that bring lines of numbers down to one, or look at their order. */
import type { Tensor } from "genarch";
import { alongAxis, build, reduce, sum, type Grid, type Shape } from "../grid.js";
import { lines, whole, type Draw, type Row } from "../row.js";

type Axes = number | readonly number[] | undefined;
/** Shapes, each with the axes to reduce. */
const over: [Shape, Axes][] = [
  [[], undefined], [[1], undefined], [[3], 0], [[17], undefined], [[65], -1], [[4, 5], undefined],
  [[4, 5], 0], [[4, 5], 1], [[1, 17], 1], [[17, 1], 1], [[33, 65], 0], [[33, 65], 1], [[2, 3, 4], [0, 2]],
  [[2, 3, 4], 1], [[2, 3, 4, 5], [1, 3]], [[2, 3, 4, 5], [0, 1]], [[3, 0], 0], [[64, 16], -2], [[2, 3], []],
  [[1025], undefined],
]; // prettier-ignore

const axesOf = (axes: Axes, { length }: Shape): number[] =>
  axes === undefined
    ? Array.from({ length }, (_, axis) => axis)
    : [axes].flat().map((axis) => (axis < 0 ? axis + length : axis));

type Reduced = [
  name: string,
  f: (x: Tensor, axes: Axes, options: { keepAxes: boolean }) => Tensor,
  plain: (line: number[]) => number,
  draw?: Draw,
];
const product = (line: number[]) => line.reduce((a, b) => a * b, 1);
const mean = (line: number[]) => sum(line) / line.length;
const scatter = (line: number[]) => {
  const middle = mean(line);
  return sum(line.map((x) => (x - middle) ** 2));
};
const variance = (line: number[]) => scatter(line) / (line.length - 1);
const reductions: Reduced[] = [
  ["sum", (x, axes, o) => x.sum(axes, o), sum],
  ["prod", (x, axes, o) => x.prod(axes, o), product, { low: 0.9, high: 1.1 }],
  ["max", (x, axes, o) => x.max(axes, o), (line) => Math.max(...line)],
  ["min", (x, axes, o) => x.min(axes, o), (line) => Math.min(...line)],
  ["mean", (x, axes, o) => x.mean(axes, o), mean],
  ["variance, biased", (x, axes, o) => x.variance(axes, { ...o, correction: 0 }), (line) =>
    scatter(line) / line.length],
  ["logsumexp", (x, axes, o) => x.logsumexp(axes, o), (line) =>
    Math.log(sum(line.map(Math.exp)))],
]; // prettier-ignore
const wholeReductions: Reduced[] = [
  ["i32 sum", (x, axes, o) => x.sum(axes, o), sum, whole(-9, 9)],
  ["i32 prod", (x, axes, o) => x.prod(axes, o), product, whole(1, 1)],
  ["i32 max", (x, axes, o) => x.max(axes, o), (line) => Math.max(...line), whole(-9, 9)],
  ["i32 min", (x, axes, o) => x.min(axes, o), (line) => Math.min(...line), whole(-9, 9)],
  ["i32 mean is f32", (x, axes, o) => x.mean(axes, o), mean, whole(-9, 9)],
];

/** One row for each list of axes, as they are attributes. */
function rowsOf([name, f, plain, draw]: Reduced): Row[] {
  return over.map(([shape, axes], k) => {
    const keepAxes = k % 2 === 1;
    return {
      name: `${name} over ${String(axes)} of [${shape.join()}]`,
      cases: [[shape]],
      f: (x) => f(x!, axes, { keepAxes }),
      plain: (x) => {
        const found = axesOf(axes, shape);
        const { shape: kept, data } = reduce(x!, found, plain);
        const wide = shape.map((size, axis) => (found.includes(axis) ? 1 : size));
        return { shape: keepAxes ? wide : kept, data };
      },
      draw: [draw ?? {}],
    };
  });
}

const ranked = lines.filter(([shape]) => shape!.length > 0);
const nonEmpty = ranked.filter(([shape]) => !shape!.includes(0));
const last = (plain: (line: number[]) => number) => (x?: Grid) =>
  reduce(x!, [x!.shape.length - 1], plain);

const softmax = (line: number[]) => {
  const top = Math.max(...line);
  const total = sum(line.map((x) => Math.exp(x - top)));
  return line.map((x) => Math.exp(x - top) / total);
};
const running = (line: number[]) => line.map((_, k) => sum(line.slice(0, k + 1)));
const ascending = (line: number[]) =>
  line.map((_, k) => k).sort((a, b) => line[a]! - line[b]! || a - b);
const descending = (line: number[]) =>
  line.map((_, k) => k).sort((a, b) => line[b]! - line[a]! || a - b);
const deep: readonly (readonly Shape[])[] = [[[2, 3, 4]], [[5, 1, 3]], [[33, 65, 2]], [[17, 1]]];

const along = (
  name: string,
  cases: readonly (readonly Shape[])[],
  f: (x: Tensor) => Tensor,
  axis: number,
  plain: (line: number[]) => number[],
  draw: Draw = {},
): Row => ({
  name,
  cases,
  f: (x) => f(x!),
  plain: (x) => alongAxis(x!, axis, plain),
  draw: [draw],
  tolerance: { relative: 5e-6, absolute: 1e-6 },
});

const ordered: Row[] = [
  along("softmax", ranked, (x) => x.softmax(), -1, softmax),
  along("softmax of axis 0", deep, (x) => x.softmax(0), 0, softmax),
  along("softmax of wide numbers", ranked, (x) => x.softmax(), -1, softmax, { low: -60, high: 60 }),
  along("logSoftmax", ranked, (x) => x.logSoftmax(), -1, (line) => softmax(line).map(Math.log)),
  along("logSoftmax of axis 0", deep, (x) => x.logSoftmax(0), 0, (line) =>
    softmax(line).map(Math.log)),
  along("cumsum", ranked, (x) => x.cumsum(), -1, running),
  along("cumsum of axis 0", deep, (x) => x.cumsum(0), 0, running),
  along("cumsum from the end", ranked, (x) => x.cumsum(-1, { reverse: true }), -1, (line) =>
    running(line.toReversed()).toReversed()),
  along("i32 cumsum", deep, (x) => x.cumsum(1), 1, running, whole(-9, 9)),
  {
    name: "argmax", cases: nonEmpty, f: (x) => x!.argmax(),
    plain: last((line) => line.indexOf(Math.max(...line))), draw: [whole(-3, 3)],
  },
  {
    name: "argmin of axis 0", cases: deep, f: (x) => x!.argmin(0),
    plain: (x) => reduce(x!, [0], (line) => line.indexOf(Math.min(...line))),
  },
  {
    name: "sort", cases: ranked,
    f: (x) => { const { values, indices } = x!.sort(); return [values, indices]; },
    plain: (x) => [
      alongAxis(x!, -1, (line) => ascending(line).map((k) => line[k]!)), alongAxis(x!, -1, ascending)],
  },
  {
    name: "sort of axis 0, descending, with equal ones", cases: deep, draw: [whole(-2, 2)],
    f: (x) => { const { values, indices } = x!.sort(0, { descending: true }); return [values, indices]; },
    plain: (x) => [
      alongAxis(x!, 0, (line) => descending(line).map((k) => line[k]!)), alongAxis(x!, 0, descending)],
  },
  {
    name: "topk", cases: [[[3]], [[2, 5]], [[3, 33]], [[2, 2, 3]]],
    f: (x) => { const { values, indices } = x!.topk(3); return [values, indices]; },
    plain: (x) => [
      alongAxis(x!, -1, (line) => descending(line).slice(0, 3).map((k) => line[k]!)),
      alongAxis(x!, -1, (line) => descending(line).slice(0, 3))],
  },
  {
    name: "variance", cases: [[[3]], [[2, 5]], [[3, 33]]], f: (x) => x!.variance(-1),
    plain: last(variance),
  },
  {
    name: "prod with zeros", cases: [[[4]]], draw: [{ low: 0.5, high: 2 }],
    f: (x) => [0, 1, 2].map((zeros) => x!.mul(x!.rangeLike(0).ge(zeros).cast("f32")).prod()),
    plain: (x) => [0, 1, 2].map((zeros) =>
      build([], () => product(x!.data.map((v, k) => (k >= zeros ? v : 0))))),
  },
]; // prettier-ignore

export const reducing: Row[] = [
  ...reductions.flatMap(rowsOf),
  ...wholeReductions.flatMap(rowsOf),
  ...ordered,
];
