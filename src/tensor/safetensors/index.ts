// Safetensors files, read and written: 8 bytes with the header's length N (unsigned,
// little-endian), N bytes of JSON, then the numbers, packed without holes
// (github.com/huggingface/safetensors, "Format"). Numbers are taken in the machine's own byte
// order: little-endian wherever JavaScript runs today.

import { dtypeOf, dtypes, type StoredData, type StoredDtype } from "./dtypes.js";
import { elements, isCounts, readHeader, SafetensorsError, show } from "./header.js";

export { SafetensorsError, type StoredData, type StoredDtype };

/** A tensor of a file: `dtype` is the file's; `data` may be wider (F16, BF16) or narrower (I64, U64). */
export type StoredTensor = { dtype: StoredDtype; shape: number[]; data: StoredData };

/** The tensors of a file by name, in the order of their bytes, and its `__metadata__`. */
export class Safetensors extends Map<string, StoredTensor> {
  constructor(
    tensors: Iterable<readonly [string, StoredTensor]>,
    readonly metadata: Readonly<Record<string, string>>,
  ) {
    super(tensors);
  }
}

/**
 * The tensors of a safetensors file. F16 and BF16 are widened to Float32Array, BOOL is 0 and 1 in a
 * Uint8Array, I64 and U64 are narrowed to Int32Array. All numbers are copies, so the file can go.
 * @throws SafetensorsError where the file is cut short, contradicts itself, has a dtype that is not
 * in `StoredDtype`, or holds a 64-bit integer that does not fit in 32 bits.
 */
export function readSafetensors(file: Uint8Array | ArrayBuffer): Safetensors {
  // A plain Uint8Array over the same memory, because `slice` of a Node Buffer makes no copy.
  const bytes =
    file instanceof Uint8Array
      ? new Uint8Array(file.buffer, file.byteOffset, file.byteLength)
      : new Uint8Array(file);
  const { places, metadata } = readHeader(bytes);
  const tensors = places.map(({ name, dtype, shape, begin, end }) => {
    const data = dtypes[dtype].read(bytes.slice(begin, end).buffer, (index, value) => {
      throw new SafetensorsError(
        `The tensor ${show(name)} has the ${dtype} value ${value} at byte ${begin + 8 * index}: ` +
          "integers of more than 32 bits are not supported. Save it as I32 or F64.",
      );
    });
    return [name, { dtype, shape, data }] as const;
  });
  return new Safetensors(tensors, metadata);
}

/** What `writeSafetensors` takes: the array decides the dtype; a Uint8Array may be marked BOOL. */
export type WritableTensor = { dtype?: StoredDtype; shape: readonly number[]; data: StoredData };

/**
 * The bytes of a safetensors file. The same tensors and metadata give the same bytes in whatever
 * order they come: wide dtypes first, so that every number stands at a multiple of its size, then
 * by name.
 * @throws SafetensorsError for a name that comes twice or a shape that does not fit its data.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, WritableTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const rows = Array.from(tensors).sort(
    ([a, { data: x }], [b, { data: y }]) =>
      y.BYTES_PER_ELEMENT - x.BYTES_PER_ELEMENT || compare(a, b),
  );
  const names = new Set(["__metadata__"]);
  const notes = Object.keys(metadata).sort(compare);
  const about = notes.map((key) => `${JSON.stringify(key)}:${JSON.stringify(metadata[key])}`);
  const entries = about.length > 0 ? [`"__metadata__":{${about.join()}}`] : [];
  let end = 0;
  for (const [name, tensor] of rows) {
    if (names.has(name)) throw new SafetensorsError(taken(name));
    names.add(name);
    entries.push(`${JSON.stringify(name)}:${entry(name, tensor, end)}`);
    end += tensor.data.byteLength;
  }
  return pack(
    `{${entries.join()}}`,
    rows.map(([, { data }]) => data),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const taken = (name: string): string =>
  name === "__metadata__"
    ? 'A tensor cannot be named "__metadata__": the format keeps that name. Rename it.'
    : `Two tensors are named ${show(name)}. Give each its own name.`;

/** By hand, as are all objects of the header: JSON.stringify would put keys like "0" first. */
function entry(name: string, { dtype, shape, data }: WritableTensor, begin: number): string {
  if (!isCounts(shape) || elements(shape) !== data.length) {
    throw new SafetensorsError(
      `The tensor ${show(name)} has ${data.length} values, ` +
        `which do not fill its shape ${show(shape)}.`,
    );
  }
  const written = dtype === "BOOL" && data instanceof Uint8Array ? "BOOL" : dtypeOf(data);
  const offsets = `[${begin},${begin + data.byteLength}]`;
  return `{"dtype":"${written}","shape":[${shape.join()}],"data_offsets":${offsets}}`;
}

/** The header is padded with spaces, so that the numbers begin at a multiple of 8. */
function pack(header: string, arrays: StoredData[]): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const size = arrays.reduce((sum, { byteLength }) => sum + byteLength, start);
  const file = new Uint8Array(size).fill(" ".charCodeAt(0), 8, start);
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const { buffer, byteOffset, byteLength } of arrays) {
    file.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return file;
}
