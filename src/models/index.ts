/** The models. Each file reads from top to bottom and is all there is. */
export { GPT, type GPTConfig } from "./gpt.js";
export { RecurrentLM, type RecurrentConfig, type RecurrentState } from "./recurrent.js";
export { Llama, type LlamaConfig } from "./llama.js";
export type { Past, SteppedModel } from "./past.js";
export { generate, draw, collect, type GenerateOptions, type WindowModel } from "./generate.js";
export { VAE, mlpVAE, convVAE, type VAEConfig } from "./vae.js";
export { bernoulli, gaussian, type Likelihood } from "./likelihood.js";
export { klFromPrior, lerp, slerp, interpolate, attributeVector, type Gaussian } from "./latent.js";
export {
  DCGenerator,
  DCDiscriminator,
  PointGenerator,
  PointDiscriminator,
  type ImageGanConfig,
  type PointGanConfig,
  type DiscriminatorNorm,
} from "./gan.js";
export {
  saturating,
  nonSaturating,
  leastSquares,
  hinge,
  wasserstein,
  relativistic,
  gradientPenalty,
  r1,
  type GanLoss,
  type PlainGanLoss,
} from "./gan-losses.js";
export { ConditionalNorm } from "./conditional-norm.js";
export { SpectralNorm } from "./spectral-norm.js";
export { NoiseSchedule, posterior } from "./schedule.js";
export { levelsOf, karrasSigmas, type Level, type Spacing, type Ending } from "./levels.js";
export {
  diffuse,
  targetOf,
  diffusionLoss,
  minSNRWeights,
  type Denoiser,
  type Prediction,
  type DiffusionLossOptions,
} from "./diffusion.js";
export { ddpm, ddim, dpmSolver, last } from "./samplers.js";
export { type SamplerOptions, type Step } from "./denoising.js";
export { guided } from "./guidance.js";
export { extended, type Borders } from "./outpainting.js";
export { timestepEmbedding, TimeEmbedding, ClassEmbedding } from "./time-embedding.js";
export { UNet, type UNetConfig, type Condition } from "./unet.js";
export { CaptionEncoder, type CaptionEncoderConfig, type Captions } from "./text-encoder.js";
export { PointDenoiser, type PointDenoiserConfig } from "./point-denoiser.js";
export * from "./extractors/index.js";
