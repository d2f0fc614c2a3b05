/**
 * Every architecture learns a toy task: one table for all backends, in Node and in the browser. Each fails
 * if it does not learn, plans anew after its first steps, or leaves tensors behind.
 */
import { expect } from "vitest";
import {
  backprop,
  memory,
  plansMade,
  randn,
  seed,
  tensor,
  tidy,
  zeros,
  type Tensor,
} from "genarch";
import { CharacterTokenizer, windows } from "genarch/data";
import {
  collect,
  convVAE,
  ddim,
  diffusionLoss,
  generate,
  GPT,
  last,
  Llama,
  mlpVAE,
  NoiseSchedule,
  nonSaturating,
  PointDenoiser,
  PointDiscriminator,
  PointGenerator,
  r1,
  RecurrentLM,
  UNet,
  type Denoiser,
} from "genarch/models";
import { adam, adamw, crossEntropy, mse } from "genarch/train";
import { numbers } from "../support.js";

/** `quick`: fewer steps and a nearer goal, for a backend that is slow. */
export type Toy = { name: string; learn(quick: boolean): Promise<void> };

/** Runs `step` so often and returns its losses: from the third on one plan, and no memory to spare. */
async function losses(count: number, step: (k: number) => Promise<number>): Promise<number[]> {
  const all = [await step(0), await step(1)];
  const plans = plansMade();
  for (let k = 2; k < count; k++) {
    const { tensors } = memory();
    all.push(await step(k));
    expect(memory().tensors).toBeLessThanOrEqual(tensors); // others' garbage may go meanwhile
  }
  expect(plansMade()).toBe(plans);
  return all;
}

const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b) / list.length;
const tokens = (rows: number[][]): Tensor => tensor(rows, { dtype: "i32" });

// ** texts **

const POEM = "abcde".repeat(40);

/** Places that move on with the step; any will do. */
function place(step: number): () => number {
  let k = 0;
  return () => ((step * 7 + 13 * k++) % 31) / 31;
}

const logitsOf = (out: ReturnType<GPT["forward"]> | ReturnType<RecurrentLM["forward"]>): Tensor =>
  "logits" in out ? out.logits : out;

/** A text with a period of five: the model says it on. */
async function learnPoem(model: GPT | RecurrentLM): Promise<void> {
  const tokenizer = new CharacterTokenizer(POEM);
  const codes = tokenizer.encode(POEM);
  const optimizer = adam(model, { lr: 2e-2 });
  const all = await losses(60, async (step) => {
    const { x, y } = windows(codes, 8, 4, place(step));
    using input = tensor(x, { shape: [4, 8] });
    using target = tensor(y, { shape: [4, 8] });
    using result = backprop(model, () => crossEntropy(logitsOf(model.forward(input)), target));
    optimizer.step(result.grads);
    return result.loss.item();
  });
  expect(all.at(-1)).toBeLessThan(0.1);
  const before = memory().tensors;
  const options = { count: 12, temperature: 0.2 };
  const written = await collect(generate(model, tokenizer.encode("abc"), options));
  expect(tokenizer.decode(Int32Array.from(written))).toBe("deabcdeabcde");
  expect(memory().tensors).toBeLessThanOrEqual(before);
}

const recurrent = (cell: "rnn" | "gru" | "lstm") =>
  new RecurrentLM({ cell, vocab: 5, width: 8, hidden: 16 });

async function learnByHeart(): Promise<void> {
  const size = { vocab: 11, context: 8, layers: 2, heads: 4, width: 16, hidden: 24 };
  const model = new Llama({ ...size, kvHeads: 1, tied: false });
  const optimizer = adamw(model, { lr: 0.01 });
  const text = [3, 1, 4, 1, 5, 9, 2, 6, 5];
  const [x, y] = [tokens([text.slice(0, -1)]), tokens([text.slice(1)])];
  const all = await losses(60, async () => {
    using result = backprop(model, () => crossEntropy(model.forward(x), y));
    optimizer.step(result.grads);
    return result.loss.item();
  });
  expect(all[0]).toBeGreaterThan(2);
  expect(all.at(-1)).toBeLessThan(0.1);
}

