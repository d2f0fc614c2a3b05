// What holds for all features, images, votes and ratings: order and size of batches, symmetry,
// ranges, invariance.

import fc from "fast-check";
import {
  bootstrap,
  bradleyTerry,
  Fid,
  fid,
  fleissKappa,
  holm,
  InceptionScore,
  KrippendorffAlpha,
  krippendorffAlpha,
  kid,
  meanStatistics,
  pairedBootstrap,
  Prdc,
  prdc,
  proportionInterval,
  psnr,
  ssim,
  type Vote,
} from "genarch/metrics";
import { describe, expect, it } from "vitest";

const settings = { numRuns: 60, seed: 1 };
const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const rows = (d: number, least = 7) =>
  fc.array(fc.array(finite, { minLength: d, maxLength: d }), { minLength: least, maxLength: 20 });
const near = (got: number, want: number, scale = 1) =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-9 * (scale + Math.abs(want)));

describe("feature metrics", () => {
  const sets = fc.record({ real: rows(3), generated: rows(3) });

  it("FID is the same for any batch size, both ways, and never below 0", () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 9 }), ({ real, generated }, batch) => {
        const whole = fid({ real, generated });
        const batched = new Fid();
        for (let i = 0; i < real.length; i += batch)
          batched.add({ real: real.slice(i, i + batch) });
        for (const row of generated) batched.add({ generated: [row] });
        const { traceReal, traceGenerated, meanTerm } = whole.parts!;
        const scale = traceReal + traceGenerated + meanTerm;
        near(batched.result().value!, whole.value!, scale);
        near(fid({ real: generated, generated: real }).value!, whole.value!, scale);
        expect(whole.value).toBeGreaterThanOrEqual(0);
        near(fid({ real, generated: real }).value!, 0, scale);
      }),
      settings,
    );
  });

  it("FID knows no translation of both, and grows with the square of a scale", () => {
    fc.assert(
      fc.property(sets, finite, ({ real, generated }, shift) => {
        const moved = (all: number[][], by: (x: number) => number) => all.map((r) => r.map(by));
        const { value, parts } = fid({ real, generated });
        const scale = parts!.traceReal + parts!.traceGenerated + parts!.meanTerm + shift ** 2;
        const add = (x: number) => x + shift;
        near(
          fid({ real: moved(real, add), generated: moved(generated, add) }).value!,
          value!,
          scale,
        );
        const twice = (x: number) => 2 * x;
        const scaled = fid({ real: moved(real, twice), generated: moved(generated, twice) });
        near(scaled.value!, 4 * value!, 4 * scale);
      }),
      settings,
    );
  });

  it("precision and recall change places with the sides, shares lie in 0 to 1", () => {
    fc.assert(
      fc.property(sets, fc.integer({ min: 1, max: 5 }), ({ real, generated }, nearestK) => {
        const there = prdc({ real, generated }, { nearestK }).parts!;
        const back = prdc({ real: generated, generated: real }, { nearestK }).parts!;
        expect(there.precision).toBe(back.recall);
        expect(there.improvedPrecision).toBe(back.improvedRecall);
        const { density, intervals, ...shares } = there;
        for (const { low, high } of Object.values(intervals)) expect(low).toBeLessThanOrEqual(high);
        for (const share of Object.values(shares)) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(density).toBeGreaterThanOrEqual(0);
        expect(there.improvedPrecision).toBeGreaterThanOrEqual(there.precision);
        const merged = new Prdc({ nearestK })
          .add({ generated })
          .merge(new Prdc({ nearestK }).add({ real: [...real].reverse() }));
        expect(merged.result().parts).toEqual(there);
      }),
      settings,
    );
  });

  it("KID depends on no order of the rows", () => {
    fc.assert(
      fc.property(sets, ({ real, generated }) => {
        const options = { subsets: 3, subsetSize: 5 };
        const shuffled = { real: [...real].reverse(), generated: [...generated].reverse() };
        expect(kid(shuffled, options)).toEqual(kid({ real, generated }, options));
      }),
      settings,
    );
  });

  it("the Inception Score lies between 1 and the number of classes", () => {
    fc.assert(
      fc.property(rows(4, 10), (logits) => {
        const whole = new InceptionScore({ splits: 2 }).add(logits).result();
        expect(whole.value!).toBeGreaterThanOrEqual(1 - 1e-12);
        expect(whole.value!).toBeLessThanOrEqual(4 + 1e-9);
        const merged = new InceptionScore({ splits: 2 })
          .add(logits.slice(5))
          .merge(new InceptionScore({ splits: 2 }).add(logits.slice(0, 5)));
        expect(merged.result()).toEqual(whole);
      }),
      settings,
    );
  });
});

describe("pixel metrics", () => {
  const image = fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: 169, maxLength: 169 })
    .map((data) => ({ shape: [13, 13], data }));

  it("know no direction, and an image is most like itself", () => {
    fc.assert(
      fc.property(image, image, (real, generated) => {
        for (const compat of ["wang", "scikit-image", "torchmetrics"] as const) {
          const options = { dataRange: 255, compat };
          const there = ssim({ real, generated }, options).value!;
          near(ssim({ real: generated, generated: real }, options).value!, there);
          expect(Math.abs(there)).toBeLessThanOrEqual(1 + 1e-12);
          near(ssim({ real, generated: real }, options).value!, 1);
        }
        const noise = psnr({ real, generated }, { dataRange: 255 }).value;
        expect(psnr({ real: generated, generated: real }, { dataRange: 255 }).value).toBe(noise);
        expect(psnr({ real, generated: real }, { dataRange: 255 }).value).toBe(Infinity);
      }),
      settings,
    );
  });
});

