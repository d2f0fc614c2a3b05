/** Which contestant of an experiment is best by a criterion, and who leads in how many. */
import type { Contestant, Criterion, ExperimentResult, Results } from "../compare/results.js";

/** The criteria that say something of any contestant of the experiment, in the order of the columns. */
export const columnsOf = (experiment: ExperimentResult, results: Results): [string, Criterion][] =>
  Object.entries(results.criteria).filter(([key]) =>
    experiment.contestants.some(({ criteria }) => criteria[key]),
  );

export const isControl = ({ family }: Contestant): boolean => family === "control";

/**
 * The best among the architectures: none where no way is good, where the target is not known, where fewer than two have
 * a value, or where all have the same. Values that are written alike are equally good.
 */
export function bestOf(
  { contestants }: ExperimentResult,
  key: string,
  criterion: Criterion,
): Set<string> {
  const costs = contestants
    .filter((one) => !isControl(one))
    .map((one) => ({ id: one.id, cost: costOf(one, key, criterion, contestants) }))
    .filter(({ cost }) => cost !== null) as { id: string; cost: number }[];
  if (costs.length < 2) return new Set();
  const least = Math.min(...costs.map(({ cost }) => cost));
  const best = costs.filter(({ cost }) => cost === least).map(({ id }) => id);
  return new Set(best.length < costs.length ? best : []);
}

/** Smaller is better. */
function costOf(
  one: Contestant,
  key: string,
  { better, target, digits }: Criterion,
  all: readonly Contestant[],
): number | null {
  const written = (value: number | null | undefined): number | null =>
    value === null || value === undefined ? null : Number(value.toFixed(digits));
  const value = written(one.criteria[key]?.value);
  if (value === null || better === "neither") return null;
  if (better === "lower") return value;
  if (better === "higher") return -value;
  const aim = written(all.find(({ id }) => id === target)?.criteria[key]?.value);
  return aim === null ? null : Number(Math.abs(value - aim).toFixed(digits));
}

/** In how many columns each architecture is best, of those that have a best. */
export function leadsOf(
  experiment: ExperimentResult,
  results: Results,
): { columns: number; leads: { contestant: Contestant; best: number }[] } {
  const bests = columnsOf(experiment, results)
    .map(([key, criterion]) => bestOf(experiment, key, criterion))
    .filter(({ size }) => size > 0);
  const leads = experiment.contestants
    .filter((one) => !isControl(one))
    .map((contestant) => ({
      contestant,
      best: bests.filter((best) => best.has(contestant.id)).length,
    }));
  return { columns: bests.length, leads };
}
