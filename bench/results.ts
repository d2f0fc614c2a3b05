/** What `npm run bench` keeps: a row for each measurement, with the machine and the day of its own. */
import type { Facts } from "./participant.js";

/** A system's median milliseconds, the quartiles around it, and its memory. */
export type Timing = { ms: number; quartiles: [number, number]; facts: Facts };

/** Systems by their labels ("genarch 1", "tfjs", …); `failed`: those that could not run, and why. */
export type Measured = {
  name: string;
  taken: string; // day and commit
  machine: string;
  gflop?: number; // of one run
  numbers?: number; // that one run makes
  tokens?: number; // that one run writes or reads
  timings: Record<string, Timing>;
  failed: Record<string, string>;
};

export type Results = { rows: Measured[]; scaling: Measured[] };

/** Old rows with the new ones in their places; what is new stands behind. `order` lists names: others are dropped. */
export function merged(old: readonly Measured[], fresh: readonly Measured[], order: readonly string[]): Measured[] {
  const byName = new Map([...old, ...fresh].map((row) => [row.name, row]));
  return order.map((name) => byName.get(name)).filter((row) => row !== undefined);
} // prettier-ignore

/** The fastest of the systems whose labels begin so, or null where none ran. */
export function best({ timings }: Measured, ...beginnings: string[]): { label: string; ms: number } | null {
  const found = Object.entries(timings)
    .filter(([label]) => beginnings.some((beginning) => label.startsWith(beginning)))
    .map(([label, { ms }]) => ({ label, ms }));
  return found.reduce<(typeof found)[number] | null>((a, b) => (a && a.ms <= b.ms ? a : b), null);
} // prettier-ignore

/** 10⁹ operations a second of a system, or null where operations are not counted. */
export function rate({ gflop, timings }: Measured, label: string): number | null {
  const ms = timings[label]?.ms;
  return gflop && ms ? (gflop / ms) * 1e3 : null;
}

/** 10⁹ operations a second of the arithmetic probe on so many threads, in the same race; on one it does `probeGflop` a run. */
export function ceiling({ timings }: Measured, threads: number, probeGflop: number): number | null {
  const ms = timings[`arithmetic ${threads}`]?.ms;
  return ms ? (threads * probeGflop * 1e3) / ms : null;
}

/** genarch's rate by that of the probe on as many threads. */
export function shareOfCeiling(row: Measured, threads: number, probeGflop: number): number | null {
  const ours = rate(row, `genarch ${threads}`);
  const most = ceiling(row, threads, probeGflop);
  return ours && most ? ours / most : null;
}
