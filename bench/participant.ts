/** A system that takes part in a race, from outside: a process that is told to run, and answers with milliseconds. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** MiB of memory; `backend` and `gflop` (of one run) are told by genarch only. */
export type Facts = { peak: number; above: number; backend?: number; gflop?: number };

export type System = {
  name: "genarch" | "tfjs" | "jax" | "torch" | "arithmetic";
  threads: number;
};

export type Participant = {
  /** Mean milliseconds of `count` runs. */
  run(count: number): Promise<number>;
  facts(): Promise<Facts>;
  end(): void;
}; // prettier-ignore

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** The first Python that has PyTorch, or null. */
export function pythonWithTorch(): string | null {
  const has = (python: string) => spawnSync(python, ["-c", "import torch"]).status === 0;
  return ["python3", "/usr/bin/python3"].find(has) ?? null;
}

/** Starts a system on a row; resolves when its data and its model are there. Rejects with what it wrote when it ended before. */
export async function start({ name, threads }: System, row: string, python: string): Promise<Participant> {
  const script = name === "torch" ? [here("torch_rows.py")] : ["--import", "tsx", here("system.ts"), name];
  const command = name === "torch" ? python : process.execPath;
  const child = spawn(command, [...script, String(threads), row], { env: environment() });
  const answers = answersOf(child, `${name} on ${row}`);
  const ask = async (order: string) => {
    child.stdin.write(`${order}\n`);
    return await answers.next();
  };
  await answers.next(); // "ready"
  return {
    run: async (count) => Number(await ask(`run ${count}`)),
    facts: async () => (await ask("facts")) as Facts,
    end: () => void child.kill(),
  };
} // prettier-ignore

/**
 * genarch is what was built, as it is published: tsx gives each function of a source its name at every call that makes
 * one. And a setting for old builds of OpenBLAS makes PyTorch's products two times slower.
 */
function environment(): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...rest } = process.env;
  return { ...rest, TSX_TSCONFIG_PATH: here("tsconfig.run.json") };
}

/** What one line of a system's output says, or nothing: other lines are its library's. */
export function answerIn(line: string): { answer: unknown } | null {
  return line.startsWith("> ") ? { answer: JSON.parse(line.slice(2)) as unknown } : null;
}

type Answers = { next(): Promise<unknown> };

/** Answers in the order in which they come. */
function answersOf(child: ChildProcess, name: string): Answers {
  const waiting: { resolve(answer: unknown): void; reject(error: Error): void }[] = [];
  const early: unknown[] = [];
  let written = "";
  let ended: Error | null = null;
  child.stderr?.on("data", (text: Buffer) => (written = (written + String(text)).slice(-2000)));
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const found = answerIn(line);
    if (!found) return;
    const next = waiting.shift();
    if (next) next.resolve(found.answer);
    else early.push(found.answer);
  });
  child.on("close", (code) => {
    ended = new Error(`${name} ended (${code}): ${written.trim() || "it wrote nothing"}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  });
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (early.length) resolve(early.shift());
        else if (ended) reject(ended);
        else waiting.push({ resolve, reject });
      }),
  };
}
