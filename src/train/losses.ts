/** Losses, as PyTorch defines them. Each is a mean over all it sees unless `reduction` says otherwise. */
import { NumberError, ShapeError, show, sizeOf, sameShape, type Tensor } from "../tensor/index.js";

export type Reduction = "mean" | "sum" | "none";
type Reduced = { reduction?: Reduction };

function reduced(loss: Tensor, reduction: Reduction): Tensor {
  if (reduction === "mean") return loss.mean();
  return reduction === "sum" ? loss.sum() : loss;
}

export type CrossEntropyOptions = Reduced & {
  /** The share of the target that is spread over all classes: Szegedy et al. (2016), section 7. */
  labelSmoothing?: number;
  /** Targets of this number have no part in the loss nor in its mean. −100, as in PyTorch. */
  ignoreIndex?: number;
};

/**
 * −Σ_j q_j·log softmax(logits)_j: logits [.., classes], target [..] in i32 → one number, in nats, or [..] for
 * "none". Unlike PyTorch's, the classes stand on the last axis. A target that names no class gives NaN.
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  { labelSmoothing = 0, ignoreIndex = -100, reduction = "mean" }: CrossEntropyOptions = {},
): Tensor {
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new NumberError(
      `crossEntropy: labelSmoothing is ${labelSmoothing}; it must be from 0 to 1`,
    );
  const lead = logits.shape.slice(0, -1);
  if (logits.shape.length === 0 || !sameShape(lead, target.shape))
    throw new ShapeError(
      `crossEntropy: logits ${show(logits.shape)} and target ${show(target.shape)}; logits [.., classes] want target [..], one class a row`,
    );
  const rows = target.reshape([sizeOf(lead)]);
  const flat = logits.reshape([sizeOf(lead), logits.shape.at(-1)!]);
  const [loss] = flat.crossEntropy(rows, ignoreIndex, labelSmoothing);
  if (reduction !== "mean") return reduced(loss.reshape(lead), reduction);
  return loss.sum().div(rows.ne(ignoreIndex).cast("f32").sum());
}

/** −t·log σ(x) − (1 − t)·log(1 − σ(x)) as (1 − t)·x + softplus(−x), which loses no digits for large x. */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor | number,
  { reduction = "mean" }: Reduced = {},
): Tensor {
  const t = fitting("binaryCrossEntropyWithLogits", logits, target);
  const loss = logits.mul(t.neg().add(1)).add(logits.neg().softplus());
  return reduced(loss, reduction);
}

/** (x − t)² */
export function mse(
  x: Tensor,
  target: Tensor | number,
  { reduction = "mean" }: Reduced = {},
): Tensor {
  return reduced(x.sub(fitting("mse", x, target)).square(), reduction);
}

/** |x − t| */
export function l1(
  x: Tensor,
  target: Tensor | number,
  { reduction = "mean" }: Reduced = {},
): Tensor {
  return reduced(x.sub(fitting("l1", x, target)).abs(), reduction);
}

/** d²/2 where d = |x − t| is below `delta`, δ·(d − δ/2) beyond: Huber (1964). */
export function huber(
  x: Tensor,
  target: Tensor | number,
  { delta = 1, reduction = "mean" }: Reduced & { delta?: number } = {},
): Tensor {
  if (!(delta > 0 && Number.isFinite(delta)))
    throw new NumberError(`huber: delta is ${delta}; it must be a finite number above 0`);
  return reduced(bent(x.sub(fitting("huber", x, target)), delta), reduction);
}

/** Huber's loss divided by `beta`, so that its slope ends at 1: Girshick (2015), eq. 3. With beta 0 it is l1. */
export function smoothL1(
  x: Tensor,
  target: Tensor | number,
  { beta = 1, reduction = "mean" }: Reduced & { beta?: number } = {},
): Tensor {
  if (!(beta >= 0 && Number.isFinite(beta)))
    throw new NumberError(`smoothL1: beta is ${beta}; it must be a finite number from 0`);
  if (beta === 0) return l1(x, target, { reduction });
  return reduced(bent(x.sub(fitting("smoothL1", x, target)), beta).mul(1 / beta), reduction);
}

/** c·(|d| − c/2) with c = min(|d|, δ): both branches of Huber's loss in one. */
function bent(d: Tensor, delta: number): Tensor {
  const distance = d.abs();
  const c = distance.minimum(delta);
  return c.mul(distance.sub(c.mul(0.5)));
}

/** A target of the same shape; broadcasting [B, 1] against [B] is the mistake that this keeps out. */
function fitting(loss: string, x: Tensor, target: Tensor | number): Tensor {
  if (typeof target === "number") return x.like(target);
  if (sameShape(x.shape, target.shape)) return target.cast("f32");
  throw new ShapeError(
    `${loss}: ${show(x.shape)} and target ${show(target.shape)}; both must have one shape, or the target be a number`,
  );
}
