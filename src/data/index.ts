// Data for training: text as token streams and batches, images, and mixtures in the plane.

export { CharacterTokenizer } from "./characters.js";
export { BPETokenizer } from "./bpe.js";
export {
  textDataset,
  windows,
  type RandomBatches,
  type Split,
  type TextDataset,
  type TokenBatch,
} from "./text.js";
export { readIdx, type Idx } from "./idx.js";
export { ImageDataset, type ImageBatch, type PixelRange, type ShuffledBatches } from "./images.js";
export { mnist, type MnistOptions } from "./mnist.js";
export { Mixture, ring, grid } from "./mixtures.js";
export { sheet, type Picture, type SheetOptions } from "./sheet.js";
export { decodeDeepPng, decodePng, encodePng, type DeepPicture } from "./png.js";
export {
  emoji,
  caption,
  EmojiDataset,
  type Emoji,
  type EmojiGroup,
  type EmojiOptions,
  type CaptionLanguage,
  type CaptionedBatch,
} from "./emoji.js";
export { prefetch } from "./prefetch.js";
export { imageFolder } from "./image-folder.js";
export * from "../tensor/safetensors/index.js";
