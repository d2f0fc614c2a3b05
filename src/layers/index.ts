/** Layers: objects that hold parameters and have a `forward`. Names, layouts and defaults are PyTorch's. */
export { Linear } from "./linear.js";
export { Embedding } from "./embedding.js";
export { Conv2d, ConvTranspose2d, type ConvolutionOptions } from "./convolution.js";
export { RNN, GRU, LSTM, type RecurrentOptions, type HiddenState, type LSTMState } from "./recurrent.js"; // prettier-ignore
export { attention, MultiheadAttention, type AttentionOptions } from "./attention.js";
export { LayerNorm, RMSNorm, GroupNorm, BatchNorm1d, BatchNorm2d, type BatchNormOptions } from "./normalization.js"; // prettier-ignore
export { Dropout } from "./dropout.js";
export { rotary, type RotaryOptions } from "./rotary.js";
