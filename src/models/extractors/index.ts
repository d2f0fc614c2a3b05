export {
  networkExtractor,
  type NetworkExtractorOptions,
  type NetworkHead,
} from "./network-extractor.js";
export { imageBatch, type ImageBatchOptions } from "./image-batch.js";
export { DigitClassifier, digitExtractor } from "./digit-classifier.js";
export { sentenceExtractor, readSentenceFiles, type SentenceFiles } from "./sentence-extractor.js";
export { SentenceEncoder } from "./sentence-encoder.js";
export { SentencePieces, type ScoredPiece } from "./sentence-pieces.js";
export {
  readTensorflowWeights,
  type TensorflowManifest,
  type TensorflowWeight,
} from "./tensorflow-weights.js";
export {
  MobileNet,
  mobileNetExtractor,
  type MobileNetGraph,
  type MobileNetOp,
} from "./mobile-net.js";
export {
  InceptionV3,
  inceptionExtractor,
  type InceptionConfig,
  type InceptionLayout,
  type InceptionOptions,
  type InceptionOutputs,
} from "./inception.js";
