// A score of a system by a metric, and many of them as a table.

import type { Interval } from "../metrics/index.js";
import { columns } from "./columns.js";

/** A score that goes with the metric's signature: two are comparable only if that is the same. */
export interface Score {
  readonly system: string;
  readonly metric: string;
  readonly value: number | null;
  /** The sentence that says why there is no value. */
  readonly message?: string;
  readonly interval?: Interval;
  /** Over subsets (KID) or splits (Inception Score); no interval of the value. */
  readonly deviation?: number;
  readonly signature: string;
  /** Against the first system. */
  readonly difference?: number | null;
  readonly differenceInterval?: Interval;
  readonly pValue?: number;
  readonly adjustedPValue?: number | null;
  /** Of the test: its name, resamples and seed. */
  readonly testSignature?: string;
}

/** Scores in columns; below them why some have none, and the signatures. */
export function tableOf(scores: readonly Score[]): string {
  const many = scores.some(({ difference }) => difference !== undefined);
  const head = ["metric", "system", "score", "95 % interval"];
  const rows = scores.map((score) => [
    score.metric,
    score.system,
    score.value === null ? "none" : digits(score.value),
    spreadOf(score),
    ...(many ? againstFirst(score) : []),
  ]);
  const undecided = scores.flatMap(({ metric, system, message }) =>
    message === undefined ? [] : [`${metric} of ${system}: ${message}`],
  );
  return [
    columns(many ? [...head, "difference", "p", "p (Holm)"] : head, rows),
    ...(undecided.length > 0 ? ["", ...undecided] : []),
    "",
    ...new Set(scores.map(({ signature }) => signature)),
    ...new Set(scores.flatMap(({ testSignature }) => testSignature ?? [])),
  ].join("\n");
}

function spreadOf({ interval, deviation }: Score): string {
  if (interval) return `${digits(interval.low)} to ${digits(interval.high)}`;
  return deviation === undefined ? "" : `deviation ${digits(deviation)}`;
}

function againstFirst({ difference, pValue, adjustedPValue }: Score): string[] {
  const p = (value: number | null | undefined) => (value == null ? "" : value.toFixed(4));
  return [difference == null ? "" : digits(difference), p(pValue), p(adjustedPValue)];
}

/** Two decimals for scores out of 100, four for shares, three digits for less. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(2);
  return Math.abs(value) >= 10 ? value.toFixed(2) : value.toFixed(4);
}
