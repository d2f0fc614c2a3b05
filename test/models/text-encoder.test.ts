// The caption encoder: what it reads counts, what is padding does not; with a U-Net it learns which caption is which.
import { beforeEach, expect, it } from "vitest";
import { backprop, randn, seed, tensor, tidy, use, wasm, type Tensor } from "genarch";
import { CaptionEncoder, diffusionLoss, dpmSolver, guided, last, NoiseSchedule, UNet, type Denoiser } from "genarch/models"; // prettier-ignore
import { adam } from "genarch/train";
import { close, eachBackend, numbers } from "../support.js";

const size = { vocab: 9, context: 6, width: 8, layers: 2, heads: 2 };
const part = (x: Tensor, row: number, from: number, to: number) =>
  numbers(tidy(() => x.slice(0, row, row + 1).slice(1, from, to)));

eachBackend(() => {
  beforeEach(() => seed(1));

  it("gives each token a vector that depends on all tokens, before and after", async () => {
    const encoder = new CaptionEncoder(size);
    const read = (...captions: number[][]) => tidy(() => encoder.forward(encoder.padded(captions)));
    const x = read([3, 1, 4], [3, 1, 5], [7, 1, 4]);
    expect(x.shape).toEqual([3, 6, 8]);
    const [first, otherEnd, otherStart] = await Promise.all([0, 1, 2].map((row) => part(x, row, 1, 2))); // prettier-ignore
    const apart = (a: number[], b: number[]) => Math.max(...a.map((v, k) => Math.abs(v - b[k]!)));
    expect(apart(first!, otherEnd!)).toBeGreaterThan(1e-3);
    expect(apart(first!, otherStart!)).toBeGreaterThan(1e-3);
  });

  it("does not see padding", async () => {
    const encoder = new CaptionEncoder(size);
    const { tokens, mask } = encoder.padded([[3, 1]]);
    const other = tensor(Int32Array.from([3, 1, 8, 8, 8, 8]), { shape: [1, 6] });
    const [a, b] = [tokens, other].map((t) => tidy(() => encoder.forward({ tokens: t, mask })));
    close(await part(a!, 0, 0, 2), await part(b!, 0, 0, 2), { absolute: 1e-6 });
  });

  it("cuts what is too long, and says what does not fit", async () => {
    const encoder = new CaptionEncoder(size);
    const { tokens, mask } = encoder.padded([[1, 2, 3, 4, 5, 6, 7, 8], []]);
    expect(await tokens.array()).toEqual([
      [1, 2, 3, 4, 5, 6],
      [0, 0, 0, 0, 0, 0],
    ]);
    expect(await mask.cast("f32").sum().item()).toBe(6);
    const long = tensor(new Int32Array(7), { shape: [1, 7] });
    expect(() => encoder.forward({ tokens: long, mask: long.gt(-1) })).toThrow(
      "CaptionEncoder.forward: captions have 7 tokens, but config.context is 6; cut them, as `padded` does",
    );
    expect(() => new CaptionEncoder({ ...size, heads: 3 })).toThrow(
      "CaptionEncoder: 3 heads do not divide a width of 8; choose a multiple",
    );
  });

  it(
    "is taught by the U-Net's loss, down to the words that were read",
    { timeout: 240_000 },
    async () => {
      const model = small(0);
      const captions = model.text.padded([[1, 3]]);
      const { grads } = backprop(model, () => {
        const condition = { text: model.text.forward(captions), mask: captions.mask };
        return model.unet
          .forward(randn([1, 1, 8, 8]), tensor([5]), condition)
          .square()
          .mean();
      });
      const rows = (await grads.of(model.text.tokens.weight).abs().sum(1).array()) as number[];
      const taught = rows.flatMap((sum, id) => (sum > 1e-9 ? [id] : []));
      expect(taught).toEqual([1, 3]);
    },
  );
});

it("learns with a U-Net to draw what is asked for", { timeout: 60_000 }, async () => {
  await use(wasm);
  seed(1);
  const model = small();
  const schedule = NoiseSchedule.cosine(100);
  const optimizer = adam(model, { lr: 1e-2 });
  const captions = model.text.padded([[1, 3], [2, 3], [1, 4], [2, 4]]); // prettier-ignore
  const wanted = [1, -1, 1, -1]; // by the first word: white or black
  const x = tensor(wanted.map((colour) => Array<number>(64).fill(colour))).reshape(4, 1, 8, 8);
  for (let k = 0; k < 120; k++) {
    using result = backprop(model, () => {
      const condition = { text: model.text.forward(captions), mask: captions.mask };
      const denoise: Denoiser = (xt, t) => model.unet.forward(xt, t, condition);
      return diffusionLoss(denoise, schedule, x, { predicts: "v" });
    });
    optimizer.step(result.grads);
  }
  const condition = { text: tidy(() => model.text.forward(captions)), mask: captions.mask };
  const conditional: Denoiser = (xt, t) => model.unet.forward(xt, t, condition);
  const denoise = guided(conditional, (xt, t) => model.unet.forward(xt, t), 2);
  const options = { steps: 6, predicts: "v", clip: 1 } as const;
  const drawn = await last(dpmSolver(denoise, schedule, [4, 1, 8, 8], options));
  const means = await numbers(tidy(() => drawn.mean([1, 2, 3])));
  expect(means.map(Math.sign)).toEqual(wanted);
  expect(Math.min(...means.map(Math.abs))).toBeGreaterThan(0.7);
});

const small = (dropCondition = 0.1) => ({
  text: new CaptionEncoder({ ...size, layers: 1, context: 2 }),
  unet: new UNet({ channels: 1, width: 8, multipliers: [1, 1], text: 8, dropCondition }),
});