// ** images **

/** A bar at one of eight places, across (class 0) or down (class 1), in 8×8. */
function bars(count: number): { x: Tensor; label: Tensor } {
  const pixels = new Float32Array(count * 64);
  const label = Int32Array.from({ length: count }, (_, k) => k % 2);
  for (let k = 0; k < count; k++) {
    const at = Math.floor(k / 2) % 8;
    for (let i = 0; i < 8; i++) pixels[64 * k + (k % 2 ? 8 * i + at : 8 * at + i)] = 1;
  }
  return { x: tensor(pixels, { shape: [count, 1, 8, 8] }), label: tensor(label) };
}

/** Convolutions see which bar it is. */
async function learnBars(quick: boolean): Promise<void> {
  const model = convVAE({ size: 8, width: 8, hidden: 64, latent: 4 });
  const { x } = bars(16);
  const optimizer = adam(model, { lr: 1e-2 });
  const [steps, bound] = quick ? [120, 20] : [300, 10];
  const all = await losses(steps, async () => {
    using result = backprop(model, () => model.loss(x, { beta: 0.1 }));
    optimizer.step(result.grads);
    return result.loss.item();
  });
  expect(all[0]).toBeGreaterThan(35); // 64 pixels of log 2 are 44
  expect(all.at(-1)).toBeLessThan(bound); // the mean of all bars would cost 24
}

/** Told the class, an MLP draws what it is asked for. */
async function learnToDraw(quick: boolean): Promise<void> {
  const model = mlpVAE({ inputs: 64, hidden: 48, latent: 3, classes: 2 });
  const { x: images, label } = bars(16);
  const x = images.reshape(16, 64);
  const optimizer = adam(model, { lr: 1e-2 });
  await losses(quick ? 150 : 300, async () => {
    using result = backprop(model, () => model.loss(x, { label }));
    optimizer.step(result.grads);
    return result.loss.item();
  });
  const asked = tensor(Int32Array.from({ length: 40 }, (_, k) => k % 2));
  using drawn = tidy(() => model.sample(40, asked).reshape(40, 8, 8));
  // Across: one row holds most of the light; down: one column.
  using light = tidy(() => drawn.sum(2).max(1).sub(drawn.sum(1).max(1)));
  const right = (await numbers(light)).filter((d, k) => (k % 2 ? d < 0 : d > 0)).length;
  expect(right).toBeGreaterThanOrEqual(36);
}

/** White on the left, black on the right: a U-Net tells them from noise. */
async function learnHalves(quick: boolean): Promise<void> {
  const model = new UNet({ channels: 1, width: quick ? 4 : 8, multipliers: [1, 2] });
  const optimizer = adam(model, { lr: 4e-3 });
  const schedule = NoiseSchedule.cosine(50);
  const B = 8;
  const data = tidy(() => {
    const left = zeros([B, 1, 8, 8]).rangeLike(3).lt(4).cast("f32");
    return left.mul(2).sub(1).expand(B, 1, 8, 8);
  });
  const denoise: Denoiser = (x, t) => model.forward(x, t);
  const all = await losses(quick ? 25 : 60, async () => {
    using result = backprop(model, () =>
      diffusionLoss(denoise, schedule, data, { predicts: "v", gamma: 5 }),
    );
    optimizer.step(result.grads);
    return result.loss.item();
  });
  expect(mean(all.slice(-5))).toBeLessThan((quick ? 0.7 : 0.35) * mean(all.slice(0, 5)));
  if (quick) return;
  const options = { steps: 10, predicts: "v", clip: 1 } as const;
  using x = await last(ddim(denoise, schedule, [2, 1, 8, 8], options));
  using error = tidy(() => mse(x, data.slice(0, 0, 2)));
  expect(await error.item()).toBeLessThan(0.15);
}

