/** The end of a page: what the run was given, where it ran, and how to do it again. */
import type { Results } from "../compare/results.js";
import { html, type Html } from "./html.js";
import type { View } from "./view.js";

type Fact = readonly [term: string, value: string | null | undefined];

export function runSection(results: Results, view: View): Html {
  const { run: words } = view.words;
  return html`<section id="run" aria-labelledby="run-heading">
    <h2 id="run-heading">${words.heading}</h2>
    <p class="measure">${words.about}</p>
    <div class="facts">
      <div>
        <h3>${words.settings}</h3>
        ${facts(settingsOf(results, view))}
      </div>
      <div>
        <h3>${words.machine}</h3>
        ${facts(machineOf(results, view))}
      </div>
    </div>
    <h3>${words.again}</h3>
    <p class="measure">${words.againAbout}</p>
    ${commands(results, view)}
  </section>`;
}

/** Of the whole run. */
export const secondsOf = ({ experiments }: Pick<Results, "experiments">): number =>
  experiments.reduce((sum, { seconds }) => sum + seconds, 0);

function settingsOf({ settings, version, commit, experiments }: Results, view: View): Fact[] {
  const { n, words } = view;
  const { run } = words;
  const { quick, seed, text, only, seconds, steps } = settings;
  return [
    [run.version, version],
    [run.commit, commit],
    [run.size, quick ? run.quick : run.full],
    [run.only, only.length ? only.join(", ") : run.everything],
    [run.seed, String(seed)],
    [run.text, text],
    [run.secondsEach, seconds === null ? null : n.duration(seconds)],
    [run.stepsEach, steps === null ? null : n.whole(steps)],
    [run.wholeTime, n.duration(secondsOf({ experiments }))],
  ];
}

function machineOf({ machine }: Results, { n, words: { run } }: View): Fact[] {
  const { cpu, cores, memoryBytes, platform, node, backend, threads, date } = machine;
  return [
    [run.cpu, cpu],
    [run.cores, n.whole(cores)],
    [run.memory, run.gibibytes(n.gibibytes(memoryBytes))],
    [run.platform, platform],
    ["Node.js", node],
    [run.backendLabel, run.backend(n, backend, threads)],
    [run.date, `${n.date(date)}, ${n.time(date)}`],
  ];
}

const facts = (all: readonly Fact[]): Html =>
  html`<dl>
    ${all.map(
      ([term, value]) =>
        value !== null &&
        value !== undefined &&
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

function commands({ settings, commit }: Results, { words, lang }: View): Html {
  const lines = [
    commit && `git checkout ${commit}`,
    "npm ci",
    `npm run compare -- ${optionsOf(settings, lang)}  # ${words.run.commands.run}`,
    `npx genarch report results.json --lang ${lang}  # ${words.run.commands.report}`,
  ];
  return html`<pre tabindex="0"><code>${lines.filter(Boolean).join("\n")}</code></pre>`;
}

function optionsOf(settings: Results["settings"], lang: string): string {
  const { quick, seed, text, only, seconds, steps } = settings;
  const options = [
    quick && "--quick",
    `--seed ${seed}`,
    text !== "Moby-Dick" && `--text "${text}"`,
    only.length > 0 && `--only ${only.join(",")}`,
    seconds !== null && `--seconds ${seconds}`,
    steps !== null && `--steps ${steps}`,
    `--lang ${lang}`,
  ];
  return options.filter(Boolean).join(" ");
}
