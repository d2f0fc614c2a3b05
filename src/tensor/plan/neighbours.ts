/** Parts that lie side by side in memory, so that putting them together moves nothing. */
import type { Value } from "../graph.js";
import { sameShape, sizeOf, stridesOf, type Shape } from "../shape.js";
import { accessOfView, viewsBelow } from "./place.js";

/** The shape of parts one behind the other on `axis`. */
export const shapeOfAll = (parts: readonly { shape: Shape }[], axis: number): number[] =>
  parts[0]!.shape.with(
    axis,
    parts.reduce((sum, { shape }) => sum + shape[axis]!, 0),
  );

/** The value whose whole memory `parts` are, one behind the other on `axis`; null if they are not. */
export function partsOfOne<V extends Value>(parts: readonly V[], axis: number): V | null {
  const chains = parts.map((part) => viewsBelow(part));
  const whole = chains[0]!.at(-1)!;
  if (chains.some((chain) => chain.at(-1) !== whole)) return null;
  if ([whole, ...parts].some(({ freed }) => freed) || !fits(parts, axis)) return null;
  const shape = shapeOfAll(parts, axis);
  if (sizeOf(shape) !== sizeOf(whole.shape)) return null;
  const strides = stridesOf(shape);
  let offset = 0;
  for (const [k, chain] of chains.entries()) {
    const access = accessOfView(chain);
    if (access?.offset !== offset) return null;
    const part = parts[k]!.shape;
    if (part.some((size, at) => size !== 1 && access.strides[at] !== strides[at])) return null;
    offset += part[axis]! * strides[axis]!;
  }
  return whole as V;
}

/** Whether they can be put together at all. */
const fits = ([first, ...rest]: readonly Value[], axis: number): boolean =>
  rest.every(({ shape }) => sameShape(shape.with(axis, 0), first!.shape.with(axis, 0)));
