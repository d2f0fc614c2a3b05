/** What a run's speeds depend on, for who reads them elsewhere. */
import os from "node:os";
import { currentBackend } from "../tensor/index.js";
import type { Machine } from "./results.js";

export function machine(): Machine {
  const backend = currentBackend();
  const { threads } = backend as { threads?: number };
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    platform: `${os.platform()} ${os.arch()}`,
    node: process.version,
    backend: backend.name,
    threads: threads ?? 1,
    date: new Date().toISOString(),
  };
}
