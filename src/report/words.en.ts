/** The report's words in English. */
import type { Numbers } from "./numbers.js";
import type { ReportWords } from "./words.js";

const some = (n: Numbers, count: number, one: string, other: string): string =>
  `${n.whole(count)} ${n.plural(count) === "one" ? one : other}`;

export const en: ReportWords = {
  title: "Generative architectures, side by side",
  description:
    "Recurrent networks, transformers, GANs, VAEs and diffusion models, trained on one budget and measured.",
  lead: (n, { contestants, experiments, seconds, cpu }) =>
    `${some(n, contestants, "architecture", "architectures")} in ${some(n, experiments, "experiment", "experiments")}, ` +
    `with one budget of training for all in each. Everything on this page was trained and measured in one run of ${n.duration(seconds)} on ${cpu}.`,
  issued: (date, version) => `genarch ${version} · ${date}`,
  quickRun:
    "This was a quick run: everything learned for a short time, so that all of it can be seen. Its numbers are worse than those of a full run, and a verdict may turn there.",
  unfinishedRun: "This run was stopped before its end; what follows is what it had finished.",
  skip: "Skip to the results",
  contents: "Contents",
  theme: { label: "Theme", auto: "Auto", light: "Light", dark: "Dark" },

  claims: {
    heading: "What is claimed, and what was found",
    about:
      "A verdict speaks of this run: small models, a short time, the data named below. It does not prove a claim in general, and it does not refute one.",
    tally: (n, { held, failed, unmeasured }) =>
      [
        `${n.whole(held)} held`,
        `${n.whole(failed)} did not`,
        unmeasured > 0 &&
          `${n.whole(unmeasured)} ${unmeasured === 1 ? "was" : "were"} not measured`,
      ]
        .filter(Boolean)
        .join(", ") + ".",
    verdicts: { held: "Held", failed: "Did not hold", unmeasured: "Not measured" },
    claim: "Claim",
    measured: "Measured",
    source: "Source",
    none: "This run measured nothing that speaks for or against a claim.",
    noBest: {
      claim: "No architecture is the best at everything.",
      measured: (tables) =>
        tables
          .map(({ title, columns, leads }) => {
            const shares = leads.map(({ name, best }) => `${name}\u00a0${best}`).join(", ");
            return `${title}: best values in ${columns} columns: ${shares}.`;
          })
          .join(" "),
    },
    hybrids: {
      claim: "Hybrids of families do better than their parents.",
      measured: "No hybrid takes part in this comparison.",
    },
  },

  table: {
    heading: "Architectures by criteria",
    about:
      "The best value among architectures of a column is bold on a tint. Controls stand apart below the rule and do not compete: they learn nothing or next to nothing, or they are real data.",
    architecture: "Architecture",
    parameters: "Parameters",
    training: "Training",
    steps: (n, count) => some(n, count, "step", "steps"),
    budget: (time) => `Each architecture had ${time} to learn.`,
    best: "best",
    lower: "lower is better",
    higher: "higher is better",
    target: "nearer to the control is better",
    controls: "Controls",
    interval: (low, high) => `${low} to ${high}`,
    seeds: (values) => `runs: ${values}`,
    notMeasured: "not measured",
    columns: "What the columns mean",
    source: "Source",
    notes: "Notes",
    none: "No experiment has finished.",
  },

  families: {
    control: "control",
    recurrent: "recurrent",
    transformer: "transformer",
    gan: "GAN",
    vae: "VAE",
    diffusion: "diffusion",
  },

  experiment: {
    leftOut: "Left out of this run by --only, so nothing was measured.",
    took: (time) => `With its measuring this took ${time}.`,
    noFigures: "This experiment has no figures.",
  },

  figure: {
    numbers: "The numbers as a table",
    empty: "Nothing to show here: the contestants that this figure is about did not take part.",
    series: "Line",
    start: "First point",
    end: "Last point",
    lowest: "Lowest",
    highest: "Highest",
    points: (n, count) => some(n, count, "point", "points"),
    shown: (n, shown, all) => `${n.whole(shown)} of ${n.whole(all)} points are drawn.`,
    lines: (title, axes, parts) => `Chart: ${title}. ${axes}. ${parts.join("; ")}.`,
    lineFrom: (name, from, to) => `${name} goes from ${from} to ${to}`,
    scatter: (name, points, centers, note) =>
      `${name}: ${points} over ${centers} centres of modes. ${note}`,
    center: "centre of a mode",
    prompt: "given",
    scroll: (title) => `${title}, scrolls sideways`,
  },

  run: {
    heading: "How this was made",
    about: "All that the numbers above depend on.",
    settings: "Settings",
    machine: "Machine",
    again: "Do it again",
    againAbout:
      "Weights, batches and samples follow from the seed. How far training comes in its time depends on the machine; with --steps in place of time the numbers are the same everywhere.",
    size: "Run",
    quick: "quick",
    full: "full",
    seed: "Seed",
    text: "Text",
    only: "Part of it",
    everything: "everything",
    secondsEach: "Time for each",
    stepsEach: "Steps for each, at most",
    version: "genarch",
    commit: "Commit",
    date: "Started (UTC)",
    wholeTime: "Whole time",
    cpu: "Processor",
    cores: "Cores",
    memory: "Memory",
    platform: "System",
    backend: (n, name, threads) => `${name}, ${some(n, threads, "thread", "threads")}`,
    backendLabel: "Backend",
    gibibytes: (value) => `${value} GiB`,
    commands: {
      run: "the whole run, with this report at its end",
      report: "this report again from results.json, without training",
    },
  },

  units: {},
  end: "Written by genarch from results.json. This page loads nothing from anywhere.",
};
