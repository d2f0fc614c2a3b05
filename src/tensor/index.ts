/** The face of the tensor floor: what layers, models, training, data and metrics may use. */
export { use, webgpu, webgl, wasm, js, type Opener } from "./use.js";
export { tensor, zeros, ones, full, arange, type Nested, type HostArray } from "./create.js";
export {
  seed,
  randn,
  rand,
  randint,
  randomState,
  setRandomState,
  type RandomState,
} from "./random.js";
export { Tensor, type NestedArray, type Dims } from "./tensor.js";
export { concat, stack, where, einsum, causalMask } from "./functions.js";
export { maxPool2d, avgPool2d, upsampleNearest, resize, pair, type PoolOptions } from "./images.js";
export {
  Parameter,
  State,
  parameter,
  persistent,
  parameters,
  walk,
  count,
  dispose,
} from "./parameters.js";
export { castParameters } from "./cast-parameters.js";
export { backprop, gradient, tidy, type Backprop } from "./backprop.js";
export { Gradients } from "./gradients.js";
export { update } from "./update.js";
export { memory, training } from "./ownership.js";
export { realize } from "./realize.js";
export { currentBackend, plansMade } from "./runtime.js";
export { trace, type Trace, type TracedKernel, type TracedRun } from "./trace.js";
export { checkNumbers } from "./check.js";
export { load, save } from "./serialization.js";
export {
  ShapeError,
  DTypeError,
  FreedError,
  BackendError,
  NumberError,
  ParameterError,
  show,
} from "./errors.js";
export { axisOf, broadcast, sizeOf, sameShape, type Shape } from "./shape.js";
export type { Backend } from "../kernels/backend.js";
export type { DType } from "../kernels/ir.js";
export type { ConvolutionSize, Optimizer } from "../kernels/spec.js";
