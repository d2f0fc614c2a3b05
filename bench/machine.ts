/** Where and when numbers were taken. */
import { spawnSync } from "node:child_process";
import os from "node:os";

/** CPU, cores and Node of this machine, in words. */
export const machine = (): string =>
  `${os.cpus()[0]!.model}, ${os.availableParallelism()} cores, Node ${process.versions.node}`;

/** The day and the commit, such as "2026-11-25, 14bf18c". */
export function today(): string {
  const commit = spawnSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" });
  return [new Date().toISOString().slice(0, 10), commit.stdout?.trim()].filter(Boolean).join(", ");
}
