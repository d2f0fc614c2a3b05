/** Random numbers: one seed reproduces a run, on every backend; and they are distributed as they say. */
import { describe, expect, it } from "vitest";
import { js, rand, randint, randn, randomState, seed, setRandomState, use, wasm } from "genarch";
import { close, eachBackend, numbers } from "../support.js";

const draws = async () => {
  using a = randn([5]);
  using b = rand([2, 3]);
  using c = randint(0, 100, [7]);
  return [await numbers(a), await numbers(b), await numbers(c)].flat();
};
const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
function moment(x: readonly number[], k: number): number {
  const middle = mean(x);
  return mean(x.map((v) => (v - middle) ** k));
}

it("every backend draws the same numbers", async () => {
  await use(js);
  seed("same");
  const wanted = await draws();
  await use(wasm);
  seed("same");
  close(await draws(), wanted, { relative: 1e-5, absolute: 1e-6 });
  await use(js);
});

eachBackend(() => {
  it("a seed reproduces, another one does not, and each draw differs", async () => {
    seed(7);
    const first = await draws();
    const next = await draws();
    seed(7);
    expect(await draws()).toEqual(first);
    seed("seven");
    const other = await draws();
    expect(next).not.toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("a saved state goes on where it was", async () => {
    seed(1);
    await draws();
    const saved = randomState();
    const wanted = await draws();
    setRandomState(saved);
    expect(await draws()).toEqual(wanted);
  });

  const count = 40_000;
  it("randn: mean 0, deviation 1, no skew, kurtosis 3", async () => {
    seed("normal");
    using x = randn([count]);
    const data = await numbers(x);
    expect(Math.abs(mean(data))).toBeLessThan(4 / Math.sqrt(count));
    expect(moment(data, 2)).toBeCloseTo(1, 1);
    expect(Math.abs(moment(data, 3))).toBeLessThan(0.06);
    expect(Math.abs(moment(data, 4) - 3)).toBeLessThan(0.15);
    const pairs = mean(data.slice(1).map((v, k) => v * data[k]!)); // neighbours know nothing of each other
    expect(Math.abs(pairs)).toBeLessThan(4 / Math.sqrt(count));
    using shifted = randn([count], { mean: 5, deviation: 0.5 });
    const moved = await numbers(shifted);
    expect(mean(moved)).toBeCloseTo(5, 1);
    expect(moment(moved, 2)).toBeCloseTo(0.25, 1);
  });

  it("rand: within [low, high), even over ten parts (χ² of 9, p > 0.001)", async () => {
    seed("uniform");
    using x = rand([count], { low: -1, high: 3 });
    const data = await numbers(x);
    const parts = new Array<number>(10).fill(0);
    expect(data.every((v) => v >= -1 && v < 3)).toBe(true);
    for (const v of data) parts[Math.floor(((v + 1) / 4) * 10)]!++;
    const expected = count / 10;
    expect(parts.reduce((chi, n) => chi + (n - expected) ** 2 / expected, 0)).toBeLessThan(27.9);
  });

  it("randint: whole numbers low … high − 1, each as often (χ² of 6, p > 0.001)", async () => {
    seed("whole");
    using x = randint(-3, 4, [count]);
    expect(x.dtype).toBe("i32");
    const counts = new Map<number, number>();
    for (const v of await numbers(x)) counts.set(v, (counts.get(v) ?? 0) + 1);
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    const expected = count / 7;
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    expect(chi).toBeLessThan(22.5);
  });
});

describe("draws inside a training step", () => {
  it("an odd number of normal numbers, one and none", async () => {
    for (const size of [1, 3, 0]) {
      using x = randn([size]);
      expect((await x.data()).length).toBe(size);
    }
  });
});
