// Schedules are functions from the step to the learning rate.
import { expect, it } from "vitest";
import { constant, linear, stepDecay, warmupCosine } from "genarch/train";

it("warmupCosine is nanoGPT's: up in a line, down by half a cosine, and flat", () => {
  const lr = warmupCosine({ lr: 1e-3, minLr: 1e-4, warmup: 100, steps: 2000 });
  expect(lr(0)).toBeCloseTo(1e-3 / 101, 12);
  expect(lr(49)).toBeCloseTo((1e-3 * 50) / 101, 12);
  expect(lr(99)).toBeCloseTo((1e-3 * 100) / 101, 12);
  expect(lr(100)).toBeCloseTo(1e-3, 12);
  expect(lr(1050)).toBeCloseTo((1e-3 + 1e-4) / 2, 12);
  expect(lr(2000)).toBe(1e-4);
  expect(lr(9999)).toBe(1e-4);
});

it("constant, linear, stepDecay", () => {
  expect([0, 1, 1000].map(constant(0.1))).toEqual([0.1, 0.1, 0.1]);
  expect([0, 5, 10, 11].map(linear({ from: 1, to: 0, steps: 10 }))).toEqual([1, 0.5, 0, 0]);
  expect([0, 9, 10, 29].map(stepDecay({ lr: 8, every: 10, gamma: 0.5 }))).toEqual([8, 8, 4, 2]);
});

it("a number that is none gets a sentence", () => {
  expect(() => constant(NaN)).toThrow("constant: lr is NaN; it must be a finite number from 0");
  expect(() => linear({ from: 1, to: -1, steps: 1 })).toThrow(
    "linear: to is -1; it must be a finite number from 0",
  );
  expect(() => stepDecay({ lr: 1, every: 0 })).toThrow("stepDecay: every is 0; it must be above 0");
  expect(() => warmupCosine({ lr: 1, warmup: Infinity, steps: 1 })).toThrow(
    "warmupCosine: warmup is Infinity; it must be a finite number from 0",
  );
});
