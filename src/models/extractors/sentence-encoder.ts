/**
 * Universal Sentence Encoder lite (Cer et al., 2018): a Transformer of two layers over word pieces, whose mean is
 * squeezed by a tanh layer and brought to length 1, so that a dot product of two sentences is their cosine.
 */
import { attention, Embedding, LayerNorm, Linear } from "../../layers/index.js";
import { fromHeads, intoHeads } from "../../layers/heads.js";
import { arange, concat, tensor, type Tensor } from "../../tensor/index.js";
import { tokenRows } from "../token-rows.js";

export const SENTENCE_WIDTH = 512;
/** Pieces beyond are cut off. */
export const SENTENCE_CONTEXT = 128;
const VOCABULARY = 8002;
const EMBEDDING = 256;
const HEADS = 4;
const HIDDEN = 1536;
const EPS = 1e-6;

/** One layer, norms first. The first one is narrower than what it gives: `adjust` brings its input along. */
class SentenceLayer {
  readonly adjust: Linear | null;
  readonly attentionNorm: LayerNorm;
  readonly qkv: Linear;
  readonly output: Linear;
  readonly norm = new LayerNorm(SENTENCE_WIDTH, { eps: EPS });
  readonly conv1 = new Linear(SENTENCE_WIDTH, HIDDEN);
  readonly conv2 = new Linear(HIDDEN, SENTENCE_WIDTH);

  constructor(width: number) {
    this.adjust = width === SENTENCE_WIDTH ? null : new Linear(width, SENTENCE_WIDTH);
    this.attentionNorm = new LayerNorm(width, { eps: EPS });
    this.qkv = new Linear(width, 3 * width);
    this.output = new Linear(width, SENTENCE_WIDTH);
  }

  /** x [B, T, width], seen bool [B, 1, 1, T] → [B, T, 512] */
  forward(x: Tensor, seen: Tensor): Tensor {
    const parts = x.pipe(this.attentionNorm, this.qkv).split(3, -1);
    const [q, k, v] = parts.map((part) => intoHeads(part, HEADS)) as [Tensor, Tensor, Tensor];
    const mixed = fromHeads(attention(q, k, v, { mask: seen }));
    const h = (this.adjust?.forward(x) ?? x).add(this.output.forward(mixed));
    return h.add(this.conv2.forward(h.pipe(this.norm, this.conv1).relu()));
  }
}

export class SentenceEncoder {
  readonly embedding = new Embedding(VOCABULARY, EMBEDDING);
  readonly layers = [new SentenceLayer(EMBEDDING), new SentenceLayer(SENTENCE_WIDTH)];
  readonly dense = new Linear(SENTENCE_WIDTH, SENTENCE_WIDTH);

  /** Piece ids of sentences, as many as they have each → [B, 512], rows of length 1 */
  forward(sentences: readonly (readonly number[])[]): Tensor {
    const { tokens, lengths } = padded(sentences);
    const { B, T } = tokens.dims("B T");
    const seen = arange(T).lt(lengths.unsqueeze(1)); // [B, T]
    const e = this.embedding.forward(tokens); // [B, T, C]
    let x = e.mul(2).add(timingSignal(T)); // the signal is added to a copy that is added back
    for (const layer of this.layers) x = layer.forward(x, seen.reshape(B, 1, 1, T));
    const total = x.mul(seen.cast("f32").unsqueeze(2)).sum(1);
    const y = this.dense.forward(total.div(lengths.maximum(1).unsqueeze(1))).tanh();
    return y.mul(y.square().sum(1, { keepAxes: true }).maximum(1e-12).rsqrt());
  }
}

/** Rows of one length, a multiple of 8 so that few plans serve all sentences. */
function padded(sentences: readonly (readonly number[])[]) {
  const lengths = Int32Array.from(sentences, ({ length }) => Math.min(length, SENTENCE_CONTEXT));
  const T = Math.max(8, Math.ceil(Math.max(...lengths) / 8) * 8);
  return { tokens: tokenRows(sentences, T), lengths: tensor(lengths) };
}

/** [sin(t·f) cos(t·f)] with 128 frequencies f from 1 to 1/10,000: Vaswani et al. (2017), section 3.5, as tensor2tensor has it. */
function timingSignal(T: number): Tensor {
  const count = EMBEDDING / 2;
  const frequencies = Array.from({ length: count }, (_, k) => 10_000 ** (-k / (count - 1)));
  const angles = arange(T).unsqueeze(1).mul(tensor(frequencies)); // [T, 128]
  return concat([angles.sin(), angles.cos()], 1);
}
