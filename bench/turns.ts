/**
 * A race of systems that each live in a process of their own: they are warmed up one after the other, then run in turns,
 * one at a time, so that a noisy machine disturbs all alike. What they wait for costs no time of a core.
 */
import { start, type Facts, type Participant, type System } from "./participant.js";

/** The engines compile what they run often: until then they are slower. */
const warmMs = 400;
/** A round runs each for at least so long, and all rounds together a slow system for about so long. */
const roundMs = 30;
const systemMs = 4000;
const fewestRounds = 3;

/** Median milliseconds of one run and the quartiles around it, and what the process told of itself. */
export type Timing = { ms: number; quartiles: [number, number]; facts: Facts };
export type Race = { timings: Record<string, Timing>; failed: Record<string, string> };

export const labelOf = ({ name, threads }: System): string =>
  name === "tfjs" || name === "jax" ? name : `${name} ${threads}`;

/** Runs `row` on all systems; one that fails is left out, with its words. */
export async function race(systems: readonly System[], row: string, rounds: number, python: string | null): Promise<Race> {
  const failed: Record<string, string> = {};
  const opened = await Promise.all(
    systems.map(async (system) => {
      try {
        return new Runner(labelOf(system), await start(system, row, python ?? ""));
      } catch (error) {
        failed[labelOf(system)] = String(error);
        return null;
      }
    }),
  );
  const runners = opened.filter((runner) => runner !== null);
  for (const runner of runners) await runner.warm(rounds);
  for (let round = 0; round < rounds; round++)
    for (const runner of runners) await runner.turn(round, rounds);
  const timings: Record<string, Timing> = {};
  for (const runner of runners) timings[runner.label] = await runner.finish();
  return { timings, failed };
} // prettier-ignore

/** Whether a system that takes part in `turns` of `rounds` rounds runs in this one: they are spread evenly. */
export function takesTurn(round: number, rounds: number, turns: number): boolean {
  return Math.floor(((round + 1) * turns) / rounds) > Math.floor((round * turns) / rounds);
}

class Runner {
  private readonly times: number[] = [];
  private repeats = 1;
  private turns = 1;

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

  async turn(round: number, rounds: number): Promise<void> {
    if (takesTurn(round, rounds, this.turns))
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
