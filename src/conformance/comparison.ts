// What we got beside what was expected: numbers within the tolerance, strings equal, lists and
// objects entry by entry.

import { type Case, isRecord, type Tolerance } from "./case.js";

/** The largest errors of the numbers of one key, and the first fault, as a sentence. */
export interface Comparison {
  /** Largest |got - want|. */
  readonly error: number;
  /** Largest |got - want| over what the tolerance allows; above 1 is a fault. */
  readonly share: number;
  readonly fault: string | undefined;
}

const GOOD: Comparison = { error: 0, share: 0, fault: undefined };

/** Compares the value of one expected key. */
export function compareKey(key: string, got: unknown, one: Case): Comparison {
  const want = one.expected[key];
  // What the reference answers to data that decide nothing: any error, or NaN, is as good as ours.
  if (key.startsWith("error_or")) return compareTruth(key, Boolean(got), Boolean(want));
  return compare(key, got, want, one.tolerance);
}

function compareTruth(at: string, got: boolean, want: boolean): Comparison {
  return got === want ? GOOD : fault(at, got, want);
}

function compare(at: string, got: unknown, want: unknown, tolerance: Tolerance): Comparison {
  const number = numberOf(want);
  if (number !== undefined) return compareNumbers(at, got, number, tolerance);
  if (Array.isArray(want)) return compareLists(at, got, want, tolerance);
  if (isRecord(want)) {
    const fields = isRecord(got) ? got : {};
    return worst(
      Object.keys(want).map((k) => compare(`${at}.${k}`, fields[k], want[k], tolerance)),
    );
  }
  if (want === null) return isUndecided(got) ? GOOD : fault(at, got, want);
  return got === want ? GOOD : fault(at, got, want);
}

/** The number that a value of a case stands for. */
function numberOf(want: unknown): number | undefined {
  if (typeof want === "number") return want;
  const written = ["NaN", "Infinity", "-Infinity"].find((word) => word === want);
  return written === undefined ? undefined : Number(written);
}

/** What stands for NaN with us: a result without a value. */
function isUndecided(got: unknown): boolean {
  return got === null || got === undefined || Number.isNaN(got);
}

function compareNumbers(at: string, got: unknown, want: number, room: Tolerance): Comparison {
  if (Number.isNaN(want)) return isUndecided(got) ? GOOD : fault(at, got, want);
  if (got === want) return GOOD;
  if (typeof got !== "number" || !Number.isFinite(got) || !Number.isFinite(want)) {
    return { error: Infinity, share: Infinity, fault: fault(at, got, want).fault };
  }
  const error = Math.abs(got - want);
  const allowed = room.abs + room.rel * Math.abs(want);
  const share = allowed > 0 ? error / allowed : Infinity;
  return { error, share, fault: share <= 1 ? undefined : fault(at, got, want).fault };
}

function compareLists(at: string, got: unknown, want: unknown[], room: Tolerance): Comparison {
  const list = ArrayBuffer.isView(got) || Array.isArray(got) ? Array.from(got as unknown[]) : null;
  if (list?.length !== want.length) return fault(at, got, want);
  return worst(want.map((item, i) => compare(`${at}[${i}]`, list[i], item, room)));
}

function worst(all: readonly Comparison[]): Comparison {
  return all.reduce(
    (a, b) => ({
      error: Math.max(a.error, b.error),
      share: Math.max(a.share, b.share),
      fault: a.fault ?? b.fault,
    }),
    GOOD,
  );
}

function fault(at: string, got: unknown, want: unknown): Comparison {
  return { error: 0, share: 0, fault: `${at}: expected ${brief(want)}, got ${brief(got)}` };
}

function brief(value: unknown): string {
  if (typeof value === "number" || value === undefined) return String(value);
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`;
}
