/** How systems are run: what they print, in whose turn, at which sizes, and one true race in two processes. */
import { describe, expect, it } from "vitest";
import { work } from "../../bench/ceiling.js";
import { answerIn } from "../../bench/participant.js";
import { nameOf, scaleOf, series, sizeOf } from "../../bench/rows.js";
import { entrant, race, takesTurn } from "../../bench/turns.js";

/** What `torch_rows.py 1 "vae step"` printed, told "run 3" and "facts" (PyTorch 1.13, Python 3.11). */
const printed = `> "ready"
/usr/lib/python3/dist-packages/torch/nn/functional.py:3172: UserWarning: a line of a library
> 15.833150666973475
> {"peak": 255.70703125, "above": 27.4375}`;

describe("an answer", () => {
  it("is a line that begins with >, as PyTorch's process prints it", () => {
    expect(printed.split("\n").map(answerIn)).toEqual([
      { answer: "ready" },
      null,
      { answer: 15.833150666973475 },
      { answer: { peak: 255.70703125, above: 27.4375 } },
    ]);
  });
});

describe("a turn", () => {
  const turnsOf = (turns: number, rounds: number) =>
    Array.from({ length: rounds }, (_, round) => round).filter((round) =>
      takesTurn(round, rounds, turns),
    );

  it("comes in every round, or spread evenly where a system is slow", () => {
    expect(turnsOf(7, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(turnsOf(3, 7)).toEqual([2, 4, 6]);
    expect(turnsOf(1, 7)).toEqual([6]);
  });
});

describe("a scaled step", () => {
  const sizes = (name: string) => sizeOf(scaleOf(name)!);

  it("has one of its sizes doubled as often as its name says, or none", () => {
    expect(sizes("gpt batch ×1")).toEqual({ B: 12, T: 64, C: 128 });
    expect(sizes("gpt batch ×2")).toEqual({ B: 24, T: 64, C: 128 });
    expect(sizes("gpt width ×4")).toEqual({ B: 12, T: 64, C: 512 });
    expect(sizes("lstm context ×8")).toEqual({ B: 32, T: 512, C: 256 });
  });

  it("is known by its name, as no row is", () => {
    for (const scale of series.flat()) expect(scaleOf(nameOf(scale))).toEqual(scale);
    expect(scaleOf("gpt step")).toBeNull();
  });
});

describe("a race", () => {
  it("runs processes in turns and hears their times, memory and operations", async () => {
    const ours1 = entrant({ name: "genarch", threads: 1 }, "matmul 64");
    const probe1 = entrant({ name: "arithmetic", threads: 1 }, "matmul 64");
    const { timings, failed } = await race([ours1, probe1], 3, null);
    expect(failed).toEqual({});
    const [ours, probe] = [timings["genarch 1"]!, timings["arithmetic 1"]!];
    expect(ours.facts.gflop).toBeCloseTo((2 * 64 ** 3) / 1e9, 9);
    expect(ours.facts.backend).toBeGreaterThan(0.01); // two matrices of 16 KiB
    expect(ours.facts.peak).toBeGreaterThan(ours.facts.above);
    // A noisy machine makes both slower, never faster than a core can be.
    for (const rate of [ours.facts.gflop! / ours.ms, work.arithmetic / 1e9 / probe.ms]) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThan(0.5); // GFLOP a millisecond
    }
  });

  it("leaves out a system that cannot run, with its words", async () => {
    const { timings, failed } = await race([entrant({ name: "genarch", threads: 1 }, "no such row")], 3, null); // prettier-ignore
    expect(timings).toEqual({});
    expect(failed["genarch 1"]).toContain('There is no row "no such row"');
  });
});
