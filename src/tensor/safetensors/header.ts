// The header of a safetensors file, checked whole before one number is read: a file may come from
// anywhere, so nothing it says is believed. Byte numbers in the sentences count from the file's
// start, and "bytes 8 to 16" are those from 8 up to 15.

import { dtypes, type StoredDtype } from "./dtypes.js";

/** What is wrong with a safetensors file, and at which byte. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
}

/** Where a tensor stands: `begin` and `end` count bytes from the start of the file. */
export type Place = {
  name: string;
  dtype: StoredDtype;
  shape: number[];
  begin: number;
  end: number;
};

const maxHeader = 100_000_000; // the reference reader's limit

/** The places of all tensors in the order of their bytes, and the file's metadata. */
export function readHeader(bytes: Uint8Array): {
  places: Place[];
  metadata: Record<string, string>;
} {
  const start = dataStart(bytes);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes, start);
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry, start));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkPacked(places, start, bytes.length);
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== "string")) {
    throw new SafetensorsError(
      `The header's "__metadata__" must be an object of strings, not ${show(metadata)}.`,
    );
  }
  return { places, metadata: metadata as Record<string, string> };
}

function dataStart(bytes: Uint8Array): number {
  if (bytes.length < 8) {
    throw new SafetensorsError(
      "A safetensors file begins with 8 bytes that give the length of its header; " +
        `this one ends at byte ${bytes.length}.`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const says = `Bytes 0 to 8 say that the header is ${length} bytes long`;
  if (length > maxHeader) {
    throw new SafetensorsError(
      `${says}; at most ${maxHeader} are allowed. Is this a safetensors file?`,
    );
  }
  const start = 8 + Number(length);
  if (start > bytes.length) {
    throw new SafetensorsError(
      `${says}, up to byte ${start}, but the file ends at byte ${bytes.length}. Was it cut short?`,
    );
  }
  return start;
}

function parseHeader(bytes: Uint8Array, start: number): Record<string, unknown> {
  if (start === 8 || bytes[8] !== "{".charCodeAt(0)) {
    throw new SafetensorsError(
      'The header must be a JSON object, begun by "{" at byte 8. Is this a safetensors file?',
    );
  }
  const where = `The header, bytes 8 to ${start},`;
  const text = attempt(`${where} is not UTF-8 text`, () =>
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice(8, start)),
  );
  const header = attempt(`${where} is not JSON`, () => JSON.parse(text) as Record<string, unknown>);
  const repeated = repeatedKey(text);
  if (repeated) {
    const byte = 8 + new TextEncoder().encode(text.slice(0, repeated.at)).length;
    throw new SafetensorsError(
      `The header has the key ${show(repeated.key)} twice, the second time at byte ${byte}.`,
    );
  }
  return header;
}

function attempt<T>(fault: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SafetensorsError(`${fault}: ${reason}.`, { cause });
  }
}

/** The first key that an object of a valid JSON text has twice: JSON.parse would keep the last. */
function repeatedKey(json: string): { key: string; at: number } | null {
  const colon = /\s*:/y;
  const around: (Set<string> | undefined)[] = []; // the keys of each object or list that is open
  for (let at = 0; at < json.length; at++) {
    const character = json[at]!;
    if (character === "{" || character === "[") around.push(undefined);
    if (character === "}" || character === "]") around.pop();
    if (character !== '"') continue;
    const from = at;
    while (json[++at] !== '"') if (json[at] === "\\") at++;
    colon.lastIndex = at + 1;
    if (!colon.test(json)) continue;
    const key = JSON.parse(json.slice(from, at + 1)) as string;
    const keys = (around[around.length - 1] ??= new Set());
    if (keys.has(key)) return { key, at: from };
    keys.add(key);
  }
  return null;
}

function placeOf(name: string, entry: unknown, start: number): Place {
  const wrong = (what: string): SafetensorsError =>
    new SafetensorsError(`The header's entry for the tensor ${show(name)} ${what}.`);
  if (!isRecord(entry)) throw wrong(`must be an object, not ${show(entry)}`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype)) {
    const known = Object.keys(dtypes).join(", ");
    throw wrong(`has the unknown dtype ${show(dtype)}; known are ${known}`);
  }
  if (!isCounts(shape)) throw wrong(`must have a shape of whole numbers, not ${show(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) {
    throw wrong(`must have data_offsets [begin, end], not ${show(offsets)}`);
  }
  const [begin, end] = [start + offsets[0]!, start + offsets[1]!];
  const size = elements(shape) * dtypes[dtype].bytes;
  if (end - begin !== size) {
    throw wrong(
      `lies: ${dtype} of shape ${show(shape)} takes ${size} bytes, ` +
        `but bytes ${begin} to ${end} are ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Every byte after the header belongs to one tensor: none is shared, left out, or past the end. */
function checkPacked(places: Place[], start: number, fileEnd: number): void {
  let cursor = start;
  for (const { name, begin, end } of places) {
    const claims = `The tensor ${show(name)} claims bytes ${begin} to ${end}`;
    if (end > fileEnd) {
      throw new SafetensorsError(
        `${claims}, but the file ends at byte ${fileEnd}. Was it cut short?`,
      );
    }
    if (begin < cursor) {
      throw new SafetensorsError(
        `${claims}, but all up to byte ${cursor} belong to another tensor.`,
      );
    }
    if (begin > cursor) {
      throw new SafetensorsError(`${claims}, but bytes ${cursor} to ${begin} belong to no tensor.`);
    }
    cursor = end;
  }
  if (cursor < fileEnd) {
    throw new SafetensorsError(`Bytes ${cursor} to ${fileEnd} of the file belong to no tensor.`);
  }
}

/** The number of values in a tensor of this shape; a lone number has shape []. */
export const elements = (shape: readonly number[]): number =>
  shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isDtype = (value: unknown): value is StoredDtype =>
  typeof value === "string" && Object.hasOwn(dtypes, value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
export const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every(isCount);

/** A value of the header as a sentence shows it: short, whatever stands there. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(showInside).join(", ")}]`;
  return showInside(value);
}

function showInside(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (typeof value !== "object" || value === null) return String(value);
  return Array.isArray(value) ? "a list" : "an object";
}
