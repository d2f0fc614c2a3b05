/** Softmax over rows and the cross-entropy on top of it, fused; each beside its gradient. */
import { DTypeError, ShapeError, show } from "../errors.js";
import type { Form, OpRecord } from "../op.js";
import { fits, floats, ranked } from "./checks.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";

type Log = { log: boolean };

const rowsOf = ({ shape }: Form) => {
  const columns = shape.at(-1) ?? 1;
  return { rows: columns ? sizeOf(shape) / columns : 0, columns };
};

/** Over the last axis: e^{xⱼ} / Σ e^{xₖ}, or its logarithm. */
export const softmax: OpRecord<Log> = {
  name: "softmax",
  forms: ([x]) => [floats("softmax", x)],
  compute: { kernel: ([x], { log }) => ({ kernel: "softmax", log, ...rowsOf(x!) }) },
  gradient: ({ g, outputs: [y], attributes: { log } }) => [y!.softmaxGradient(g[0]!, log)],
};

/** y·(g − Σ g·y); for the logarithm g − e^y·Σ g. */
export const softmaxGradient: OpRecord<Log> = {
  name: "softmaxGradient",
  forms: ([y, g]) => {
    fits("softmaxGradient", "g", g!, y!.shape);
    return [floats("softmaxGradient", y, g)];
  },
  compute: { kernel: ([y], { log }) => ({ kernel: "softmaxGradient", log, ...rowsOf(y!) }) },
  gradient: ({ g, inputs, attributes: { log }, through }) => {
    const plain = (y: Tensor, g: Tensor) =>
      log
        ? [g.sub(y.exp().mul(g.sum(-1, { keepAxes: true })))]
        : [y.mul(g.sub(g.mul(y).sum(-1, { keepAxes: true })))];
    return through((y, g) => plain(y!, g!), inputs, g);
  },
};

type Ignore = { ignoreIndex: number | null };

/** logits [rows, columns], target [rows] → loss [rows], logsumexp [rows]; scalar 0: label smoothing. */
export const crossEntropy: OpRecord<Ignore> = {
  name: "crossEntropy",
  forms: ([logits, target]) => {
    floats("crossEntropy", logits);
    ranked("crossEntropy", "logits", logits!, 2);
    if (target!.dtype !== "i32")
      throw new DTypeError(`crossEntropy: targets are class numbers in i32, got ${target!.dtype}`);
    if (target!.shape.length !== 1 || target!.shape[0] !== logits!.shape[0])
      throw new ShapeError(
        `crossEntropy: logits ${show(logits!.shape)} and target ${show(target!.shape)}: one target a row is wanted`,
      );
    const rows: Form = { shape: [logits!.shape[0]!], dtype: "f32" };
    return [rows, rows];
  },
  compute: {
    kernel: ([logits], { ignoreIndex }) => ({
      kernel: "crossEntropy",
      ignoreIndex,
      ...rowsOf(logits!),
    }),
  },
  gradient: ({ g, inputs: [logits, target], outputs: [loss, logsumexp], attributes, scalars }) => {
    const fused = logits!.crossEntropyGradient(
      target!,
      logsumexp!,
      g[0] ?? loss!.like(0),
      attributes.ignoreIndex,
      scalars[0]!,
    );
    if (!g[1]) return [fused, null];
    const probabilities = logits!.sub(logsumexp!.unsqueeze(1)).exp();
    return [fused.add(probabilities.mul(g[1].unsqueeze(1))), null];
  },
};

/** g·(softmax(logits) − q), q the smoothed target. */
export const crossEntropyGradient: OpRecord<Ignore> = {
  name: "crossEntropyGradient",
  forms: ([logits, target, logsumexp, g]) => {
    for (const x of [target!, logsumexp!, g!])
      fits("crossEntropyGradient", "a row's number", x, [logits!.shape[0]!]);
    return [floats("crossEntropyGradient", logits, logsumexp, g)];
  },
  compute: {
    kernel: ([logits], { ignoreIndex }) => ({
      kernel: "crossEntropyGradient",
      ignoreIndex,
      ...rowsOf(logits!),
    }),
  },
  gradient: ({
    g,
    inputs: [logits, target, logsumexp, g0],
    attributes: { ignoreIndex },
    scalars: [s],
    through,
  }) => {
    const plain = (logits: Tensor, logsumexp: Tensor, g0: Tensor) => {
      const columns = logits.shape[1]!;
      const hit = target!.unsqueeze(1).eq(logits.rangeLike(1)).cast("f32");
      const q = hit.mul(1 - s!).add(s! / columns);
      const seen = ignoreIndex === null ? g0 : target!.ne(ignoreIndex).where(g0, 0);
      return [logits.sub(logsumexp.unsqueeze(1)).exp().sub(q).mul(seen.unsqueeze(1))];
    };
    const [dLogits, dLogsumexp, dG] = through(
      (l, z, g0) => plain(l!, z!, g0!),
      [logits!, logsumexp!, g0!],
      g,
    );
    return [dLogits!, null, dLogsumexp!, dG!];
  },
};
