// The conformance report: every case run, and for each reference how many passed, the largest
// error, and what is not offered.

import { type Case, type Kind } from "./case.js";
import { compareKey } from "./comparison.js";

export interface CaseOutcome {
  readonly name: string;
  readonly fn: string;
  readonly reference: string;
  /** "not offered" where no expected key is answered. */
  readonly status: "passed" | "failed" | "not offered";
  readonly largestError: number;
  /** Largest error over what the case's tolerance allows. */
  readonly shareOfTolerance: number;
  /** Expected keys that have no answer. */
  readonly notOffered: readonly string[];
  readonly faults: readonly string[];
}

export interface ReferenceRow {
  readonly reference: string;
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly largestError: number;
  readonly shareOfTolerance: number;
  /** Kinds, or keys of kinds, as "bleu.corpus.bp". */
  readonly notOffered: readonly string[];
}

export interface Report {
  readonly references: readonly ReferenceRow[];
  readonly outcomes: readonly CaseOutcome[];
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly notOffered: number;
}

/** Keys that the format gives for information only. */
const INFORMATION = ["signature", "name"];

/** Runs one case; an error that a metric throws is a fault of the case. */
export function runCase(one: Case, kinds: Readonly<Record<string, Kind>>): CaseOutcome {
  const about = { name: one.name, fn: one.fn, reference: referenceOf(one.source) };
  const keys = Object.keys(one.expected).filter((key) => !INFORMATION.includes(key));
  const none = { largestError: 0, shareOfTolerance: 0, notOffered: keys, faults: [] };
  const answerOf = Object.hasOwn(kinds, one.fn) ? kinds[one.fn] : undefined;
  if (!answerOf) return { ...about, ...none, status: "not offered" };
  try {
    const answer = answerOf(one);
    const offered = keys.filter((key) => Object.hasOwn(answer, key));
    const compared = offered.map((key) => compareKey(key, answer[key], one));
    const faults = compared.flatMap(({ fault }) => fault ?? []);
    return {
      ...about,
      status: faults.length > 0 ? "failed" : offered.length > 0 ? "passed" : "not offered",
      largestError: Math.max(0, ...compared.map(({ error }) => error)),
      shareOfTolerance: Math.max(0, ...compared.map(({ share }) => share)),
      notOffered: keys.filter((key) => !Object.hasOwn(answer, key)),
      faults,
    };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    return { ...about, ...none, notOffered: [], status: "failed", faults: [sentence] };
  }
}

/** The report of all outcomes, references in the order of their names. */
export function reportOf(outcomes: readonly CaseOutcome[]): Report {
  const names = [...new Set(outcomes.map(({ reference }) => reference))].sort();
  const count = (status: CaseOutcome["status"], of = outcomes) =>
    of.filter((outcome) => outcome.status === status).length;
  const references = names.map((reference) => {
    const of = outcomes.filter((outcome) => outcome.reference === reference);
    return {
      reference,
      cases: of.length,
      passed: count("passed", of),
      failed: count("failed", of),
      largestError: Math.max(...of.map(({ largestError }) => largestError)),
      shareOfTolerance: Math.max(...of.map(({ shareOfTolerance }) => shareOfTolerance)),
      notOffered: missingIn(of),
    };
  });
  return {
    references,
    outcomes,
    cases: outcomes.length,
    passed: count("passed"),
    failed: count("failed"),
    notOffered: count("not offered"),
  };
}

function missingIn(outcomes: readonly CaseOutcome[]): string[] {
  const missing = outcomes.flatMap(({ status, fn, notOffered }) =>
    status === "not offered" ? [fn] : notOffered.map((key) => `${fn}.${key}`),
  );
  return [...new Set(missing)].sort();
}

/** The program that a case's source names: its repository or name, and its version if it follows. */
export function referenceOf(source: string): string {
  const clause = source.split(";")[0]!.trim();
  const [first = "", second = ""] = clause.split(/\s+/);
  if (/^v?\d/.test(second)) return `${first} ${second}`;
  if (/^[\w.-]+\/[\w.-]+$/.test(first)) return first;
  const plain = clause.split("(")[0]!.split(",")[0]!.trim();
  return plain.length <= 48 ? plain : `${plain.slice(0, 47)}…`;
}
