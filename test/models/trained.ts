/** Weights and numbers of models that others trained: beside the repository, or not at all. */
import { existsSync, readFileSync } from "node:fs";
import { Safetensors, type StoredTensor } from "genarch/data";

const folder = new URL("../../../shared/data/", import.meta.url);

/** Whether `file` of ../shared/data is there; says so where it is not. */
export function isHere(file: string): boolean {
  const here = existsSync(new URL(file, folder));
  if (!here) console.log(`../shared/data/${file} is not there, so nothing is compared with it`);
  return here;
}

export const bytesOf = (file: string): Buffer => readFileSync(new URL(file, folder));
export const jsonOf = <T>(file: string): T => JSON.parse(bytesOf(file).toString("utf8")) as T;

/** Raw little-endian float32, as both models' files are. */
export function floatsOf(file: string, from = 0): Float32Array {
  const bytes = bytesOf(file);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + bytes.length)); // prettier-ignore
}

/** What `load` takes. */
export const stored = (tensors: Record<string, [shape: number[], data: Float32Array]>): Safetensors =>
  new Safetensors(
    Object.entries(tensors).map(([name, [shape, data]]): [string, StoredTensor] => [name, { dtype: "F32", shape, data }]),
    {},
  ); // prettier-ignore
