/** Training does not depend on threads: losses and weights are the same bits on 1, 2 and 3 of them. */
import { backprop, type Opener, parameters, randint, seed, type Tensor, use, wasm } from "genarch";
import { Embedding, Linear, LSTM } from "genarch/layers";
import { GPT } from "genarch/models";
import { adamw, crossEntropy } from "genarch/train";
import { describe, expect, it } from "vitest";
import { openWasm } from "../../src/kernels/wasm/index.js";

const [B, T, vocab] = [48, 32, 31];

type Trained = { losses: number[]; weights: ArrayLike<number>[] };
type Model = { forward(x: Tensor): Tensor };

/** An LSTM between an embedding and an output layer. */
class Sequence implements Model {
  readonly embedding = new Embedding(vocab, 64);
  readonly layer = new LSTM(64, 64);
  readonly out = new Linear(64, vocab);
  forward(x: Tensor): Tensor {
    return this.out.forward(this.layer.forward(this.embedding.forward(x)).output); // [B, T, vocab]
  }
}

const models: Record<string, () => Model> = {
  GPT: () => new GPT({ vocab, context: T, width: 64, heads: 4, layers: 2, dropout: 0.1 }),
  LSTM: () => new Sequence(),
};

/** A caller that leaves all shared work to its workers, so that it is sure that they did it. */
const workersOf = (threads: number): Opener => ({
  name: `workers of ${threads} threads`,
  open: () => openWasm({ threads }, { callerWorks: false }),
});

async function train(make: () => Model, opener: Opener): Promise<Trained> {
  await use(opener);
  seed("threads");
  const model = make();
  const optimizer = adamw(model, { lr: 1e-3 });
  const x = randint(0, vocab, [B, T]), y = randint(0, vocab, [B, T]); // prettier-ignore
  const losses: number[] = [];
  for (let k = 0; k < 8; k++) {
    using result = backprop(model, () => crossEntropy(model.forward(x), y));
    optimizer.step(result.grads.clip(1));
    losses.push(await result.loss.item());
  }
  const weights = await Promise.all([...parameters(model)].map(([, weight]) => weight.data()));
  return { losses, weights };
}

describe("the same bits on 1, 2 and 3 threads", () => {
  it.each(Object.entries(models))("%s", async (_, make) => {
    const alone = await train(make, wasm.with({ threads: 1 }));
    expect(alone.losses[7]).toBeLessThan(alone.losses[0]!);
    for (const opener of [wasm.with({ threads: 2 }), workersOf(2), workersOf(3)])
      expect(await train(make, opener), opener.name).toEqual(alone);
  });
});
