/** All experiments, in the order in which they run and are shown. */
import type { Experiment } from "../experiment.js";
import { language } from "./language.js";

export const experiments: readonly Experiment[] = [language];
