/** An experiment's contestants and criteria as a table in Markdown, padded so that it also reads well in a terminal. */
import type { Contestant, Criterion, ExperimentResult, Language, Measure } from "./results.js";
import { said, words } from "./words.js";

const heads = {
  name: words("", ""),
  parameters: words("parameters", "параметры"),
  steps: words("steps", "шаги"),
  seconds: words("seconds", "секунды"),
};

/** One row a contestant; criteria that none of them has are left out. */
export function tableOf(
  { contestants }: ExperimentResult,
  criteria: Record<string, Criterion>,
  lang: Language,
): string {
  const used = Object.keys(criteria).filter((id) => contestants.some((one) => id in one.criteria));
  const head = [
    ...Object.values(heads).map((title) => title[lang]),
    ...used.map((id) => titled(criteria[id]!, lang)),
  ];
  const rows = contestants.map((one) => [
    ...ownCells(one, lang),
    ...used.map((id) => measured(one.criteria[id], criteria[id]!, lang)),
  ]);
  return aligned([head, ...rows]);
}

const titled = ({ title, unit }: Criterion, lang: Language): string =>
  unit ? `${title[lang]}, ${unit}` : title[lang];

function ownCells({ name, parameters, steps, seconds }: Contestant, lang: Language): string[] {
  const whole = (x: number | null) => (x ? said((w) => w.number(x), (w) => w.number(x))[lang] : ""); // prettier-ignore
  return [name[lang], whole(parameters), whole(steps), whole(seconds)];
}

/** A value with half of its interval, or with the spread of its runs. */
export function measured(measure: Measure | undefined, { digits }: Criterion, lang: Language): string {
  if (!measure) return "";
  const { value, interval } = measure;
  if (value === null) return "–";
  const write = (x: number) => said((w) => w.number(x, digits), (w) => w.number(x, digits))[lang]; // prettier-ignore
  return interval ? `${write(value)} ±${write((interval.high - interval.low) / 2)}` : write(value);
} // prettier-ignore

function aligned(rows: string[][]): string {
  const widths = rows[0]!.map((_, k) => Math.max(3, ...rows.map((row) => [...row[k]!].length)));
  const pad = (cell: string, k: number) => {
    const blanks = " ".repeat(widths[k]! - [...cell].length);
    return k ? blanks + cell : cell + blanks;
  };
  const line = (row: string[]) => `| ${row.map(pad).join(" | ")} |`;
  const rule = widths.map((width, k) => (k ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join("\n");
}