// ** points **

/** Two clouds, at (1, 1) and (−1, −1). */
function clouds(count: number): Tensor {
  return tidy(() => {
    const side = randn([count, 1]).gt(0).cast("f32").mul(2).sub(1);
    return randn([count, 2]).mul(0.1).add(side);
  });
}

/** The share of points within half of a cloud's middle, and of those that are on the right. */
async function near(points: Tensor): Promise<{ close: number; right: number }> {
  const rows = (await points.array()) as [number, number][];
  const found = rows.filter(([x, y]) => Math.hypot(Math.abs(x) - 1, Math.abs(y) - 1) < 0.5 && x * y > 0);
  const right = found.filter(([x]) => x > 0).length;
  return { close: found.length / rows.length, right: right / found.length };
} // prettier-ignore

/** The game with R1, whose gradient is differentiated again: both clouds are found. */
async function learnTheGame(): Promise<void> {
  const G = new PointGenerator({ width: 32, latent: 4 });
  const D = new PointDiscriminator({ width: 32 });
  const [gOptimizer, dOptimizer] = [G, D].map((m) => adam(m, { lr: 3e-3, betas: [0, 0.99] }));
  await losses(100, async () => {
    using real = clouds(64);
    using d = backprop(D, () => {
      const loss = nonSaturating.discriminator(D.forward(real), D.forward(G.sample(64)));
      return loss.add(r1((x) => D.forward(x), real).mul(0.5));
    });
    dOptimizer!.step(d.grads);
    using g = backprop(G, () => nonSaturating.generator(D.forward(G.sample(64)), real));
    gOptimizer!.step(g.grads);
    return g.loss.item();
  });
  using drawn = tidy(() => G.sample(500));
  const { close, right } = await near(drawn);
  expect(close).toBeGreaterThan(0.6);
  expect(Math.abs(right - 0.5)).toBeLessThan(0.35);
}

/** A diffusion draws from both clouds. */
async function learnClouds(): Promise<void> {
  const schedule = NoiseSchedule.cosine(50);
  const model = new PointDenoiser({ width: 32, layers: 2 });
  const optimizer = adam(model, { lr: 1e-2 });
  const denoise: Denoiser = (x, t) => model.forward(x, t);
  await losses(100, async () => {
    using x = clouds(64);
    using result = backprop(model, () => diffusionLoss(denoise, schedule, x, { predicts: "v" }));
    optimizer.step(result.grads);
    return result.loss.item();
  });
  const options = { steps: 20, predicts: "v", clip: 1.3 } as const;
  using drawn = await last(ddim(denoise, schedule, [500, 2], options));
  const { close, right } = await near(drawn);
  expect(close).toBeGreaterThan(0.6);
  expect(Math.abs(right - 0.5)).toBeLessThan(0.25);
}

const seeded = (name: string, learn: Toy["learn"], text = name): Toy => ({
  name,
  async learn(quick) {
    seed(text);
    await learn(quick);
  },
});

export const toys: readonly Toy[] = [
  seeded("RNN: a text", () => learnPoem(recurrent("rnn"))),
  seeded("GRU: a text", () => learnPoem(recurrent("gru"))),
  seeded("LSTM: a text", () => learnPoem(recurrent("lstm"))),
  seeded("GPT: a text", () =>
    learnPoem(new GPT({ vocab: 5, context: 8, layers: 1, heads: 2, width: 16 })),
  ),
  seeded("Llama: a line by heart", learnByHeart),
  seeded("convolutional VAE: bars", learnBars, "c"), // of five seeds one stays at the mean
  seeded("VAE that is told the class: bars as asked", learnToDraw),
  seeded("U-Net diffusion: halves", learnHalves),
  seeded("GAN with R1: two clouds", learnTheGame),
  seeded("diffusion of points: two clouds", learnClouds),
];
