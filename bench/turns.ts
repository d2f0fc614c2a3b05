/**
 * A race of systems that each live in a process of their own: they are warmed up one after the other, then run in turns,
 * one at a time, so that a noisy machine disturbs all alike. One that waits takes no time of a core.
 */
import { start, type Participant, type System } from "./participant.js";
import type { Timing } from "./results.js";

/** The engines compile what they run often: until then they are slower. */
const warmMs = 400;
/** A system runs for so long, at least, in each round in which it takes part, after a run-up of a quarter. */
const roundMs = 60;
const runUp = 1 / 4;
/** A slow one for about so long in all of them together: it takes part in fewer, though in these at least. */
const systemMs = 4000;
const fewestRounds = 3;

export type Race = { timings: Record<string, Timing>; failed: Record<string, string> };

/** A system on a row, and what it is called in the results. */
export type Entrant = { label: string; system: System; row: string };

/** A system with its threads; the peers in JavaScript have one. */
export const labelOf = ({ name, threads }: System): string =>
  name === "tfjs" || name === "jax" ? name : `${name} ${threads}`;

export const entrant = (system: System, row: string): Entrant => ({
  label: labelOf(system),
  system,
  row,
});

/** Runs all entrants in turns; one that fails, at the start or later, is left out, with its words. */
export async function race(entrants: readonly Entrant[], rounds: number, python: string | null): Promise<Race> {
  const failed: Record<string, string> = {};
  const attempt = async <T>(label: string, action: () => Promise<T>): Promise<T | null> => {
    try {
      return await action();
    } catch (error) {
      failed[label] = String(error);
      return null;
    }
  };
  const open = ({ label, system, row }: Entrant) =>
    attempt(label, async () => new Runner(label, await start(system, row, python ?? "")));
  const runners = (await Promise.all(entrants.map(open))).filter((runner) => runner !== null);
  const each = async (action: (runner: Runner) => Promise<void>) => {
    for (const runner of runners) if (!(runner.label in failed)) await attempt(runner.label, () => action(runner));
  };
  await each((runner) => runner.warm(rounds));
  for (let round = 0; round < rounds; round++) await each((runner) => runner.turn(round, rounds));
  const timings: Record<string, Timing> = {};
  await each(async (runner) => void (timings[runner.label] = await runner.finish()));
  return { timings, failed };
} // prettier-ignore

/** Whether a system that takes part in `turns` of `rounds` rounds runs in this one: they are spread evenly. */
export function takesTurn(round: number, rounds: number, turns: number): boolean {
  return Math.floor(((round + 1) * turns) / rounds) > Math.floor((round * turns) / rounds);
}

class Runner {
  private readonly times: number[] = [];
  private repeats = 1; // runs in a turn
  private turns = 1; // rounds in which it takes part

  constructor(
    readonly label: string,
    private readonly participant: Participant,
  ) {}

  async warm(rounds: number): Promise<void> {
    const begin = performance.now();
    let once = await this.participant.run(1);
    do once = Math.min(once, await this.participant.run(1));
    while (performance.now() - begin < warmMs);
    this.repeats = Math.ceil(roundMs / Math.max(once, 1e-3));
    const fitting = Math.floor(systemMs / (once * this.repeats));
    this.turns = Math.min(rounds, Math.max(fewestRounds, fitting));
  }

  /** The run-up is not counted: in it the system's threads wake, and the caches forget what the others did. */
  async turn(round: number, rounds: number): Promise<void> {
    if (!takesTurn(round, rounds, this.turns)) return;
    await this.participant.run(Math.ceil(this.repeats * runUp));
    this.times.push(await this.participant.run(this.repeats));
  }

  async finish(): Promise<Timing> {
    const facts = await this.participant.facts();
    this.participant.end();
    const sorted = this.times.sort((a, b) => a - b);
    const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
    return { ms: at(0.5), quartiles: [at(0.25), at(0.75)], facts };
  }
}
