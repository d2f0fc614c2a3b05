// Data for training: text as token streams and batches.

export { CharacterTokenizer } from "./characters.js";
export {
  textDataset,
  windows,
  type RandomBatches,
  type Split,
  type TextDataset,
  type TokenBatch,
} from "./text.js";
export {
  readSafetensors,
  writeSafetensors,
  SafetensorsError,
  type Safetensors,
} from "../tensor/index.js";
