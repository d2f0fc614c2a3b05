/** What `trace` shows of a kernel on this backend: its function as it stands, after the parts it rests on. */
import type { Kernel } from "../spec.js";
import { scoresOf } from "./attention.js";
import { eachMeeting } from "./convolution.js";
import { describe } from "./describe.js";
import { eachPair } from "./gather.js";
import { updates } from "./optimizer.js";
import { threefry } from "./random.js";
import { cellGradients } from "./recurrent-gradient.js";
import { cells } from "./recurrent.js";
import { logSumExp } from "./softmax.js";
import { kernelOf } from "./table.js";

function partsOf(kernel: Kernel): readonly unknown[] {
  switch (kernel.kernel) {
    case "fused":
      return [describe(kernel)];
    case "softmax":
    case "crossEntropy":
      return [logSumExp];
    case "attention":
    case "attentionGradient":
      return [scoresOf];
    case "convolution":
    case "convolutionInput":
    case "convolutionWeight":
      return [eachMeeting];
    case "recurrent":
      return [cells[kernel.cell]];
    case "recurrentGradient":
      return [cellGradients[kernel.cell]];
    case "take":
    case "takeAdd":
    case "gather":
    case "scatterAdd":
      return [eachPair];
    case "random":
      return [threefry];
    case "optimizer":
      return [updates[kernel.method]];
    default:
      return [];
  }
}

export const sourceOf = (kernel: Kernel): string =>
  [...partsOf(kernel), kernelOf(kernel)].map(String).join("\n\n");
