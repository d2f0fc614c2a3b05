// The samplers: against the sums that diffusers' own tests expect of a closed-form model, and what they promise.
import { beforeEach, describe, expect, it } from "vitest";
import { js, memory, ones, plansMade, rand, randn, seed, tensor, tidy, use, zeros, type Shape, type Tensor } from "genarch"; // prettier-ignore
import {
  ddim,
  ddpm,
  diffuse,
  dpmSolver,
  extended,
  guided,
  last,
  NoiseSchedule,
  type Denoiser,
} from "genarch/models";
import { close, eachBackend, noLeaks, numbers } from "../support.js";
import { torchRandom } from "./torch-random.js";

const SHAPE = [4, 3, 8, 8];
const linear = NoiseSchedule.linear(1000);

/** diffusers' dummy_sample_deter and dummy_noise_deter: 0, 1/768, … laid out as (3, 8, 8, 4), the last axis first. */
const ramp = (backwards = false): Tensor => {
  const data = Float64Array.from({ length: 768 }, (_, k) => (backwards ? 767 - k : k) / 768);
  return tidy(() => tensor(data, { shape: [3, 8, 8, 4] }).permute([3, 0, 1, 2]));
};
/** diffusers' dummy_model: x·t/(t + 1). */
const dummy: Denoiser = (x, t) => {
  const step = t.cast("f32");
  return x.mul(step.div(step.add(1)).reshape(-1, 1, 1, 1));
};

async function sumOf(samples: AsyncIterable<Tensor>): Promise<number> {
  using x = await last(samples);
  return (await numbers(x)).reduce((total, value) => total + Math.abs(value), 0);
}
const meanOf = async (samples: AsyncIterable<Tensor>) => (await sumOf(samples)) / 768;

describe("diffusers' tests of schedulers: Σ|x| or mean |x| at the end", () => {
  beforeEach(() => use(js));
  it.each([
    ["noise", 258.9606],
    ["v", 202.0296],
  ] as const)("DDPM, 1,000 steps, PyTorch's noise, %s", async (predicts, wanted) => {
    const torch = torchRandom(0);
    const noise = (shape: Shape) => tensor(torch.normal(768), { shape });
    using start = ramp();
    const samples = ddpm(dummy, linear, SHAPE, { start, predicts, clip: 1, noise });
    expect(Math.abs((await sumOf(samples)) - wanted)).toBeLessThan(1e-2);
  });

  const leading = { steps: 10, spacing: "leading", clip: 1 } as const;
  const strong = NoiseSchedule.linear(1000, { first: 0.01, last: 0.02 });
  it.each([
    ["noise", linear, {}, 172.0067],
    ["v", linear, { predicts: "v" }, 52.5302],
    ["β from 0.01", strong, {}, 149.8295],
    ["β from 0.01, ending at the first level", strong, { ending: "first" }, 149.0784],
  ] as const)("DDIM, 10 steps, %s", async (_, schedule, options, wanted) => {
    using start = ramp();
    const samples = ddim(dummy, schedule, SHAPE, { start, ...leading, ...options });
    expect(Math.abs((await sumOf(samples)) - wanted)).toBeLessThan(1e-2);
  });

  it("DDIM from a noised image, the last 2 of 10 steps", async () => {
    using image = ramp();
    const from = { image, strength: 0.2 };
    const samples = ddim(dummy, linear, SHAPE, { ...leading, from, noise: () => ramp(true) });
    expect(Math.abs((await sumOf(samples)) - 354.5418)).toBeLessThan(1e-2);
  });

  const solver = { steps: 10, spacing: "linspace", ending: "first" } as const;
  it.each([
    ["noise", {}, 0.3301],
    ["v", { predicts: "v" }, 0.2251],
    ["v, Karras' levels", { predicts: "v", spacing: "karras" }, 0.2096],
  ] as const)("DPM-Solver++ 2M, 10 steps, %s", async (_, options, wanted) => {
    using start = ramp();
    const samples = dpmSolver(dummy, linear, SHAPE, { start, ...solver, ...options });
    expect(Math.abs((await meanOf(samples)) - wanted)).toBeLessThan(1e-3);
  });

  it("DPM-Solver++ 2M from a noised image, the last 5 of 10 steps", async () => {
    using image = ramp();
    const from = { image, strength: 0.5 };
    const samples = dpmSolver(dummy, linear, SHAPE, { ...solver, from, noise: () => ramp(true) });
    expect(Math.abs((await sumOf(samples)) - 318.4111)).toBeLessThan(1e-2);
  });
});

