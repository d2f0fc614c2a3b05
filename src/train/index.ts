/** Training: losses, optimizers, schedules, averages and checkpoints. */
export {
  crossEntropy,
  binaryCrossEntropyWithLogits,
  mse,
  l1,
  smoothL1,
  huber,
  type CrossEntropyOptions,
  type Reduction,
} from "./losses.js";
export {
  sgd,
  adam,
  adamw,
  rmsprop,
  adagrad,
  type OptimizerOptions,
  type SgdOptions,
  type AdamOptions,
  type RmspropOptions,
  type AdagradOptions,
} from "./optimizers.js";
export { Optimizer, type Decay, type Method } from "./optimizer.js";
export { constant, stepDecay, linear, warmupCosine, type Schedule } from "./schedules.js";
export { average, Average } from "./average.js";
export {
  packCheckpoint,
  unpackCheckpoint,
  saveCheckpoint,
  loadCheckpoint,
  type Json,
  type Notes,
} from "./checkpoint.js";
