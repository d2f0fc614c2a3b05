/**
 * (x − mean)/√(variance + eps) over groups, without the affine part: the one kernel under layer, group,
 * instance, batch and RMS norm, which differ only in what a group is.
 */
import type { OpRecord } from "../op.js";
import { fits, floats } from "./checks.js";
import type { Tensor } from "../tensor.js";

export type Groups = { outer: number; rows: number; inner: number; rms: boolean };

/** x [outer, rows, inner] → y, mean [rows], rstd [rows]; scalar 0: eps. */
export const normalize: OpRecord<Groups> = {
  name: "normalize",
  forms: ([x], { rows }) => [
    floats("normalize", x),
    { shape: [rows], dtype: "f32" },
    { shape: [rows], dtype: "f32" },
  ],
  compute: { kernel: (_, groups) => ({ kernel: "normalize", ...groups }) },
  gradient: ({ g, inputs, outputs: [y, , rstd], attributes, scalars, through }) => {
    if (g[1] || g[2]) return through((x) => plain(x!, attributes, scalars[0]!), inputs, g);
    return [y!.normalizeGradient(rstd!, g[0]!, attributes)];
  },
};

const over = { keepAxes: true } as const;

/** The definition, op by op. */
function plain(x: Tensor, { rows, rms }: Groups, eps: number): Tensor[] {
  const mean = rms ? x.like(0).sum([0, 2], over) : x.mean([0, 2], over);
  const centred = x.sub(mean);
  const rstd = centred.square().mean([0, 2], over).add(eps).rsqrt();
  return [centred.mul(rstd), mean.reshape([rows]), rstd.reshape([rows])];
}

/** rstd·(g − mean(g) − y·mean(g·y)); without mean(g) for rms. */
export const normalizeGradient: OpRecord<Groups> = {
  name: "normalizeGradient",
  forms: ([y, rstd, g], { rows }) => {
    fits("normalizeGradient", "rstd", rstd!, [rows]);
    fits("normalizeGradient", "g", g!, y!.shape);
    return [floats("normalizeGradient", y, rstd, g)];
  },
  compute: { kernel: (_, groups) => ({ kernel: "normalizeGradient", ...groups }) },
  gradient: ({ g, inputs, attributes: { rows, rms }, through }) =>
    through(
      (y, rstd, g) => {
        const along = y!.mul(g!.mul(y!).mean([0, 2], over));
        const rest = rms ? g! : g!.sub(g!.mean([0, 2], over));
        return [rest.sub(along).mul(rstd!.reshape([1, rows, 1]))];
      },
      inputs,
      g,
    ),
};
