/**
 * Checkpoints: all that a run needs to go on as if it had never stopped, bit for bit. One safetensors file
 * holds weights, running statistics, averages and optimizer states by their paths; its metadata hold
 * the step, each optimizer's progress, the state of the random numbers, and what the caller adds.
 */
import {
  currentBackend,
  load,
  ParameterError,
  Parameter,
  randomState,
  setRandomState,
  State,
  Tensor,
  walk,
  type RandomState,
} from "../tensor/index.js";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors/index.js";
import { Optimizer } from "./optimizer.js";

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** The step that comes next, and anything of the caller's own that JSON can hold. */
export type Notes = { step: number; extra?: Json };

type Progress = ReturnType<Optimizer["progress"]>;
type Metadata = {
  step: number;
  extra: Json;
  random: RandomState;
  optimizers: Record<string, Progress>;
};
const KEY = "genarch.checkpoint";

/**
 * The bytes of a checkpoint of `parts`, such as `{ model, optimizer, average }`: every parameter and state in them.
 * All is as it was at the call, even if training goes on before the promise is kept.
 */
export async function packCheckpoint(parts: object, { step, extra = null }: Notes): Promise<Uint8Array> {
  const optimizers = optimizersIn(parts).map(([name, optimizer]) => [name, optimizer.progress()]);
  const metadata = { step, extra, random: randomState(), optimizers: Object.fromEntries(optimizers) };
  const text = JSON.stringify(metadata);
  const reads = [...walk(parts)].map(async ([path, item]) => {
    const value = item instanceof Parameter ? item : item.value;
    return [path, { shape: value.shape, data: await digits(value) }] as const;
  });
  return writeSafetensors(await Promise.all(reads), { [KEY]: text });
} // prettier-ignore

/** A backend that computes in float64 needs all its digits to go on bit for bit. */
async function digits(value: Tensor): Promise<Float64Array | Float32Array | Int32Array> {
  if (currentBackend().name !== "js" || value.dtype !== "f32") return value.data();
  const nested: unknown[] = [await value.array()];
  return Float64Array.from(nested.flat(Infinity) as number[]);
}

/** Puts a checkpoint back into `parts` and the random numbers. If it does not fit, nothing is changed. */
export function unpackCheckpoint(bytes: Uint8Array, parts: object): Required<Notes> {
  const stored = readSafetensors(bytes);
  const text = stored.metadata[KEY];
  if (text === undefined)
    throw new ParameterError(
      "checkpoint: the file holds weights, but no step and no random state; read it with load(model, readSafetensors(bytes))",
    );
  const { step, extra, random, optimizers } = JSON.parse(text) as Metadata;
  const found = optimizersIn(parts);
  for (const [name, optimizer] of found) checkMethod(name, optimizer, optimizers[name]);
  load(parts, stored);
  for (const [name, optimizer] of found) optimizer.resume(optimizers[name]!);
  setRandomState(random);
  return { step, extra };
}

function checkMethod(name: string, optimizer: Optimizer, saved: Progress | undefined): void {
  const { method } = optimizer.progress();
  if (saved?.method === method) return;
  throw new ParameterError(
    `checkpoint: ${name} is ${method}, but the file has ${saved?.method ?? "none"} there; make the parts as they were when it was saved`,
  );
}

/** Every optimizer by its path, as deep as parameters are sought. */
function optimizersIn(item: unknown, path = "", seen = new Set<unknown>()): [string, Optimizer][] {
  if (item instanceof Optimizer) return [[path, item]];
  if (typeof item !== "object" || item === null || seen.has(item)) return [];
  if (item instanceof Tensor || item instanceof State || ArrayBuffer.isView(item)) return [];
  seen.add(item);
  const entries = item instanceof Map ? [...item] : Object.entries(item);
  return entries.flatMap(([key, value]) =>
    optimizersIn(value, path ? `${path}.${String(key)}` : String(key), seen),
  );
}

/** Writes a checkpoint to a file (Node only). Whenever the power fails, the path holds a whole one: the old or the new. */
export async function saveCheckpoint(path: string, parts: object, notes: Notes): Promise<void> {
  await replaceFile(path, await packCheckpoint(parts, notes));
}

/** Reads what `saveCheckpoint` wrote (Node only). */
export async function loadCheckpoint(path: string, parts: object): Promise<Required<Notes>> {
  const { readFile } = await import("node:fs/promises");
  return unpackCheckpoint(await readFile(path), parts);
}

/** A new file beside the old one, down to the disk, and then its name: rename is atomic, writing is not. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const { open, rename, rm } = await import("node:fs/promises");
  const { dirname } = await import("node:path");
  const beside = `${path}.${globalThis.crypto.randomUUID()}.partial`;
  try {
    const file = await open(beside, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  const folder = await open(dirname(path)).catch(() => null); // Windows opens no folders
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}
