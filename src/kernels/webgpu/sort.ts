/**
 * The stable order of rows by bitonic sorting (Batcher, 1968) of pairs (key, place): keys are integers in
 * the order asked for, and equal ones are told apart by their place. A block of 2048 pairs is sorted in
 * workgroup memory; longer rows go through scratch memory, and only the steps between far-off pairs are
 * dispatches of their own.
 */
import type { Sort } from "../spec.js";
import { alignment, roundUp } from "./buffers.js";
import { eachElement, u32, type Dispatch, type KernelBuffer } from "./kernel.js";
import { functionsFor } from "./wgsl/functions.js";

const threads = 256;
const mostInBlock = 2048; // of 8 bytes: the 16 KiB of workgroup memory that WebGPU promises

/** Ascending keys: NaN comes last, or first where the order descends. */
function keyOf({ dtype, descending }: Sort): string {
  if (dtype === "i32") return descending ? "~value" : "value";
  return descending
    ? "select(-order_of(value), i32(-2147483648), is_nan(value))"
    : "select(order_of(value), 0x7fffffff, is_nan(value))";
}

export function lowerSort(spec: Sort): Dispatch[] {
  const { rows, columns } = spec;
  if (columns === 0) return [];
  const padded = 2 ** Math.ceil(Math.log2(columns));
  const block = Math.min(padded, mostInBlock);
  const setting: Setting = { spec, padded, block, groups: (rows * padded) / block };
  if (padded === block) return [blocks(setting, "x", "y", 2, block)];
  const dispatches = [blocks(setting, "x", "scratch", 2, block)];
  for (let width = 2 * block; width <= padded; width *= 2) {
    for (let away = width / 2; away >= block; away /= 2) dispatches.push(far(setting, width, away));
    dispatches.push(blocks(setting, "scratch", width === padded ? "y" : "scratch", width, width));
  }
  return dispatches;
}

type Setting = { spec: Sort; padded: number; block: number; groups: number };

const scratchOf = ({ spec, padded }: Setting): Record<string, KernelBuffer> => {
  const bytes = 4 * spec.rows * padded;
  const second = roundUp(bytes, alignment);
  return {
    all_keys: ["i32", { scratch: 0, bytes }],
    all_places: ["u32", { scratch: second, bytes }],
  };
};

const numbersOf = ({ spec, padded }: Setting) => ({
  columns: u32(spec.columns),
  padded: u32(padded),
});

/** Sorts (or merges, for widths beyond the block's) each block in workgroup memory. */
function blocks(
  setting: Setting,
  source: "x" | "scratch",
  target: "y" | "scratch",
  firstWidth: number,
  lastWidth: number,
): Dispatch {
  const { spec, block, groups } = setting;
  const key = /* wgsl */ `fn key_of(value: ${spec.dtype}) -> i32 { return ${keyOf(spec)}; }`;
  const memory = /* wgsl */ `
var<workgroup> keys: array<i32, ${block}>;
var<workgroup> places: array<u32, ${block}>;`;
  const fromX = /* wgsl */ `
    var key = 0x7fffffff; // beyond the row's end: after all that is in it
    if (column < numbers.columns) { key = key_of(x[row * numbers.columns + column]); }
    keys[k] = key;
    places[k] = column;`;
  const fromScratch = /* wgsl */ `
    keys[k] = all_keys[first + k];
    places[k] = all_places[first + k];`;
  const toY =
    "if (column < numbers.columns) { y[row * numbers.columns + column] = i32(places[k]); }";
  const toScratch = "all_keys[first + k] = keys[k];\n    all_places[first + k] = places[k];";
  const body = /* wgsl */ `
  let first = group * ${block}u;
  let row = first / numbers.padded;
  for (var k = thread; k < ${block}u; k += ${threads}u) {
    let column = (first + k) % numbers.padded;
    ${(source === "x" ? fromX : fromScratch).trim()}
  }
  for (var width = numbers.first_width; width <= numbers.last_width; width <<= 1u) {
    for (var away = min(width, ${block}u) >> 1u; away > 0u; away >>= 1u) {
      workgroupBarrier();
      for (var pair = thread; pair < ${block >> 1}u; pair += ${threads}u) {
        let a = 2u * pair - (pair & (away - 1u)); // without the bit of \`away\`
        let b = a + away;
        let ascending = (((first + a) % numbers.padded) & width) == 0u;
        let after = keys[a] > keys[b] || (keys[a] == keys[b] && places[a] > places[b]);
        if (after == ascending) {
          let key = keys[a];
          let place = places[a];
          keys[a] = keys[b];
          places[a] = places[b];
          keys[b] = key;
          places[b] = place;
        }
      }
    }
  }
  workgroupBarrier();
  for (var k = thread; k < ${block}u; k += ${threads}u) {
    let column = (first + k) % numbers.padded;
    ${target === "y" ? toY : toScratch}
  }`;
  return {
    buffers: {
      ...(source === "x" && ({ x: [spec.dtype, 0] } as const)),
      ...((source === "scratch" || target === "scratch") && scratchOf(setting)),
      ...(target === "y" && ({ y: ["i32", 1] } as const)),
    },
    numbers: {
      ...numbersOf(setting),
      first_width: u32(firstWidth),
      last_width: u32(lastWidth),
    },
    groups,
    threads,
    declarations: `${source === "x" ? `${functionsFor(key)}\n${key}` : ""}${memory}`,
    body,
  };
}

/** One step between pairs `away` from each other, in scratch memory: a thread a pair. */
function far(setting: Setting, width: number, away: number): Dispatch {
  const { spec, padded } = setting;
  const body = /* wgsl */ `
  let a = 2u * i - (i & (numbers.away - 1u));
  let b = a + numbers.away;
  let ascending = ((a % numbers.padded) & numbers.width) == 0u;
  let key = all_keys[a];
  let place = all_places[a];
  let after = key > all_keys[b] || (key == all_keys[b] && place > all_places[b]);
  if (after == ascending) {
    all_keys[a] = all_keys[b];
    all_places[a] = all_places[b];
    all_keys[b] = key;
    all_places[b] = place;
  }`;
  return eachElement((spec.rows * padded) / 2, {
    buffers: scratchOf(setting),
    numbers: { ...numbersOf(setting), width: u32(width), away: u32(away) },
    body,
  });
}
