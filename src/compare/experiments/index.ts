/** All experiments, in the order in which they run and are shown. */
import type { Experiment } from "../experiment.js";
import { digits } from "./digits.js";
import { emoji } from "./emoji.js";
import { language } from "./language.js";
import { gridOfModes, ringOfModes } from "./mixtures.js";
import { recall } from "./recall.js";

export const experiments: readonly Experiment[] = [
  language,
  recall,
  digits,
  ringOfModes,
  gridOfModes,
  emoji,
];
