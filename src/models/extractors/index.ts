export { networkExtractor, type NetworkExtractorOptions } from "./network-extractor.js";
export { imageBatch, type ImageBatchOptions } from "./image-batch.js";
