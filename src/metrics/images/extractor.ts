// What turns images (or texts) into feature vectors for FID, KID, precision and recall, MAUVE …
// One interface for all; its `id` goes into every signature, so that two scores are compared only
// if one network with one set of weights made the features.

import { type Matrix, rowOf, type Rows, toMatrix, zeroMatrix } from "../linalg/index.js";

/** The last layer of a classifier: it names classes from features that are there already. */
export interface ClassHead {
  /** As an extractor's. */
  readonly id: string;
  readonly classes: number;
  /** Class logits [b, classes] of features [b, dimension], for the Inception Score. */
  logits(features: Rows): Rows | Promise<Rows>;
}

/** A network that maps items to vectors. */
export interface Extractor<Item> {
  /** Name and hash of the weights, as `inception-v3-sha256:6726825d`. */
  readonly id: string;
  /** The length of every vector. */
  readonly dimension: number;
  /** The features of a batch of b items: [b, dimension]. */
  embed(batch: readonly Item[]): Rows | Promise<Rows>;
  /** Of networks that classify. */
  readonly head?: ClassHead;
}

/** Features that were made before, by a key of the item: a `Map` will do. */
export interface FeatureCache {
  get(key: string): ArrayLike<number> | undefined;
  set(key: string, features: ArrayLike<number>): unknown;
}

export interface ExtractOptions {
  readonly batch?: number;
  /** Called after each batch with the number of items done. */
  readonly progress?: (done: number) => void;
}

/** The features of all items [n, dimension], a batch at a time. */
export async function extractFeatures<Item>(
  extractor: Extractor<Item>,
  items: Iterable<Item> | AsyncIterable<Item>,
  { batch = 32, progress }: ExtractOptions = {},
): Promise<Matrix> {
  const blocks: Matrix[] = [];
  let waiting: Item[] = [];
  let done = 0;
  const flush = async () => {
    blocks.push(checked(await extractor.embed(waiting), waiting.length, extractor));
    done += waiting.length;
    waiting = [];
    progress?.(done);
  };
  for await (const item of items) {
    waiting.push(item);
    if (waiting.length >= batch) await flush();
  }
  if (waiting.length > 0) await flush();
  return joinRows(blocks, extractor.dimension);
}

/** The same extractor, asked only for items whose key the cache does not hold. */
export function cached<Item>(
  extractor: Extractor<Item>,
  key: (item: Item) => string,
  cache: FeatureCache = new Map<string, ArrayLike<number>>(),
): Extractor<Item> {
  const { id, dimension, head } = extractor;
  const keyOf = (item: Item) => `${id}|${key(item)}`;
  return {
    id,
    dimension,
    ...(head && { head }),
    async embed(batch) {
      const missing = batch.filter((item) => cache.get(keyOf(item)) === undefined);
      if (missing.length > 0) {
        const made = checked(await extractor.embed(missing), missing.length, extractor);
        missing.forEach((item, i) => cache.set(keyOf(item), rowOf(made, i).slice()));
      }
      return batch.map((item) => cache.get(keyOf(item)) ?? []);
    },
  };
}

function checked(rows: Rows, count: number, { id, dimension }: Extractor<never>): Matrix {
  const matrix = toMatrix(rows, `features of ${id}`);
  if (matrix.rows === count && matrix.columns === dimension) return matrix;
  throw new RangeError(
    `The extractor ${id} was asked for ${count} rows of ${dimension} features ` +
      `and gave ${matrix.rows} of ${matrix.columns}.`,
  );
}

function joinRows(blocks: readonly Matrix[], columns: number): Matrix {
  const all = zeroMatrix(
    blocks.reduce((sum, block) => sum + block.rows, 0),
    columns,
  );
  let at = 0;
  for (const { data } of blocks) {
    all.data.set(data, at);
    at += data.length;
  }
  return all;
}
