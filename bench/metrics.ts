/**
 * `npm run bench:metrics`: our metrics beside what JavaScript has, in turns, as medians; and what no
 * peer computes (FID, precision and recall) once, at the size of a paper. It writes results/metrics.json
 * and metrics.md. `-- --only ssim` runs the rows whose name holds "ssim" and writes nothing; `--rounds N`
 * takes more turns.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bleu, Fid, prdc, rouge, ssim } from "genarch/metrics";
import seedrandom from "seedrandom";
import { machine } from "./machine.js";

/** A metric and, where there is one, its peer; both give the number that they computed. */
type Workload = {
  readonly name: string;
  /** Whether the peer computes the same number, to how many digits. */
  readonly digits?: number;
  readonly genarch: () => number;
  readonly peer?: () => number;
};
type Row = {
  name: string;
  peer: string;
  /** Whether the peer computes the same number. */
  same: boolean;
  ms: number;
  peerMs: number | null;
  value: number;
};

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, rounds: { type: "string", default: "5" } },
});
const random = seedrandom("bench");
const MOST_MS = 60_000; // of turns; a slow peer gets fewer

const makers: Record<string, () => Promise<Workload>> = {
  "corpus BLEU, 100,000 pairs": async () => {
    const references = Array.from({ length: 100_000 }, () => sentence(10 + random() * 30));
    const hypotheses = references.map(changed);
    const peers = await import("./metrics-peers.mjs");
    return {
      name: "bleu-score, sentence by sentence",
      genarch: () => bleu(hypotheses, [references]).value!,
      peer: () => peers.bleu(hypotheses, references),
    };
  },
  "ROUGE-L, two texts of 2,000 words": async () => {
    const target = sentence(2000);
    const prediction = changed(target);
    const peers = await import("./metrics-peers.mjs");
    return {
      name: "js-rouge",
      digits: 9,
      genarch: () => rouge(prediction, target, { types: ["rougeL"] }).value!,
      peer: () => peers.rougeL(prediction, target),
    };
  },
  "SSIM, 512 x 512": async () => {
    const size = 512;
    const grey = () =>
      Array.from({ length: size * size }, (_, i) =>
        Math.round((i % size) / 4 + 60 * Math.sin(i / 9e3) + 60 + 8 * random()),
      );
    const [real, generated] = [grey(), grey()];
    const peers = await import("./metrics-peers.mjs");
    const plane = (data: number[]) => ({ shape: [size, size], data });
    return {
      name: "ssim.js",
      digits: 5,
      genarch: () =>
        ssim({ real: plane(real), generated: plane(generated) }, { dataRange: 255 }).value!,
      peer: peers.ssim(real, generated, size),
    };
  },
  "FID, 2,048 dimensions, 10,000 a side": () => {
    const [real, generated] = [features(10_000, 2048, 0), features(10_000, 2048, 0.1)];
    return Promise.resolve({
      name: "",
      genarch: () => new Fid().add({ real, generated }).result().value!,
    });
  },
  "PRDC, 10,000 x 10,000, 64 dimensions": () => {
    const [real, generated] = [features(10_000, 64, 0), features(10_000, 64, 0.2)];
    return Promise.resolve({ name: "", genarch: () => prdc({ real, generated }).value! });
  },
};

const rows: Row[] = [];
for (const [name, make] of Object.entries(makers)) {
  if (name.toLowerCase().includes(values.only.toLowerCase())) report(race(name, await make()));
}
if (values.only === "") save();

/** Medians of both sides, in turns; a workload without a peer runs once. */
function race(name: string, { name: peer, digits, genarch, peer: other }: Workload): Row {
  if (!other) {
    const [ms, value] = time(genarch);
    return { name, peer, same: false, ms, peerMs: null, value };
  }
  const value = genarch(); // both warm up
  const theirs = other();
  if (digits !== undefined && Math.abs(value - theirs) > 10 ** -digits) {
    throw new Error(`${name}: genarch gives ${value}, ${peer} ${theirs}: not the same number`);
  }
  const times: [number, number][] = [];
  const start = performance.now();
  for (let round = 0; round < Number(values.rounds); round++) {
    if (round > 0 && performance.now() - start > MOST_MS) break;
    times.push([time(genarch)[0], time(other)[0]]);
  }
  const middle = (side: 0 | 1) => median(times.map((pair) => pair[side]));
  return { name, peer, same: digits !== undefined, ms: middle(0), peerMs: middle(1), value };
}

/** Milliseconds of CPU time, which a busy machine stretches less than the clock's; the work is synchronous. */
function time(work: () => number): [number, number] {
  const start = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1000, value];
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}

function report(row: Row): void {
  rows.push(row);
  const beside =
    row.peerMs === null
      ? "no peer"
      : `${row.peer} ${row.peerMs.toFixed(1)} ms, x${(row.peerMs / row.ms).toFixed(2)}`;
  console.log(`${row.name.padEnd(38)} genarch ${row.ms.toFixed(1)} ms; ${beside}`);
}

function save(): void {
  const here = machine();
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    new URL("metrics.json", folder),
    JSON.stringify({ machine: here, rows }, null, 2) + "\n",
  );
  writeFileSync(new URL("metrics.md", folder), pageOf(here));
}

/** The rows as a table. */
function pageOf(machine: string): string {
  const seconds = (ms: number) =>
    ms < 10_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(1)} s`;
  const lines = rows.map(({ name, peer, ms, peerMs, same }) => {
    const beside =
      peerMs === null
        ? "none | | |"
        : `${peer} | ${seconds(peerMs)} | ${(peerMs / ms).toFixed(2)} |`;
    const number = peerMs === null ? "" : same ? "yes" : "no";
    return `| ${name} | ${seconds(ms)} | ${beside} ${number} |`;
  });
  return `# Metrics

\`npm run bench:metrics\`, ${machine}, CPU time. Medians of turns, ours and the peer's one after the
other; without a peer, one run. Above 1, ours is faster. Where both compute the same number, the bench
checks that it is.

| metric | genarch | peer | its time | ratio | same number |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

/** Words with Zipf's frequencies. */
function sentence(words: number): string {
  const word = () => `w${Math.floor(Math.exp(random() * Math.log(5000)))}`;
  return Array.from({ length: Math.floor(words) }, word).join(" ") + ".";
}

/** The text with about a fifth of its words changed or gone. */
function changed(text: string): string {
  return text
    .split(" ")
    .flatMap((word) => {
      const draw = random();
      return draw < 0.1 ? [] : draw < 0.2 ? [`w${Math.floor(random() * 5000)}`] : [word];
    })
    .join(" ");
}

/** Features with correlated columns. */
function features(rows: number, columns: number, shift: number) {
  const data = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    let before = 0;
    for (let j = 0; j < columns; j++) {
      before = 0.7 * before + random() + random() + random() - 1.5;
      data[i * columns + j] = before + shift;
    }
  }
  return { rows, columns, data };
}
