/**
 * What one training step of a model asks of a GPU, counted: dispatches, submits, bytes, buffers and pipelines made. No
 * count depends on a number, so Dawn's null adapter will do, which checks every command and computes nothing.
 */
import { use, webgpu, type Backend } from "genarch";
import { create } from "webgpu";
import type { WebgpuBackend } from "../src/kernels/webgpu/index.js";
import { imageSteps } from "./image-steps.js";
import { clippedStep, steps } from "./steps.js";

export const workloads = {
  lstm: steps.lstm,
  gpt: steps.gpt,
  "gpt with clip": clippedStep,
  ...imageSteps,
};
export type Workload = keyof typeof workloads;
/** Kernels for GPUs, or for adapters that compute on the CPU, as SwiftShader does. */
export type Members = "gpu" | "cpu";
export type Counts = WebgpuBackend["counts"];

/** Kept: if Dawn is collected while a device of its works, the process ends. */
let dawn: GPU | null = null;

/** An adapter whose devices check all that they are asked for, and do nothing. */
export async function nullAdapter(): Promise<GPUAdapter> {
  dawn ??= create(["backend=null"]);
  const adapter = await dawn.requestAdapter();
  if (!adapter) throw new Error("Dawn has no null adapter here");
  return adapter;
}

/** Counts of the third step at WebGPU's default limits, on the machine's own adapter unless one is given. */
export async function countStep(
  workload: Workload,
  members: Members,
  adapter?: GPUAdapter,
): Promise<Counts> {
  const chosen = adapter ? { adapter } : {};
  const backend = await use(webgpu.with({ software: true, limits: "default", members, ...chosen }));
  const step = workloads[workload]();
  await step();
  await step();
  const before = countsOf(backend);
  await step();
  const after = countsOf(backend);
  const names = Object.keys(before) as (keyof Counts)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as Counts;
}

const isWebgpu = (backend: Backend): backend is WebgpuBackend => backend.name === "webgpu";

function countsOf(backend: Backend): Counts {
  if (!isWebgpu(backend)) throw new Error(`${backend.name} was opened, not webgpu`);
  return backend.counts;
}
