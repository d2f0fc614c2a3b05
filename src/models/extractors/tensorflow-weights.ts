// Weights as TensorFlow.js stores them: a manifest (in model.json) of names, shapes and dtypes, and
// the numbers one after another, little-endian, cut into shards. Quantized ones come back as floats.

import { sizeOf } from "../../tensor/index.js";
import { Safetensors, type StoredTensor } from "../../tensor/safetensors/index.js";
import { joined } from "./joined.js";

export type TensorflowManifest = readonly {
  readonly weights: readonly TensorflowWeight[];
}[];

export type TensorflowWeight = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: {
    readonly dtype: string;
    readonly min?: number;
    readonly scale?: number;
  };
};

/** The tensors of a manifest by name, from its shards in their order. Integers and truth values are left out. */
export function readTensorflowWeights(
  manifest: TensorflowManifest,
  shards: readonly Uint8Array[],
): Safetensors {
  const bytes = joined(shards);
  const tensors: [string, StoredTensor][] = [];
  let at = 0;
  for (const weight of manifest.flatMap(({ weights }) => weights)) {
    const size = sizeOf(weight.shape) * widthOf(weight);
    if (at + size > bytes.length) {
      throw new RangeError(
        `readTensorflowWeights: ${weight.name} ends at byte ${at + size}, but the shards hold ` +
          `${bytes.length}. Give all of them, in their order.`,
      );
    }
    if (weight.dtype === "float32")
      tensors.push([weight.name, floats(weight, bytes.slice(at, at + size))]);
    at += size;
  }
  return new Safetensors(tensors, {});
}

const WIDTHS: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

function widthOf({ name, dtype, quantization }: TensorflowWeight): number {
  const stored = quantization?.dtype ?? dtype;
  const width = WIDTHS[stored];
  if (width !== undefined) return width;
  throw new RangeError(
    `readTensorflowWeights: ${name} is stored as ${stored}; only ` +
      `${Object.keys(WIDTHS).join(", ")} can be read.`,
  );
}

/** number = stored·scale + min */
function floats(weight: TensorflowWeight, { buffer }: Uint8Array<ArrayBuffer>): StoredTensor {
  const { dtype = "float32", scale = 1, min = 0 } = weight.quantization ?? {};
  const found = { dtype: "F32" as const, shape: [...weight.shape] };
  if (dtype === "float32") return { ...found, data: new Float32Array(buffer) };
  const stored = dtype === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
  return { ...found, data: Float32Array.from(stored, (x) => x * scale + min) };
}
