/** Which commit of genarch a run computes with, so that its report can say how to get the same sources. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { KeptParts } from "./kept.js";

const here = path.dirname(fileURLToPath(import.meta.url));

/**
 * The hash of the commit that `folder` is checked out from; undefined where there is no git, where the repository is
 * someone else's (genarch lies in its node_modules), or where the sources differ from the commit.
 */
export async function commitOf(folder = here): Promise<string | undefined> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", ["-C", folder, ...args])).stdout.trim();
  try {
    const root = await git("rev-parse", "--show-toplevel");
    const { name } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8")) as { name?: string }; // prettier-ignore
    if (name !== "genarch") return undefined;
    const changed = await git("status", "--porcelain", "--", path.join(root, "src"));
    return changed ? undefined : await git("rev-parse", "HEAD");
  } catch {
    return undefined; // a report without the hash is still a report
  }
}

/** `commit` again, if all halves of a run that was stopped have it; undefined for ever after where one does not. */
export async function commitOfAll(parts: KeptParts, commit?: string): Promise<string | undefined> {
  const known = parts.has("commit") ? (parts.get("commit") as string | null) : commit;
  const same = known === commit ? commit : undefined;
  await parts.set("commit", same ?? null);
  return same;
}
