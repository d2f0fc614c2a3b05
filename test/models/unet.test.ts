// The U-Net: diffusers' own dummy model gives diffusers' own pictures; conditions act; sizes are checked.
import { describe, expect, it, beforeEach } from "vitest";
import { backprop, count, js, load, parameters, randn, seed, tensor, tidy, use, zeros, type Tensor } from "genarch"; // prettier-ignore
import { ddim, ddpm, last, NoiseSchedule, UNet, type Condition } from "genarch/models";
import { close, eachBackend, numbers } from "../support.js";
import { torchRandom } from "./torch-random.js";
import { stored } from "./trained.js";

/** diffusers' tests/pipelines/ddpm: dummy_uncond_unet, made after torch.manual_seed(0). */
function dummyUNet(): UNet {
  const config = {
    channels: 3,
    width: 4,
    multipliers: [1, 2],
    attention: [false, true],
    groups: 4,
  };
  const model = new UNet(config);
  const shapes = new Map([...parameters(model)].map(([path, { shape }]) => [path, [...shape]]));
  const torch = torchRandom(0);
  const made: Record<string, [number[], Float32Array]> = {};
  for (const path of [...shapes.keys()].sort(asBuilt)) {
    const shape = shapes.get(path)!;
    const size = shape.reduce((a, b) => a * b);
    const fanIn = size / shape[0]!;
    if (/norm/.test(path)) made[path] = [shape, new Float32Array(size).fill(/bias/.test(path) ? 0 : 1)];
    else {
      const [, weight] = made[path.replace(/bias$/, "weight")] ?? [];
      const bound = 1 / Math.sqrt(weight ? weight.length / shape[0]! : fanIn);
      made[path] = [shape, Float32Array.from({ length: size }, () => (2 * torch.uniform() - 1) * bound)];
    }
  } // prettier-ignore
  load(model, stored(made));
  return model;
}

/** The order in which PyTorch's constructors draw weights. */
function asBuilt(a: string, b: string): number {
  const top = ["conv_in", "time_embedding", "down_blocks", "mid_block", "up_blocks", "conv_norm_out", "conv_out"];
  const rank = (path: string): number[] => {
    const [part, ...rest] = path.split(".");
    const level = /_blocks\.(\d)/.exec(path)?.[1] ?? "0";
    const resize = Number(/samplers/.test(path));
    const block = /(resnets|attentions)\.(\d)/.exec(path);
    const layer = ["linear_1", "linear_2", "group_norm", "to_q", "to_k", "to_v", "to_out", "norm1", "conv1", "time_emb_proj", "norm2", "conv2", "conv_shortcut"];
    const middle = part === "mid_block"; // its second residual block comes after the attention
    const turn = block ? 2 * Number(block[2]) + Number(block[1] === "attentions") : 0;
    return [top.indexOf(part!), Number(level), resize, middle ? turn : turn, layer.findIndex((l) => rest.includes(l)), Number(path.endsWith("bias"))];
  };
  const [x, y] = [rank(a), rank(b)];
  const k = x.findIndex((value, at) => value !== y[at]);
  return k < 0 ? 0 : x[k]! - y[k]!;
} // prettier-ignore

describe("diffusers' dummy U-Net, from a seed alone", () => {
  beforeEach(() => use(js));
  const linear = NoiseSchedule.linear(1000);
  const torch = () => {
    const { normal } = torchRandom(0);
    return (shape: readonly number[]) => tensor(normal(192), { shape });
  };
  /** The picture's corner, from 0 to 1: image[0, -3:, -3:, -1]. */
  async function corner(x: Tensor): Promise<number[]> {
    const picture = x.mul(0.5).add(0.5).clamp(0, 1);
    return numbers(picture.slice(1, 2).slice(2, 5).slice(3, 5));
  }

  it("has as many parameters", () => expect(count(dummyUNet())).toBe(11_767));

  it("DDPM in two steps: test_ddpm.py, test_fast_inference", async () => {
    const unet = dummyUNet();
    const options = { steps: 2, spacing: "leading", clip: 1, noise: torch() } as const;
    using x = await last(ddpm((y, t) => unet.forward(y, t), linear, [1, 3, 8, 8], options));
    const wanted = [0, 0.9996672, 0.00329116, 1, 0.9995991, 1, 0.0060907, 0.00115037, 0];
    close(await corner(x), wanted, { absolute: 5e-6 });
  });

  it("DDIM in two steps: test_ddim.py, test_inference", async () => {
    const unet = dummyUNet();
    const options = { steps: 2, spacing: "leading", clip: 1, noise: torch() } as const;
    using x = await last(ddim((y, t) => unet.forward(y, t), linear, [1, 3, 8, 8], options));
    const wanted = [0, 0.9979, 0, 0.9999, 0.9986, 0.9991, 7.106e-4, 0, 0];
    close(await corner(x), wanted, { absolute: 2e-4 });
  });
});

