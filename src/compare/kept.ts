/** The finished parts of a run in its folder, so that a run which was stopped goes on after them. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

/** What a run must have in common with the one that it goes on from. */
export type Identity = {
  text: string;
  scale: string;
  seed: number;
  seconds: number | null;
  steps: number | null;
};

type State = { identity: Identity; parts: Record<string, string> }; // values as JSON

export class KeptParts {
  private constructor(
    private readonly folder: string,
    private readonly state: State,
  ) {}

  /** Of the run in `folder`, if this one resumes it; else the folder's old checkpoints are removed. */
  static async open(folder: string, identity: Identity, resume: boolean): Promise<KeptParts> {
    if (!resume) await rm(path.join(folder, "checkpoints"), { recursive: true, force: true });
    await mkdir(path.join(folder, "checkpoints"), { recursive: true });
    const text = await readFile(path.join(folder, "checkpoints", "parts.json"), "utf8").catch(
      () => null,
    );
    if (text === null) return new KeptParts(folder, { identity, parts: {} });
    const state = JSON.parse(text) as State;
    if (JSON.stringify(state.identity) !== JSON.stringify(identity))
      throw new Error(
        `compare: ${folder} holds a run of ${describe(state.identity)}, and this one is ${describe(identity)}; resume with the same options, or give another --out`,
      );
    return new KeptParts(folder, state);
  }

  /** Of a training, or of what a part keeps for another. */
  file(name: string): string {
    return path.join(this.folder, "checkpoints", `${name.replace(/\W+/g, "-")}.safetensors`);
  }

  has(name: string): boolean {
    return name in this.state.parts;
  }
  /** A copy, as a resumed run reads it: who changes it changes nothing here. */
  get(name: string): unknown {
    return JSON.parse(this.state.parts[name]!);
  }
  /** Written whole before the old file goes. */
  async set(name: string, value: unknown): Promise<void> {
    this.state.parts[name] = JSON.stringify(value);
    const file = path.join(this.folder, "checkpoints", "parts.json");
    await writeFile(`${file}.partial`, JSON.stringify(this.state));
    await rename(`${file}.partial`, file);
  }
}

function describe({ text, scale, seed, seconds, steps }: Identity): string {
  const budget = [
    seconds !== null && `${seconds} seconds each`,
    steps !== null && `${steps} steps each`,
  ];
  const size = scale === "full" ? false : scale;
  return [text, size, ...budget, `seed ${seed}`].filter(Boolean).join(", ");
}
