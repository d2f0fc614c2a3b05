/** The comparison as a table, and the samples under it. */
import type { Name } from "./contestants.js";
import type { Scores } from "./evaluation.js";

export type Outcome = Scores & {
  name: Name;
  parameters: number;
  tokensPerSecond: number;
  steps: number;
  seconds: number;
};

type Column = { title: string; of(outcome: Outcome): string };

const whole = (x: number) => Math.round(x).toLocaleString("en-US");
const columns: Column[] = [
  { title: "", of: ({ name }) => name.toUpperCase() },
  { title: "parameters", of: ({ parameters }) => whole(parameters) },
  { title: "steps", of: ({ steps }) => whole(steps) },
  { title: "seconds", of: ({ seconds }) => seconds.toFixed(0) },
  { title: "tokens/s", of: ({ tokensPerSecond }) => whole(tokensPerSecond) },
  { title: "bits/char", of: ({ bitsPerCharacter }) => bitsPerCharacter.toFixed(3) },
  { title: "perplexity", of: ({ perplexity }) => perplexity.toFixed(2) },
  { title: "distinct-2", of: ({ distinct2 }) => distinct2?.toFixed(3) ?? "none" },
];

const SHOWN = 240; // characters of each sample

export function table(outcomes: readonly Outcome[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...outcomes.map((outcome) => columns.map(({ of }) => of(outcome))),
  ];
  const widths = columns.map((_, k) => Math.max(...rows.map((row) => row[k]!.length)));
  const line = (row: string[]) =>
    row.map((cell, k) => (k ? cell.padStart(widths[k]!) : cell.padEnd(widths[k]!))).join("  ");
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(rows[0]!), rule, ...rows.slice(1).map(line)].join("\n");
}

export function samples(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(
      ({ name, sample }) =>
        `── ${name.toUpperCase()} writes\n${[...sample].slice(0, SHOWN).join("")}`,
    )
    .join("\n\n");
}
