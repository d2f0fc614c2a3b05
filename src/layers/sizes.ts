/** The sentences of layers about sizes: each names its layer, what came and what would fit. */
import { NumberError, ShapeError, show, type Tensor } from "../tensor/index.js";

/** Every size of a layer is a whole number from 1. */
export function checkSizes(layer: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < 1)
      throw new NumberError(`${layer}: ${name} is ${size}; it must be a whole number from 1`);
}

/** A share that is dropped: from 0 up to 1. */
export function checkProbability(layer: string, p: number): number {
  if (p >= 0 && p <= 1) return p;
  throw new NumberError(`${layer}: the probability is ${p}; it must be from 0 up to 1`);
}

/** `eps` and its kind: finite and not below 0. */
export function checkEps(layer: string, eps: number): number {
  if (Number.isFinite(eps) && eps >= 0) return eps;
  throw new NumberError(`${layer}: eps is ${eps}; it must be a finite number from 0`);
}

/** `whole` splits into equal `parts`. */
export function checkDivides(layer: string, whole: [string, number], parts: [string, number]) {
  if (whole[1] % parts[1] === 0) return;
  throw new NumberError(
    `${layer}: ${whole[0]} is ${whole[1]}, which does not split into ${parts[1]} ${parts[0]}; make it a multiple`,
  );
}

/** The last axis of `x` holds `width` numbers. */
export function checkLast(layer: string, x: Tensor, width: number): void {
  if (x.shape.at(-1) === width) return;
  throw new ShapeError(
    `${layer}: expected [.., ${width}], got ${show(x.shape)}; the last axis must hold the layer's ${width} inputs`,
  );
}

/** Axis 1 of `x`, which has at least `axes` axes, holds `channels` channels. */
export function checkChannels(layer: string, x: Tensor, channels: number, axes = 2): void {
  if (x.shape.length >= axes && x.shape[1] === channels) return;
  const rest = axes > 2 ? ", ..".repeat(axes - 2) : ", ..";
  throw new ShapeError(
    `${layer}: expected [B, ${channels}${rest}], got ${show(x.shape)}; axis 1 must hold the layer's ${channels} channels`,
  );
}