/** All data are the one point c: the best possible denoiser is known, ε = (x − √ᾱ·c)/√(1 − ᾱ). */
function pointAt(c: number, schedule: NoiseSchedule): Denoiser {
  const table = (f: (a: number) => number) => tensor(schedule.alphaBars.map(f));
  return (x, t) => {
    const [signal, spread] = [table(Math.sqrt), table((a) => Math.sqrt(1 - a))];
    return x.sub(signal.take(t).mul(c).unsqueeze(1)).div(spread.take(t).unsqueeze(1));
  };
}

eachBackend(() => {
  beforeEach(() => seed(3));
  const cosine = NoiseSchedule.cosine(100);
  const samplers = [
    ["ddpm", ddpm],
    ["ddim", ddim],
    ["dpmSolver", dpmSolver],
  ] as const;

  describe.each(samplers)("%s", (_, sample) => {
    it("ends where all the data are, whatever the steps, and leaves nothing behind", () =>
      noLeaks(async () => {
        for (const steps of [1, 2, 7, 100]) {
          using x = await last(sample(pointAt(0.7, cosine), cosine, [5, 2], { steps, clip: 2 }));
          close(await numbers(x), new Array<number>(10).fill(0.7), { absolute: 2e-3 });
        }
      }));

    it("shows each x on its way, which need not be freed, but may be", () =>
      noLeaks(async () => {
        const spreads: number[] = [];
        for await (const x of sample(pointAt(0, cosine), cosine, [200, 2], { steps: 10 })) {
          using spread = tidy(() => x.square().mean());
          spreads.push(await spread.item());
          if (spreads.length % 2) x.dispose();
        }
        expect(spreads).toHaveLength(10);
        spreads.forEach((spread, k) => expect(spread).toBeLessThan(spreads[k - 1] ?? 1.2));
      }));

    it("leaves nothing behind when its reader breaks off or fails", () =>
      noLeaks(async () => {
        let seen = 0;
        for await (const x of sample(pointAt(0, cosine), cosine, [3, 2], { steps: 10 })) {
          expect(x.shape).toEqual([3, 2]);
          if (++seen === 3) break;
        }
        const failing = async () => {
          for await (const _x of sample(pointAt(0, cosine), cosine, [3, 2])) throw new Error("no");
        };
        await expect(failing).rejects.toThrow("no");
      }));

    it("makes its plans in the first steps", async () => {
      let plans = 0;
      let step = 0;
      for await (const x of sample(pointAt(0, cosine), cosine, [6, 2], { steps: 10 })) {
        await x.data();
        if (++step === 3) plans = plansMade();
        if (step === 9) expect(plansMade()).toBe(plans); // the last one may differ
      }
    });

    it("keeps the known half of an image bit for bit, with repeats, too", () =>
      noLeaks(async () => {
        using image = rand([2, 1, 4, 4]);
        using mask = tidy(() => zeros([4, 4]).rangeLike(1).lt(2).expand(4, 4));
        const denoise: Denoiser = (x) => x.mul(0.5);
        for (const repeats of [1, 3]) {
          const keep = { image, mask, repeats };
          using x = await last(sample(denoise, cosine, [2, 1, 4, 4], { steps: 5, keep, clip: 1 }));
          const [found, wanted] = [await numbers(x), await numbers(image)];
          found.forEach((value, k) => {
            if (k % 4 < 2) expect(value).toBe(wanted[k]);
            else expect(value).not.toBe(wanted[k]);
          });
        }
      }));

    it("starts from an image: little strength stays near, full strength forgets", async () => {
      using image = tidy(() => ones([50, 2]).mul(3));
      const distance = async (strength: number) => {
        const from = { image, strength };
        const samples = sample(pointAt(0, cosine), cosine, [50, 2], { steps: 20, from });
        for await (const x of samples) {
          using mean = tidy(() => x.mean());
          return mean.item(); // after the first of the steps that remain
        }
        throw new Error("no step");
      };
      expect(await distance(0.2)).toBeGreaterThan(1.5);
      expect(Math.abs(await distance(1))).toBeLessThan(0.5);
    });
  });

  it("ddim draws nothing after its start; with eta 1 it does", async () => {
    using start = randn([4, 2]);
    const end = (eta: number, text: string) => {
      seed(text);
      return last(ddim(pointAt(1, cosine), cosine, [4, 2], { start, steps: 5, eta }));
    };
    const midway = async (eta: number, text: string) => {
      seed(text);
      for await (const x of ddim(pointAt(1, cosine), cosine, [4, 2], { start, steps: 5, eta }))
        return numbers(x);
      return [];
    };
    using a = await end(0, "a");
    using b = await end(0, "b");
    expect(await numbers(a)).toEqual(await numbers(b));
    expect(await midway(1, "a")).not.toEqual(await midway(1, "b"));
  });

  it("guidance goes beyond the condition by its scale", () =>
    noLeaks(async () => {
      using x = ones([1, 2]);
      using t = zeros([1], "i32");
      const [asked, free] = [(y: Tensor) => y.mul(3), (y: Tensor) => y.mul(2)];
      for (const [scale, wanted] of [[0, 2], [1, 3], [4, 6]] as const) {
        using out = tidy(() => guided(asked, free, scale)(x, t));
        expect(await numbers(out)).toEqual([wanted, wanted]);
      }
    })); // prettier-ignore

  it("outpainting is inpainting on a larger canvas", () =>
    noLeaks(async () => {
      using small = rand([1, 1, 2, 2]);
      const { image, mask } = tidy(() => extended(small, { right: 2, top: 1 }));
      expect(image.shape).toEqual([1, 1, 3, 4]);
      expect(await numbers(mask)).toEqual([0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]);
      const keep = { image, mask };
      const samples = ddim((x) => x.mul(0.5), cosine, image.shape, { steps: 4, keep });
      using x = await last(samples);
      using inside = tidy(() => x.slice(2, 1).slice(3, 0, 2));
      expect(await numbers(inside)).toEqual(await numbers(small));
      image.dispose();
      mask.dispose();
    }));
});

