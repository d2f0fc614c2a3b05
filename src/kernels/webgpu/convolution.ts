/** Convolution and its two transposes in WGSL: which product each is, and which member makes it. */
import type { Convolution, ConvolutionInput, ConvolutionSize, ConvolutionWeight } from "../spec.js";
import { directForward, directInput, directWeight } from "./convolution/direct.js";
import { forwardProduct, lowerForward, type Product } from "./convolution/forward.js";
import { inputProduct, lowerInput, remaindersOf } from "./convolution/input.js";
import { lowerWeight, weightProduct } from "./convolution/weight.js";
import type { Dispatch, Place } from "./kernel.js";
import { splitOf, tileFor, tilesOf, type Split } from "./matmul/member.js";
import { addParts, type Bias } from "./parts.js";
import { nameOf, type Tile } from "./tiles.js";

/** With fewer channels on either side of a group, a tile of 16 rows would be mostly empty. */
const fewChannels = 4;
/** A part of a sum is at least so long. */
const shortestPart = 256;

const isThin = ({ C, O, groups }: ConvolutionSize): boolean =>
  groups > 1 && Math.min(C, O) / groups < fewChannels;

export function lowerConvolution(spec: Convolution, software: boolean): Dispatch[] {
  const { B, O, P, Q } = spec;
  const count = B * O * P * Q;
  if (count === 0) return [];
  if (isThin(spec)) return [directForward(spec)];
  const bias = spec.bias ? { place: 2, period: O, run: P * Q } : undefined;
  const made = (tile: Tile, split: Split, to: Place): Dispatch =>
    lowerForward(spec, tile, split, to);
  return split(software, forwardProduct(spec), spec.groups, made, {
    count,
    bias,
    out: spec.bias ? 3 : 2,
  });
}

export function lowerConvolutionInput(spec: ConvolutionInput, software: boolean): Dispatch[] {
  const { B, C, H, W } = spec;
  const count = B * C * H * W;
  if (count === 0) return [];
  if (isThin(spec)) return [directInput(spec)];
  const bias = spec.bias ? { place: 2, period: C, run: H * W } : undefined;
  const made = (tile: Tile, split: Split, to: Place): Dispatch => lowerInput(spec, tile, split, to);
  const products = spec.groups * remaindersOf(spec);
  return split(software, inputProduct(spec), products, made, {
    count,
    bias,
    out: spec.bias ? 3 : 2,
  });
}

export function lowerConvolutionWeight(spec: ConvolutionWeight, software: boolean): Dispatch[] {
  const { C, O, R, S, groups } = spec;
  const count = (O * C * R * S) / groups;
  if (count === 0) return [];
  if (isThin(spec)) return [directWeight(spec)];
  const made = (tile: Tile, split: Split, to: Place): Dispatch =>
    lowerWeight(spec, tile, split, to);
  return split(software, weightProduct(spec), groups, made, { count, bias: undefined, out: 2 });
}

/** One dispatch, or parts of the sum in a first and their sum in a second. */
function split(
  software: boolean,
  { M, N, K }: Product,
  products: number,
  make: (tile: Tile, split: Split, to: Place) => Dispatch,
  { count, bias, out }: { count: number; bias: Bias | undefined; out: Place },
): Dispatch[] {
  const tile = tileFor(products, M, N, software);
  const cut = splitOf(products * tilesOf(tile, M, N), K, shortestPart, software);
  const { parts } = cut;
  const member = `implicit GEMM, ${nameOf(tile)}${parts > 1 ? `, k in ${parts} parts` : ""}`;
  const scratch = { scratch: 0, bytes: 4 * count * parts };
  const first = { ...make(tile, cut, parts > 1 ? scratch : out), member };
  return parts === 1 ? [first] : [first, addParts(scratch, out, { count, parts, bias })];
}