describe("human judgements", () => {
  const names = ["a", "b", "c"];
  const vote = fc
    .tuple(fc.nat(2), fc.integer({ min: 1, max: 2 }), fc.constantFrom("first", "second", "tie"))
    .map(([i, step, winner]): Vote => ({
      first: names[i]!,
      second: names[(i + step) % 3]!,
      winner: winner as Vote["winner"],
    }));

  it("strengths depend on no order of the votes, and change sign with them", () => {
    fc.assert(
      fc.property(fc.array(vote, { minLength: 6, maxLength: 40 }), (votes) => {
        const options = { items: names };
        const whole = bradleyTerry(votes, options);
        expect(bradleyTerry([...votes].reverse(), options)).toEqual(whole);
        if (whole.value === null)
          return void expect(["separated", "disconnected"]).toContain(whole.reason);
        const flip = { first: "second", second: "first", tie: "tie" } as const;
        const lost = votes.map((v) => ({ ...v, winner: flip[v.winner] }));
        const other = bradleyTerry(lost, options).parts!.items;
        whole.parts.items.forEach(({ strength }, i) => near(-other[i]!.strength, strength));
        near(
          whole.parts.items.reduce((sum, { strength }) => sum + strength, 0),
          0,
        );
      }),
      settings,
    );
  });

  it("alpha knows neither the order of raters nor of units, and merges", () => {
    const rating = fc.option(fc.integer({ min: 1, max: 4 }), { nil: null, freq: 4 });
    const unit = fc.array(rating, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(unit, { minLength: 2, maxLength: 9 }),
        fc.constantFrom("nominal", "ordinal", "interval", "ratio"),
        (units, level) => {
          const options = { level } as const;
          const add = (some: typeof units) =>
            some.reduce((all, one) => all.add(one), new KrippendorffAlpha(options));
          const whole = add(units).result();
          const turned = add(units.slice(1).map((one) => [...one].reverse()))
            .merge(add(units.slice(0, 1)))
            .result();
          if (whole.value === null) return void expect(turned.value).toBeNull();
          near(turned.value!, whole.value);
          expect(whole.value).toBeLessThanOrEqual(1);
          const byRater = [0, 1, 2].map((r) => units.map((one) => one[r]));
          near(krippendorffAlpha(byRater, options).value!, whole.value);
        },
      ),
      settings,
    );
  });

  it("Fleiss' kappa is at most 1, and 1 only in full agreement", () => {
    const item = fc.integer({ min: 0, max: 4 }).map((x) => [x, 4 - x]);
    fc.assert(
      fc.property(fc.array(item, { minLength: 2, maxLength: 9 }), (counts) => {
        const { value } = fleissKappa(counts);
        if (value === null) return;
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
        const agreed = counts.every((row) => row.includes(4));
        expect(value > 1 - 1e-12).toBe(agreed);
      }),
      settings,
    );
  });
});

describe("significance", () => {
  const values = fc.array(finite, { minLength: 2, maxLength: 20 });

  it("a bootstrap interval holds the middle of its resamples, and depends on the seed alone", () => {
    fc.assert(
      fc.property(values, (x) => {
        const result = bootstrap(meanStatistics(x), { resamples: 50 });
        const { low, high } = (result as { interval: { low: number; high: number } }).interval;
        expect(low).toBeLessThanOrEqual(result.parts!.median);
        expect(high).toBeGreaterThanOrEqual(result.parts!.median);
        expect(bootstrap(meanStatistics(x), { resamples: 50 })).toEqual(result);
      }),
      settings,
    );
  });

  it("a system does not beat itself", () => {
    fc.assert(
      fc.property(values, (x) => {
        const same = { baseline: meanStatistics(x), system: meanStatistics(x) };
        const { value, parts } = pairedBootstrap(same, { resamples: 30 });
        expect(value).toBe(0);
        expect(parts!.pValue).toBeGreaterThan(0);
      }),
      settings,
    );
  });

  it("Holm's p-values are no smaller than the raw ones, and keep their order", () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { minLength: 1, maxLength: 8 }), (raw) => {
        const adjusted = holm(raw);
        raw.forEach((a, i) => {
          expect(adjusted[i]!).toBeGreaterThanOrEqual(a);
          expect(adjusted[i]!).toBeLessThanOrEqual(1);
          raw.forEach((b, j) => {
            if (a < b) expect(adjusted[i]!).toBeLessThanOrEqual(adjusted[j]!);
          });
        });
      }),
      settings,
    );
  });

  it("intervals of a share hold it, inside 0 to 1, and mirror wins and losses", () => {
    const methods = ["wilson", "clopper-pearson", "agresti-coull", "jeffreys"] as const;
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.constantFrom(...methods), (wins, losses, method) => {
        const trials = wins + losses;
        fc.pre(trials > 0);
        const { low, high } = proportionInterval({ successes: wins, trials }, { method });
        const mirror = proportionInterval({ successes: losses, trials }, { method });
        near(1 - mirror.high, low);
        near(1 - mirror.low, high);
        expect(low).toBeGreaterThanOrEqual(-1e-12);
        expect(high).toBeLessThanOrEqual(1 + 1e-12);
        if (method === "jeffreys" && (wins === 0 || losses === 0)) return; // leaves out 0 and 1
        expect(low).toBeLessThanOrEqual(wins / trials + 1e-12);
        expect(high).toBeGreaterThanOrEqual(wins / trials - 1e-12);
      }),
      settings,
    );
  });
});
