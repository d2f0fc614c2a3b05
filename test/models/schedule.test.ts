// Noise schedules, what a network is taught, and the embedding of a step: against numbers of published code.
import { readFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { js, tensor, tidy, use } from "genarch";
import {
  karrasSigmas,
  levelsOf,
  minSNRWeights,
  NoiseSchedule,
  posterior,
  targetOf,
  timestepEmbedding,
} from "genarch/models";
import { close, numbers } from "../support.js";

type Numbers = Record<string, number>;
const golden = JSON.parse(
  readFileSync(new URL("../vectors/models/goldens.json", import.meta.url), "utf8"),
) as Record<string, Numbers> & { karras10: number[] };
const waves = golden as unknown as Record<string, number[]>;

const near = (found: number, wanted: number) => close([found], [wanted], { relative: 1e-9, absolute: 1e-15 }); // prettier-ignore

describe("noise schedules", () => {
  it("linear: Ho et al.'s ᾱ, and the posterior of a step", () => {
    const { alphaBars } = NoiseSchedule.linear();
    const wanted = golden["linear"]!;
    near(alphaBars[0]!, wanted["abar0"]!);
    near(alphaBars[499]!, wanted["abar499"]!);
    near(alphaBars[999]!, wanted["abar999"]!);
    const q = (t: number) => posterior(alphaBars[t]!, alphaBars[t - 1]!);
    near(q(1).variance, wanted["post_var1"]!);
    near(q(999).variance, wanted["post_var999"]!);
    near(q(500).fromStart, wanted["coef1_500"]!);
    near(q(500).fromNoisy, wanted["coef2_500"]!);
  });

  it("linear with fewer steps does as much in all", () => {
    const end = (steps: number) => NoiseSchedule.linear(steps).alphaBars.at(-1)!;
    for (const steps of [10, 100, 300]) expect(end(steps)).toBeLessThan(1e-4);
  });

  it("cosine: Nichol and Dhariwal's, of which one β is clipped", () => {
    const schedule = NoiseSchedule.cosine();
    const wanted = golden["cosine"]!;
    const betas = Array.from({ length: 1000 }, (_, t) => schedule.beta(t));
    near(betas[0]!, wanted["beta0"]!);
    near(betas[500]!, wanted["beta500"]!);
    near(betas[999]!, wanted["beta999"]!);
    expect(betas.filter((beta) => beta > 0.998)).toHaveLength(wanted["n_clipped"]!);
    near(schedule.alphaBars[499]!, wanted["abar499"]!);
    near(schedule.alphaBars[999]!, wanted["abar999"]!);
  });

  it("scaled linear: Stable Diffusion's", () => {
    const { alphaBars } = NoiseSchedule.scaledLinear();
    const wanted = golden["scaled_linear_SD"]!;
    near(alphaBars[0]!, wanted["abar0"]!);
    near(alphaBars[999]!, wanted["abar999"]!);
    near(Math.sqrt((1 - alphaBars[999]!) / alphaBars[999]!), wanted["sigma_max"]!);
    near(Math.sqrt((1 - alphaBars[0]!) / alphaBars[0]!), wanted["sigma_min"]!);
  });

  it("with a zero end: nothing of the data is left", () => {
    const { alphaBars } = NoiseSchedule.linear().withZeroEnd();
    near(alphaBars[0]!, golden["zsnr_linear"]!["abar0"]!);
    near(alphaBars[499]!, golden["zsnr_linear"]!["abar499"]!);
    expect(alphaBars[999]).toBe(0);
  });

  it("must fall", () => {
    const sentence = "NoiseSchedule: ᾱ must fall at every step, and lie from 0 up to (not with) 1";
    expect(() => new NoiseSchedule(Float64Array.of(0.9, 0.9))).toThrow(sentence);
    expect(() => new NoiseSchedule(Float64Array.of(1.2, 0.9))).toThrow(sentence);
    expect(() => NoiseSchedule.cosine(0)).toThrow(
      "NoiseSchedule: steps is 0; it must be a whole number from 1",
    );
  });
});

describe("levels of a sampler", () => {
  const steps = (spacing: Parameters<typeof levelsOf>[2]) =>
    levelsOf(NoiseSchedule.linear(1000), 4, spacing, "clean").map(({ t }) => t);

  it("leading, trailing, linspace; the end is the data", () => {
    expect(steps("leading")).toEqual([750, 500, 250, 0, 0]);
    expect(steps("trailing")).toEqual([999, 749, 499, 249, 0]);
    expect(steps("linspace")).toEqual([999, 749, 500, 250, 0]);
    const ends = levelsOf(NoiseSchedule.linear(1000), 4, "trailing", "clean").at(-1)!;
    expect(ends.alphaBar).toBe(1);
  });

  it("Karras'", () => {
    close(karrasSigmas(10, 0.002, 80), golden.karras10, { relative: 1e-12 });
    const [first, , , , end] = levelsOf(NoiseSchedule.linear(1000), 4, "karras", "first");
    expect(first!.t).toBe(999);
    expect(end!.alphaBar).toBe(NoiseSchedule.linear(1000).alphaBars[0]);
  });
});

describe("what a network is taught", () => {
  beforeEach(() => use(js));
  const schedule = NoiseSchedule.linear();

  it("DDIM's variance between steps far apart: diffusers' _get_variance", () => {
    const variance = (t: number, s: number) =>
      posterior(schedule.alphaBars[t]!, schedule.alphaBars[s]!).variance;
    close([variance(420, 400), variance(980, 960)], [0.14771, 0.3246], { relative: 1e-4 });
  });

  it("min-SNR weights", () => {
    for (const t of [100, 500]) {
      const wanted = golden[`minsnr_t${t}`]!;
      near(schedule.snr(t), wanted["snr"]!);
      near(minSNRWeights(schedule, "noise")[t]!, wanted["eps"]!);
      near(minSNRWeights(schedule, "x0")[t]!, wanted["x0"]!);
      near(minSNRWeights(schedule, "v")[t]!, wanted["v"]!);
    }
  });

  it("min-SNR weights that no step falls below: an error of x0 then counts 1 to γ times", () => {
    const own = minSNRWeights(schedule, "v", 5);
    const held = minSNRWeights(schedule, "v", 5, 1);
    for (const [t, weight] of held.entries()) {
      const snr = schedule.snr(t);
      if (snr >= 1) expect(weight).toBe(own[t]);
      else close([weight * (snr + 1)], [1], { relative: 1e-12 });
    }
    expect(held.at(-1)).toBeGreaterThan(1000 * own.at(-1)!); // where there is next to nothing but noise
  });

  it("v = √ᾱ·ε − √(1 − ᾱ)·x0", async () => {
    const a = schedule.alphaBars[300]!;
    const t = tensor([300], { dtype: "i32" });
    const v = tidy(() => targetOf("v", schedule, tensor([[2, -1]]), t, tensor([[0.5, 3]])));
    const at = (x0: number, e: number) => Math.sqrt(a) * e - Math.sqrt(1 - a) * x0;
    close(await numbers(v), [at(2, 0.5), at(-1, 3)], { relative: 1e-12 });
  });

  it("waves of a step, in both published orders", async () => {
    const t = tensor([10], { dtype: "i32" });
    const form = async (name: "cos-sin" | "sin-cos") =>
      numbers(tidy(() => timestepEmbedding(t, 8, name)));
    const wanted = Object.entries(waves);
    const named = (start: string) => wanted.find(([name]) => name.startsWith(start))![1];
    close(await form("cos-sin"), named("temb_guided"), { relative: 1e-12 });
    close(await form("sin-cos"), named("temb_ddpm"), { relative: 1e-12 });
    expect(() => timestepEmbedding(t, 7)).toThrow(
      "timestepEmbedding: width is 7; it must be an even number from 4, half cosines and half sines",
    );
  });
});
