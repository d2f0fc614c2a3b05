/** The models. Each file reads from top to bottom and is all there is. */
export { GPT, type GPTConfig } from "./gpt.js";
export { RecurrentLM, type RecurrentConfig, type RecurrentState } from "./recurrent.js";
export { Llama, type LlamaConfig } from "./llama.js";
export { generate, draw, collect, type GenerateOptions } from "./generate.js";
