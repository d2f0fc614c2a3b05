// Networks as the metrics' extractors: what a network computes for a batch, and a name with the
// hash of its weights that goes into every signature made with it.

import type { ClassHead, Extractor } from "../../metrics/index.js";
import { type Rows, toMatrix } from "../../metrics/linalg/index.js";
import { tensor, tidy, type Tensor } from "../../tensor/index.js";
import { joined } from "./joined.js";

export type NetworkExtractorOptions<Item> = {
  /** Network, layout and layer, as `inception-v3-pytorch-fid-features`. */
  readonly name: string;
  /** The files that the weights came from: their SHA-256 goes into the extractor's `id`. */
  readonly weights: readonly Uint8Array[];
  /** The length of a row of what `forward` returns. */
  readonly dimension: number;
  /** The features of b items: [b, dimension]. */
  forward(batch: readonly Item[]): Tensor;
  /** The layer that makes logits [b, classes] of these features, where the network has one. */
  readonly head?: NetworkHead;
};

export type NetworkHead = {
  readonly name: string;
  readonly classes: number;
  forward(features: Tensor): Tensor;
};

/** An extractor of what `forward` computes; its memory is freed after each batch. */
export async function networkExtractor<Item>(
  options: NetworkExtractorOptions<Item>,
): Promise<Extractor<Item>> {
  const { name, weights, dimension, forward, head } = options;
  const hash = await shortHash(weights);
  return {
    id: `${name}-sha256:${hash}`,
    dimension,
    ...(head && { head: classHead(head, hash) }),
    async embed(batch) {
      return batch.length === 0 ? [] : rowsOf(() => forward(batch), name);
    },
  };
}

function classHead({ name, classes, forward }: NetworkHead, hash: string): ClassHead {
  return {
    id: `${name}-sha256:${hash}`,
    classes,
    async logits(features: Rows) {
      const { rows, columns, data } = toMatrix(features, "features");
      if (rows === 0) return [];
      return rowsOf(
        () => forward(tensor(Float32Array.from(data), { shape: [rows, columns] })),
        name,
      );
    },
  };
}

/** The numbers of what `make` computes, [b, d]. */
async function rowsOf(make: () => Tensor, name: string): Promise<Rows> {
  using made = tidy(make);
  const { B: rows, D: columns } = made.dims("B D", name);
  return { rows, columns, data: await made.data() };
}

/** The first 8 hexadecimal digits of the SHA-256 of all the bytes. */
async function shortHash(parts: readonly Uint8Array[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", joined(parts));
  return Array.from(new Uint8Array(digest, 0, 4), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
