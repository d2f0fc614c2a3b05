export {
  bootstrap,
  meanStatistics,
  resampledScores,
  type BootstrapOptions,
  type BootstrapParts,
  type Resampling,
} from "./bootstrap.js";
export * from "./many-systems.js";
export * from "./paired.js";
export * from "./paired-tests.js";
export * from "./proportion.js";
