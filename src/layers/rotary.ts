/**
 * Rotary position embedding: Su et al. (2021), eq. 34. Pairs of numbers turn by an angle that grows
 * with the position, so that a product of a query and a key depends on their distance alone.
 */
import { NumberError, ShapeError, show, tensor, type Tensor } from "../tensor/index.js";

export type RotaryOptions = {
  /** Pair i of D/2 turns by theta^(−2i/D) a position. */
  theta?: number;
  /** Which numbers are a pair: 2i and 2i + 1 (the paper, Meta's Llama), or i and i + D/2 (Hugging Face). */
  pairs?: "adjacent" | "halves";
  /** The position of the first step, when earlier ones are kept elsewhere. */
  offset?: number;
};

/** x [.., T, D], D even → the same, each step turned by its position. */
export function rotary(
  x: Tensor,
  { theta = 10000, pairs = "adjacent", offset = 0 }: RotaryOptions = {},
): Tensor {
  const [T, D] = x.shape.slice(-2);
  if (T === undefined || D === undefined || D % 2 !== 0)
    throw new ShapeError(
      `rotary: expected [.., T, D] with D even, got ${show(x.shape)}; the numbers turn in pairs`,
    );
  if (!(theta > 0 && Number.isFinite(theta)))
    throw new NumberError(`rotary: theta is ${theta}; it must be a finite number above 0`);
  const adjacent = pairs === "adjacent";
  const split = adjacent ? [D / 2, 2] : [2, D / 2];
  const { cos, sin } = anglesOf(T, D, theta, adjacent, offset);
  const partner = x
    .reshape([...x.shape.slice(0, -1), ...split])
    .flip(adjacent ? -1 : -2)
    .reshape(x.shape);
  const as = (numbers: Float64Array) => tensor(numbers, { shape: [T, D] });
  return x.mul(as(cos)).add(partner.mul(as(sin))); // (a·cos − b·sin, b·cos + a·sin)
}

type Angles = { key: string; cos: Float64Array; sin: Float64Array };
/** Queries and keys of all layers ask for the same table one after the other. */
let latest: Angles | null = null;

/** cos and ±sin [T, D] in float64: an angle in float32 would be off by 1e-4 at position 1,000. */
function anglesOf(T: number, D: number, theta: number, adjacent: boolean, offset: number): Angles {
  const key = [T, D, theta, adjacent, offset].join();
  if (latest?.key === key) return latest;
  const cos = new Float64Array(T * D);
  const sin = new Float64Array(T * D);
  for (let t = 0; t < T; t++)
    for (let i = 0; i < D / 2; i++) {
      const angle = (offset + t) * theta ** ((-2 * i) / D);
      const first = t * D + (adjacent ? 2 * i : i);
      const second = first + (adjacent ? 1 : D / 2);
      cos[first] = cos[second] = Math.cos(angle);
      sin[second] = Math.sin(angle);
      sin[first] = -sin[second]!;
    }
  return (latest = { key, cos, sin });
}
