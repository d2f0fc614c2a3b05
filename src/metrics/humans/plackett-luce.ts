// Plackett (1975) and Luce (1959): a ranking is made by choosing the best of what is left, with
// probability eˢ over the sum of the items left. Rankings may be of some of the items only.

import { requireItems } from "./votes.js";
import { logSumExp } from "../statistics/summary.js";
import { addAll } from "../add-all.js";
import { zeroMatrix } from "../linalg/index.js";
import {
  type Accumulator,
  requireSameSettings,
  type Result,
  signature,
  undecided,
} from "../result.js";
import { connectivityProblem } from "./connectivity.js";
import { type Likelihood, maximize } from "./newton.js";

export interface PlackettLuceOptions {
  /** All items in the order of the result; by name where it is missing. */
  readonly items?: readonly string[];
}

export interface PlackettLuceParts {
  readonly items: readonly {
    readonly item: string;
    readonly strength: number; // mean 0 over the items
    readonly standardError: number;
  }[];
  readonly logLikelihood: number;
}

/** The value is the log-likelihood. */
export type PlackettLuceResult = Result<
  PlackettLuceParts,
  "no-items" | "disconnected" | "separated"
>;

/** Strengths from rankings, each from best to worst. */
export function plackettLuce(
  rankings: readonly (readonly string[])[],
  options: PlackettLuceOptions = {},
): PlackettLuceResult {
  return addAll(new PlackettLuce(options), rankings).result();
}

export interface PlackettLuceState {
  readonly options: PlackettLuceOptions;
  readonly rankings: readonly (readonly string[])[];
}

/** Collects rankings; the result does not depend on their order. */
export class PlackettLuce implements Accumulator<
  readonly string[],
  PlackettLuceResult,
  PlackettLuceState
> {
  readonly #options: PlackettLuceOptions;
  readonly #rankings: (readonly string[])[] = [];

  constructor(options: PlackettLuceOptions = {}) {
    this.#options = options;
  }

  add(ranking: readonly string[]): this {
    requireItems(ranking, this.#options.items, "A ranking");
    if (new Set(ranking).size !== ranking.length) {
      throw new RangeError(`A ranking names an item twice: ${ranking.join(", ")}.`);
    }
    this.#rankings.push([...ranking]);
    return this;
  }

  merge(other: PlackettLuce): this {
    const settings = (of: PlackettLuce) => JSON.stringify(of.#options.items ?? "by-name");
    requireSameSettings(settings(this), settings(other));
    return addAll(this, [...other.#rankings]);
  }

  result(): PlackettLuceResult {
    const sorted = this.#rankings.filter((r) => r.length > 1).sort(byNames);
    const items = this.#options.items ?? [...new Set(sorted.flat())].sort();
    const about = { n: this.#rankings.length, signature: signature("plackett-luce") };
    if (sorted.length === 0) {
      return undecided("no-items", "Strengths need rankings of two or more items.", about);
    }
    const rankings = sorted.map((ranking) => ranking.map((name) => items.indexOf(name)));
    const wins = rankings.flatMap((r) => r.slice(1).map((loser, i) => [r[i]!, loser] as const));
    const problem = connectivityProblem(items, wins);
    if (problem) return undecided(problem.reason, problem.message, about);
    const n = items.length;
    const free = new Float64Array(n).fill(1 / Math.sqrt(n));
    const best = maximize((at) => rankingLikelihood(rankings, at), new Float64Array(n), free);
    if (!best) return undecided("separated", "The strengths did not stay finite.", about);
    const parts = {
      items: items.map((item, i) => ({
        item,
        strength: best.at[i]!,
        standardError: Math.sqrt(best.covariance.data[i * n + i]!),
      })),
      logLikelihood: best.value,
    };
    return { value: best.value, parts, ...about };
  }

  toJSON(): PlackettLuceState {
    return { options: this.#options, rankings: [...this.#rankings] };
  }

  static fromJSON({ options, rankings }: PlackettLuceState): PlackettLuce {
    return addAll(new PlackettLuce(options), rankings);
  }
}

function byNames(a: readonly string[], b: readonly string[]): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function rankingLikelihood(rankings: readonly number[][], at: Float64Array): Likelihood {
  const n = at.length;
  const gradient = new Float64Array(n);
  const information = zeroMatrix(n, n);
  let value = 0;
  for (const ranking of rankings) {
    for (let place = 0; place + 1 < ranking.length; place++) {
      value += addChoice(ranking.slice(place), at, gradient, information.data);
    }
  }
  return { value, gradient, information };
}

/** One choice: the first of `left` over the others. */
function addChoice(
  left: readonly number[],
  at: Float64Array,
  gradient: Float64Array,
  information: Float64Array,
): number {
  const n = at.length;
  const logTotal = logSumExp(left.map((i) => at[i]!));
  const shares = left.map((i) => Math.exp(at[i]! - logTotal));
  gradient[left[0]!]! += 1;
  left.forEach((i, a) => {
    gradient[i]! -= shares[a]!;
    information[i * n + i]! += shares[a]!;
    left.forEach((j, b) => (information[i * n + j]! -= shares[a]! * shares[b]!));
  });
  return at[left[0]!]! - logTotal;
}
