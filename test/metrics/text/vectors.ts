// Cases made with the reference implementations lie beside the repository, in ../shared, and are
// not part of it. Where they are missing the tests say so in one line and check what is here.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const folder = fileURLToPath(new URL("../../../../shared/vectors/metrics/", import.meta.url));

export interface Case {
  readonly name: string;
  readonly fn: string;
  readonly inputs: Record<string, never>;
  readonly params: Record<string, never>;
  readonly expected: Record<string, never>;
  readonly tolerance: { readonly abs: number; readonly rel: number };
}

/** All cases of one kind in a file of ../shared/vectors/metrics; none where it is missing. */
export function cases(file: string, fn: string): Case[] {
  if (!existsSync(folder + file)) {
    console.log(`../shared/vectors/metrics/${file} is not here: its ${fn} cases are not checked.`);
    return [];
  }
  const all = JSON.parse(readFileSync(folder + file, "utf8")) as Case[];
  return all.filter((one) => one.fn === fn);
}

/** Expects equal numbers, within the case's tolerance, anywhere in a structure. */
export function expectClose(got: unknown, want: unknown, { tolerance }: Pick<Case, "tolerance">) {
  if (typeof want === "number") {
    const room = tolerance.abs + tolerance.rel * Math.abs(want);
    expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(room);
  } else if (typeof want === "object" && want !== null) {
    for (const [key, value] of Object.entries(want)) {
      expectClose((got as Record<string, unknown>)[key], value, { tolerance });
    }
  } else {
    expect(got).toEqual(want);
  }
}