describe("a sampler says what it cannot do", () => {
  const start = (options: Parameters<typeof ddim>[3]) =>
    ddim((x) => x, NoiseSchedule.linear(10), [2, 2], options).next();

  it.each([
    [{ steps: 11 }, "sampler: steps is 11; it must be a whole number from 1 to the schedule's 10"],
    [{ steps: 0 }, "sampler: steps is 0; it must be a whole number from 1 to the schedule's 10"],
  ])("%o", async (options, sentence) => {
    const { tensors } = memory();
    await expect(start(options)).rejects.toThrow(sentence);
    expect(memory().tensors).toBe(tensors);
  });

  it("about images", async () => {
    const image = zeros([1, 2]);
    await expect(start({ from: { image: zeros([2, 2]), strength: 0.05 } })).rejects.toThrow(
      "sampler: from.strength is 0.05, which leaves no step of 10 to do; it must be above 0 and at most 1",
    );
    await expect(start({ keep: { image, mask: image.gt(0) } })).rejects.toThrow(
      "sampler: keep.image is [1, 2], but samples are [2, 2]; both must have one shape",
    );
  });

  it("about a start where nothing is left of the data, which was NaN", async () => {
    const schedule = NoiseSchedule.linear(10).withZeroEnd();
    const first = (options: Parameters<typeof ddim>[3]) =>
      ddim((x) => x, schedule, [2, 2], options).next();
    await expect(first({})).rejects.toThrow(
      "sampler: noise does not tell the data where ᾱ is 0; predict v or x0",
    );
    using end = await last(ddim((x) => x, schedule, [2, 2], { predicts: "v" }));
    for (const x of await numbers(end)) expect(x).not.toBeNaN();
  });

  it("noised data: √ᾱ·x0 + √(1 − ᾱ)·ε, a step for each example", async () => {
    await use(js);
    const schedule = new NoiseSchedule(Float64Array.of(0.64, 0.36));
    const t = tensor([1, 0], { dtype: "i32" });
    const x = diffuse(schedule, tensor([[1], [1]]), t, tensor([[10], [10]]));
    close(await numbers(x), [0.6 + 8, 0.8 + 6], { relative: 1e-12 });
  });
});
