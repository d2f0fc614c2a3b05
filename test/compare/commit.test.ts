/** The commit in results.json: of genarch's own sources as they are, or none. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commitOf, commitOfAll } from "../../src/compare/commit.js";
import { KeptParts } from "../../src/compare/kept.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "genarch-commit-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A repository of one commit, whose package has this name. */
async function repository(name: string): Promise<string> {
  const root = path.join(folder, name);
  await mkdir(path.join(root, "src"), { recursive: true });
  await writeFile(path.join(root, "package.json"), JSON.stringify({ name }));
  await writeFile(path.join(root, "src", "index.ts"), "export {};\n");
  const git = (...args: string[]) => promisify(execFile)("git", ["-C", root, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args]); // prettier-ignore
  await git("init", "-q");
  await git("add", ".");
  await git("commit", "-q", "-m", "first");
  return root;
}

it("is the hash of a checkout of genarch, from any of its folders", async () => {
  const root = await repository("genarch");
  const hash = await commitOf(path.join(root, "src"));
  expect(hash).toMatch(/^[0-9a-f]{40}$/);
  await writeFile(path.join(root, "notes.txt"), "not a source");
  expect(await commitOf(root)).toBe(hash);
});

it("is left out where the sources have changed: no commit would give them", async () => {
  const root = path.join(folder, "genarch");
  await writeFile(path.join(root, "src", "index.ts"), "export const changed = true;\n");
  expect(await commitOf(root)).toBeUndefined();
});

it("is left out in another package's repository, and where there is no repository", async () => {
  const root = await repository("someone-elses");
  const installed = path.join(root, "node_modules", "genarch");
  await mkdir(installed, { recursive: true });
  expect(await commitOf(installed)).toBeUndefined();
  expect(await commitOf(folder)).toBeUndefined();
  expect(await commitOf(path.join(folder, "nowhere"))).toBeUndefined();
});

it("of a run that was stopped, is that of all its halves, or none", async () => {
  const identity = { text: "Moby-Dick", scale: "full", seed: 1, seconds: null, steps: null };
  const half = async (commit: string | undefined, resume = true) =>
    commitOfAll(await KeptParts.open(path.join(folder, "run"), identity, resume), commit);
  expect(await half("a", false)).toBe("a");
  expect(await half("a")).toBe("a");
  expect(await half("b")).toBeUndefined();
  expect(await half("b")).toBeUndefined(); // its first half is still of a
  expect(await half(undefined, false)).toBeUndefined();
  expect(await half("a")).toBeUndefined();
});