eachBackend(() => {
  beforeEach(() => seed(7));
  const size = { channels: 1, width: 8, multipliers: [1, 2] };
  const steps = (B: number) => tensor(new Array<number>(B).fill(3), { dtype: "i32" });
  const out = (model: UNet, x: Tensor, condition?: Condition) =>
    numbers(tidy(() => model.forward(x, steps(x.shape[0]!), condition)));
  const apart = (a: number[], b: number[]) =>
    a.reduce((most, value, k) => Math.max(most, Math.abs(value - b[k]!)), 0);

  it("the step, the class and the caption each change what it says", async () => {
    const model = new UNet({ ...size, classes: 3, text: 6 });
    const x = randn([2, 1, 8, 8]);
    const label = (k: number) => tensor([k, k], { dtype: "i32" });
    const text = randn([2, 4, 6]);
    const plain = await out(model, x);
    const later = await numbers(tidy(() => model.forward(x, steps(2).add(5))));
    expect(plain).toHaveLength(128);
    expect(apart(plain, later)).toBeGreaterThan(1e-3);
    const [one, two] = [await out(model, x, { label: label(1) }), await out(model, x, { label: label(2) })];
    expect(apart(one, two)).toBeGreaterThan(1e-3);
    expect(apart(plain, await out(model, x, { text }))).toBeGreaterThan(1e-3);
  }); // prettier-ignore

  it("words that the mask hides do not count", async () => {
    const model = new UNet({ ...size, text: 6 });
    const x = randn([1, 1, 8, 8]);
    const text = randn([1, 4, 6]);
    const mask = tensor([[true, true, false, false]]);
    const longer = tidy(() => text.slice(1, 0, 2).pad(1, 0, 2, 9));
    const [a, b] = [await out(model, x, { text, mask }), await out(model, x, { text: longer, mask })]; // prettier-ignore
    expect(apart(a, b)).toBeLessThan(1e-6);
    expect(apart(a, await out(model, x, { text }))).toBeGreaterThan(1e-4);
  });

  it("training leaves out a share of the conditions, all if told to", async () => {
    const model = new UNet({ ...size, classes: 2, text: 6, dropCondition: 1 });
    const x = randn([2, 1, 8, 8]);
    const condition = { label: tensor([0, 1], { dtype: "i32" }), text: randn([2, 3, 6]) };
    const free = await out(model, x);
    const { loss, seen } = backprop(model, () => {
      const seen = model.forward(x, steps(2), condition);
      return { loss: seen.mean(), seen };
    });
    await loss.item();
    expect(apart(await numbers(seen), free)).toBeLessThan(1e-5);
    expect(apart(await out(model, x, condition), free)).toBeGreaterThan(1e-4); // but only in training
  });

  it("says which sizes do not fit", () => {
    const model = new UNet({ ...size, multipliers: [1, 2, 2] });
    const x = zeros([1, 1, 6, 8]);
    expect(() => model.forward(x, steps(1))).toThrow(
      "UNet.forward: got [1, 1, 6, 8]; 3 levels want a height and width that 4 divides",
    );
    const label = zeros([1], "i32");
    expect(() => model.forward(zeros([1, 1, 8, 8]), steps(1), { label })).toThrow(
      "UNet.forward: got labels, but config.classes is not set",
    );
    expect(() => model.forward(zeros([1, 1, 8, 8]), steps(1), { text: zeros([1, 1, 4]) })).toThrow(
      "UNet.forward: got a caption, but config.text is not set",
    );
    expect(() => new UNet({ ...size, attention: [true] })).toThrow(
      "UNet: attention says yes or no for 1 levels, but multipliers make 2",
    );
    expect(() => model.forward(zeros([2, 1, 8, 8]), steps(3))).toThrow(
      "UNet.forward: t is [3]; one for each of 2 images is wanted",
    );
    const captioned = new UNet({ ...size, text: 4 });
    expect(() =>
      captioned.forward(zeros([2, 1, 8, 8]), steps(2), { text: zeros([3, 1, 4]) }),
    ).toThrow("UNet.forward: text is [3, 1, 4]; one for each of 2 images is wanted");
    const asked = new UNet({ ...size, classes: 3 });
    expect(() => asked.forward(zeros([2, 1, 8, 8]), steps(2), { label })).toThrow(
      "ClassEmbedding: labels are [1], but there are 2 examples; give one label each, [2]",
    );
  });
});
