// The diffusion model of digits: the recipe trains and draws in small; what is given stays bit for bit; the example
// says the same numbers.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { memory, seed, tensor, tidy, use, wasm } from "genarch";
import { DigitDiffusion, digitDiffusion } from "../../src/compare/mnist-diffusion.js";
import { ImageDataset } from "../../src/data/index.js";

const small = {
  ...digitDiffusion,
  unet: { channels: 1, width: 8, multipliers: [1, 1, 1], classes: 10 },
  batch: 8,
  lr: 4e-3,
  decay: 0.9,
};

/** Stripes that lie for the label 0, and stand for 1; 7 pixels wide. */
const striped = (label: number, pixel: number): boolean =>
  Math.floor((label ? pixel % 28 : pixel / 28) / 7) % 2 === 1;

function stripes(count: number): ImageDataset {
  const labels = Uint8Array.from({ length: count }, (_, k) => k % 2);
  const white = (k: number) => striped(labels[Math.floor(k / 784)]!, k % 784);
  const pixels = Uint8Array.from({ length: count * 784 }, (_, k) => 255 * Number(white(k)));
  return new ImageDataset(pixels, [1, 28, 28], labels);
}

const mean = (x: Float32Array) => x.reduce((sum, value) => sum + value, 0) / x.length;

describe("DigitDiffusion", () => {
  let model: DigitDiffusion;
  const losses: number[] = [];

  beforeAll(async () => {
    await use(wasm);
    seed(1);
    model = new DigitDiffusion(small);
    const STEPS = 80;
    for (const batch of stripes(16).batches({ batch: 8, steps: STEPS, range: "signed" }))
      losses.push(await model.step(batch, batch.step / STEPS));
  }, 120_000);

  it("learns", () => {
    const [first, final] = [losses.slice(0, 10), losses.slice(-10)].map((some) => mean(Float32Array.from(some))); // prettier-ignore
    expect(final).toBeLessThan(0.5 * first!);
  });

  it("draws stripes, and not noise", async () => {
    const drawn = await model.draw([0, 1, 1], { steps: 5 });
    expect(drawn).toHaveLength(3 * 784);
    expect(mean(drawn.map((x) => Number(Math.abs(x) > 0.7)))).toBeGreaterThan(0.6); // of noise 0.48
    const next = drawn.map((x, k) => Number(x > 0 === drawn[k + 1]! > 0));
    expect(mean(next)).toBeGreaterThan(0.85); // of noise 0.5
  });

  it("films every step, from noise to the digit", async () => {
    const frames = await model.film([0, 1], { steps: 4 });
    expect(frames.map((frame) => frame.length)).toEqual(Array(4).fill(2 * 784));
  });

  it("keeps the known half of an inpainted digit bit for bit", async () => {
    seed(3);
    const pixels = Float32Array.from({ length: 784 }, (_, k) => Math.sin(k));
    using image = tensor(pixels, { shape: [1, 1, 28, 28] });
    const known = Float32Array.from({ length: 28 }, (_, column) => Number(column < 14));
    using mask = tidy(() => tensor(known).reshape(1, 1, 1, 28).gt(0.5));
    const drawn = await model.inpaint(image, mask, [0], { steps: 3 });
    const same = drawn.map((x, k) => Number(x === pixels[k]));
    expect(same.filter((_, k) => k % 28 < 14)).toEqual(new Float32Array(392).fill(1));
    expect(mean(same.filter((_, k) => k % 28 >= 14))).toBeLessThan(0.1);
  });

  it("draws on around an outpainted digit, and leaves no memory behind", async () => {
    using image = tensor(new Float32Array(784).fill(0.25), { shape: [1, 1, 28, 28] });
    await model.outpaint(image, { left: 8, right: 8 }, [0], { steps: 1 }); // what stays is made once
    const before = memory().tensors;
    const wide = await model.outpaint(image, { left: 8, right: 8 }, [0], { steps: 2 });
    expect(memory().tensors).toBe(before);
    expect(wide).toHaveLength(28 * 44);
    for (let row = 0; row < 28; row++)
      expect(wide.slice(row * 44 + 8, row * 44 + 36)).toEqual(new Float32Array(28).fill(0.25));
  });
});

it("examples/train-ddpm.ts says the recipe's numbers", () => {
  const script = readFileSync(new URL("../../examples/train-ddpm.ts", import.meta.url), "utf8");
  const { steps, batch, unet, sampling, lr, decay, predicts, gamma, least, scale } = digitDiffusion;
  const defaults = { steps, batch, width: unet.width, samples: sampling };
  for (const [name, value] of Object.entries(defaults))
    expect(script).toContain(`${name}: { type: "string", default: "${value}" }`);
  expect(script).toContain(`multipliers: [${unet.multipliers!.join(", ")}], classes: 10`);
  expect(script).toContain(`lr: ${lr.toExponential().replace("+", "")}`);
  expect(script).toContain(`decay: ${decay}`);
  expect(script).toContain(`predicts: "${predicts}", gamma: ${gamma}, least: ${least}`);
  expect(script).toContain(`draw(labels, ${scale})`);
});
