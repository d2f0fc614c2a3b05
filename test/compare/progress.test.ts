/** The line that tells how a run goes: what it does, and an honest time. */
import { afterEach, expect, it, vi } from "vitest";
import { Progress } from "../../src/compare/progress.js";

afterEach(() => vi.restoreAllMocks());

/** What is written to the log by `tell`, of an experiment that takes `seconds` before others that take `later`. */
function written(later: number, seconds: number, tell: (progress: Progress) => void): string {
  const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const progress = new Progress();
  progress.begin(later, seconds);
  tell(progress);
  return String(write.mock.lastCall?.[0]);
}

it("says what trains, how far it is, and how long the whole run still takes", () => {
  const state = { name: "digits gan", step: 7, loss: 0.5, secondsLeft: 30 };
  expect(written(90, 0, (progress) => progress.training(state))).toContain(
    "digits gan  step 7  loss 0.500  30 s left of it, about 2 min in all",
  );
});

it("says what is drawn, within the time that was planned for it", () => {
  const line = written(0, 50, (progress) => progress.measuring("emoji: drawing 68 captions"));
  expect(line).toMatch(/emoji: drawing 68 captions, about (49|50) s in all/);
});

it("says by how much it is late, in place of a time that has run out", () => {
  const drawing = (progress: Progress) => progress.measuring("drawing");
  expect(written(0, -20, drawing)).toMatch(/drawing, 2[01] s longer than planned\n?$/);
  expect(written(40, -20, drawing)).toMatch(/2[01] s longer than planned, and about 40 s after it/);
});

it("says so of a training, too, that ends late", () => {
  const state = { name: "gan", step: 7, loss: 0.5, secondsLeft: -0.1 };
  expect(written(40, -20, (progress) => progress.training(state))).toMatch(
    /0 s left of it, 2[01] s longer than planned, and about 40 s after it/,
  );
});

it("says no time in all where steps are the budget: no one knows it", () => {
  expect(written(Infinity, Infinity, (progress) => progress.measuring("drawing"))).toMatch(
    /drawing\n?$/,
  );
  const state = { name: "gan", step: 7, loss: 0.5, secondsLeft: 30 };
  expect(written(0, Infinity, (progress) => progress.training(state))).toMatch(
    /loss 0\.500 {2}30 s left of it\n?$/,
  );
});
