export * from "./extractor.js";
export * from "./frechet.js";
export * from "./kid.js";
export type { Discrepancy, KernelOptions } from "./kernel.js";
export * from "./inception-score.js";
export * from "./prdc.js";
export type { Image, ImagePair, PixelBuffer, Plane } from "./image.js";
export { Psnr, psnr, type PsnrOptions, type PsnrParts } from "./psnr.js";
export {
  Ssim,
  ssim,
  ssimMap,
  type SsimCompat,
  type SsimOptions,
  type SsimParts,
  type SsimResult,
} from "./ssim.js";
export * from "./ms-ssim.js";
export * from "./lpips.js";
export * from "./clip-score.js";
export * from "./mode-coverage.js";
export { pathLength, type PathLengthOptions, type PathLengthParts } from "./path-length.js";
