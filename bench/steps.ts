/**
 * genarch's side of the training steps of torch_rows.py, shape for shape. Each function builds model, data
 * and optimizer, and gives a step that resolves to its loss when the parameters are updated.
 */
import { arange, backprop, randint, type Tensor } from "genarch";
import { attention, Embedding, GRU, LayerNorm, Linear, LSTM, RNN } from "genarch/layers";
import { adam, adamw, crossEntropy } from "genarch/train";
import { stepSizes, type Size } from "./rows.js";

export type Step = () => Promise<number>;
export type Workload = "rnn" | "gru" | "lstm" | "gpt";

const V = 65;

function recurrentStep(
  Layer: typeof RNN | typeof GRU | typeof LSTM,
  { B, T, C: H }: Size = stepSizes.lstm,
): Step {
  const model = { embedding: new Embedding(V, H), layer: new Layer(H, H), out: new Linear(H, V) };
  const optimizer = adam(model, { lr: 1e-3 });
  const x = randint(0, V, [B, T]), y = randint(0, V, [B, T]); // prettier-ignore
  return step(optimizer, model, [x, y], () => {
    const { output } = model.layer.forward(model.embedding.forward(x)); // [B, T, H]
    return crossEntropy(model.out.forward(output), y);
  });
}

class Block {
  readonly norm1;
  readonly norm2;
  readonly qkv;
  readonly project;
  readonly up;
  readonly down; // prettier-ignore
  constructor(
    readonly C: number,
    readonly heads: number,
  ) {
    this.norm1 = new LayerNorm(C);
    this.norm2 = new LayerNorm(C);
    this.qkv = new Linear(C, 3 * C);
    this.project = new Linear(C, C);
    this.up = new Linear(C, 4 * C);
    this.down = new Linear(4 * C, C);
  }
  forward(x: Tensor): Tensor {
    const { B, T, C } = x.dims("B T C");
    const split = (t: Tensor) => t.reshape(B, T, this.heads, C / this.heads).transpose(1, 2);
    const [q, k, v] = this.qkv.forward(this.norm1.forward(x)).split(3, -1).map(split) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const mixed = attention(q, k, v, { causal: true }).transpose(1, 2).reshape(B, T, C);
    x = x.add(this.project.forward(mixed));
    return x.add(this.down.forward(this.up.forward(this.norm2.forward(x)).gelu()));
  }
}

/** Heads of 32 channels, whatever the width. `maxNorm`: that of all gradients together. */
function gptStep({ B, T, C }: Size = stepSizes.gpt, maxNorm = Infinity): Step {
  const [layers, heads] = [4, C / 32];
  const model = {
    token: new Embedding(V, C),
    position: new Embedding(T, C),
    blocks: Array.from({ length: layers }, () => new Block(C, heads)),
    norm: new LayerNorm(C),
    head: new Linear(C, V, { bias: false }),
  };
  const optimizer = adamw(model, { lr: 1e-3 });
  const x = randint(0, V, [B, T]), y = randint(0, V, [B, T]); // prettier-ignore
  const loss = (): Tensor => {
    const h = model.token.forward(x).add(model.position.forward(arange(T)));
    return crossEntropy(h.pipe(...model.blocks, model.norm, model.head), y);
  };
  return step(optimizer, model, [x, y], loss, maxNorm);
}

/** One step on `data`, which is made before the first; gradients are clipped where `maxNorm` is finite. */
export function step(
  optimizer: ReturnType<typeof adam>,
  model: object,
  data: readonly Tensor[],
  loss: () => Tensor,
  maxNorm = Infinity,
): Step {
  const made = Promise.all(data.map((x) => x.data()));
  return async () => {
    await made;
    using result = backprop(model, loss);
    optimizer.step(maxNorm < Infinity ? result.grads.clip(maxNorm) : result.grads);
    return await result.loss.item();
  };
}

/** The two steps whose sizes are scaled. */
export const scaledSteps = {
  gpt: (size: Size) => gptStep(size),
  lstm: (size: Size) => recurrentStep(LSTM, size),
};

/** The GPT's step with gradients of norm 1 at most. */
export const clippedStep = (): Step => gptStep(undefined, 1);

export const steps: Record<Workload, () => Step> = {
  rnn: () => recurrentStep(RNN),
  gru: () => recurrentStep(GRU),
  lstm: () => recurrentStep(LSTM),
  gpt: () => gptStep(),
};
