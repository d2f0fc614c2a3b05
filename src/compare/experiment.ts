/**
 * What an experiment is: contestants that learn one task for one time each, how they are measured, and what a run gives it.
 * A run is cut into parts (a contestant's training and measuring, say), whose finished values are kept, so that it can go
 * on from where it was stopped.
 */
import type { Picture } from "../data/index.js";
import type { Tensor } from "../tensor/index.js";
import type { Criterion, ExperimentResult, Words } from "./results.js";
import type { Source } from "./text-source.js";
import type { Trained, Training } from "./training.js";

/** How large a run is. "tiny" is for tests: it shows that all works, and nothing else. */
export type Scale = "tiny" | "quick" | "full";

/** What an experiment gives back; the run adds what it knows itself. */
export type Found = Pick<ExperimentResult, "contestants" | "figures">;

export type Experiment = {
  /** As "language": also a word of `--only`. */
  id: string;
  title: Words;
  about: Words;
  /** Words of `--only` for single contestants; controls always take part. */
  contestants: readonly string[];
  /** Seconds of training of one contestant. */
  seconds: Record<Scale, number>;
  /** Seconds that all else takes, for the time left; and how many trainings there are of each contestant. */
  measuring: Record<Scale, number>;
  runs?: Record<Scale, number>;
  criteria: Record<string, Criterion>;
  run(context: Context): Promise<Found>;
};

export type Saved = { png: string; file: string; width: number; height: number };

export interface Context {
  readonly scale: Scale;
  readonly seed: number;
  /** What language models learn. */
  readonly text: Source;
  /** Whether this contestant was asked for. */
  has(contestant: string): boolean;
  /** The size that belongs to the scale. */
  size<T>(sizes: Record<Scale, T>): T;
  /**
   * What `make` gives (plain JSON), or what it gave before in a run that this one goes on from. Random numbers start from
   * the run's seed and the name, so that parts do not depend on which ran before them.
   */
  part<T>(name: string, make: () => Promise<T>): Promise<T>;
  /** Trains for the budget: see training.ts. `Stopped` is thrown where the user wants to stop. */
  train<Batch>(training: Training<Batch>): Promise<Trained>;
  /** Starts random numbers anew from the run's seed and `name`: a measuring gives the same after a training that resumed. */
  reseed(name: string): void;
  /** To be called now and then in long measurings: lets signals in, and throws `Stopped` where the user wants to stop. */
  pause(doing: string): Promise<void>;
  /** With `--check`: throws where a number is NaN, and says which op made it. */
  check(what: string, tensors: readonly Tensor[]): Promise<void>;
  /** Writes a picture into the run's folder. */
  picture(name: string, picture: Picture): Promise<Saved>;
  /** Keeps bytes beside the checkpoints, for another part; null where there are none. */
  keep(name: string, bytes: Uint8Array): Promise<void>;
  kept(name: string): Promise<Uint8Array | null>;
}

/** Thrown where the user asked to stop; what was done is kept. */
export class Stopped extends Error {}
