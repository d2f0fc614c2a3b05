export type { Tally, Vote } from "./votes.js";
export * from "./bradley-terry.js";
export type {
  BradleyTerryOptions,
  BradleyTerryParts,
  Estimate,
  ItemStrength,
} from "./strengths.js";
export type { Prior } from "./bradley-terry-prior.js";
export * from "./elo.js";
export * from "./plackett-luce.js";
export * from "./win-rate.js";
export {
  KrippendorffAlpha,
  krippendorffAlpha,
  type KrippendorffOptions,
  type KrippendorffParts,
  type KrippendorffResult,
  type KrippendorffState,
  type Rating,
} from "./krippendorff.js";
export type { Level } from "./coincidences.js";
export * from "./fleiss.js";
export * from "./cohen.js";
export * from "./rater-agreement.js";
export * from "./mcnemar.js";
export * from "./blind-test.js";
