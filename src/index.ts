/** genarch: the tensor engine's face. Layers, models, training, data and metrics have entries of their own. */
export * from "./tensor/index.js";
