/** Numbers with a shape, in plain JavaScript: what the table's definitions are written on. */
export type Shape = readonly number[];
export type Grid = { shape: Shape; data: readonly number[] };

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);

/** One number for each index, row-major. */
export function build(shape: Shape, f: (index: number[]) => number): Grid {
  const data = Array.from({ length: sizeOf(shape) }, (_, place) => f(unravel(place, shape)));
  return { shape, data };
}

export function unravel(place: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1, rest = place; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

/** The number at `index`; on axes of size 1 any index reads the same one, and axes missing in front are skipped. */
export function at({ shape, data }: Grid, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  const place = shape.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : own[axis]!), 0);
  return data[place]!;
}

export function spread(...shapes: Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return sizes.find((size) => size !== 1) ?? 1;
  });
}

/** `f` at each point of broadcast grids. */
export const pointwise =
  (f: (...x: number[]) => number) =>
  (...grids: Grid[]): Grid =>
    build(spread(...grids.map(({ shape }) => shape)), (index) =>
      f(...grids.map((grid) => at(grid, index))),
    );

/** The numbers along `axes` at each place of the others, through `f`. */
export function reduce(x: Grid, axes: readonly number[], f: (line: number[]) => number): Grid {
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const inner = axes.map((axis) => x.shape[axis]!);
  return build(kept.map((axis) => x.shape[axis]!), (outer) => {
    const index = new Array<number>(x.shape.length);
    kept.forEach((axis, k) => (index[axis] = outer[k]!));
    const line = build(inner, (place) => {
      axes.forEach((axis, k) => (index[axis] = place[k]!));
      return at(x, index);
    });
    return f([...line.data]);
  }); // prettier-ignore
}

/** `f` maps each line along `axis` to a line of any one length. */
export function alongAxis(x: Grid, axis: number, f: (line: number[]) => number[]): Grid {
  const k = axis < 0 ? axis + x.shape.length : axis;
  const lines = new Map<string, number[]>();
  const lineAt = (index: readonly number[]) => {
    const key = index.with(k, 0).join();
    if (!lines.has(key)) {
      const line = Array.from({ length: x.shape[k]! }, (_, i) => at(x, index.with(k, i)));
      lines.set(key, f(line));
    }
    return lines.get(key)!;
  };
  const length = sizeOf(x.shape) ? lineAt(x.shape.map(() => 0)).length : x.shape[k]!;
  return build(x.shape.with(k, length), (index) => lineAt(index)[index[k]!]!);
}

export const sum = (line: readonly number[]): number => line.reduce((a, b) => a + b, 0);

/** A [M, K] · B [K, N]. */
export const matmul = (a: Grid, b: Grid): Grid =>
  build([a.shape[0]!, b.shape[1]!], ([m, n]) =>
    sum(Array.from({ length: a.shape[1]! }, (_, k) => at(a, [m!, k]) * at(b, [k, n!]))),
  );
