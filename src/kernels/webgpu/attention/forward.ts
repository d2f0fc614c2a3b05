/**
 * Attention with an online softmax (Milakov and Gimelshein, 2018; Dao, 2023, FlashAttention-2, algorithm 1):
 * a workgroup takes 32 queries and goes through the keys, 32 at a time. What it has summed so far was
 * weighted by exp(score − highest so far); when a higher score comes, that is scaled down.
 */
import type { Attention } from "../../spec.js";
import { u32, type Dispatch } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import * as tile from "./tile.js";

export function lowerAttention(spec: Attention): Dispatch[] {
  const { B, heads, T, D, mask } = spec;
  const width = tile.widthFor(D, 128);
  const [blocks, slices] = [Math.ceil(T / tile.side), Math.ceil(D / width)];
  const masked = mask !== null;
  const body = bodyOf(width, masked);
  return [
    {
      buffers: {
        q: ["f32", 0],
        k: ["f32", 1],
        v: ["f32", 2],
        ...(masked && { mask: ["f32", 3] as const }),
        out: ["f32", masked ? 4 : 3],
        logsumexp: ["f32", masked ? 5 : 4],
      },
      numbers: {
        ...tile.sizeNumbers(spec),
        blocks: u32(blocks),
        slices: u32(slices),
        ...tile.viewNumbers("q", spec.q),
        ...tile.viewNumbers("k", spec.k),
        ...tile.viewNumbers("v", spec.v),
        ...(mask && tile.viewNumbers("mask", mask)),
      },
      groups: B * heads * blocks * slices,
      threads: tile.threads,
      declarations: [
        tile.memory,
        tile.readers("q", "numbers.T"),
        tile.readers("k", "numbers.S"),
        tile.readers("v", "numbers.S"),
        tile.storer("out", "numbers.T"),
        tile.largest,
        tile.scoreFunction(masked),
        functionsFor(body),
      ].join("\n"),
      body,
      member: `flash, tiles of 32 queries × 32 keys, ${width} columns`,
    },
  ];
}

const bodyOf = (width: number, masked: boolean): string => /* wgsl */ `
  let down = thread / 8u; let across = thread % 8u;
  let head = group / (numbers.blocks * numbers.slices);
  let b = head / numbers.heads; let h = head % numbers.heads;
  let d_first = group / numbers.blocks % numbers.slices * ${width}u;
  let row0 = (numbers.blocks - 1u - group % numbers.blocks) * ${tile.side}u; // where causal, the longest first
  ${["q", "k", "v"].map(tile.startOf).join("\n  ")}
  ${masked ? tile.startOf("mask") : "let mask_start = 0;"}
  let last = max(i32(row0) + ${tile.side} + i32(numbers.S) - i32(numbers.T), 0);
  let keys = select(numbers.S, min(numbers.S, u32(last)), numbers.causal == 1u);
  let t = row0 + 4u * down;
  var highest = vec4<f32>(${tile.hidden}); // of each of the 4 rows
  var weight = vec4<f32>(); // Σ exp(score − highest) over this thread's columns
  ${tile.accumulators("sum", width)}
  for (var column0 = 0u; column0 < keys; column0 += ${tile.side}u) {
    ${tile.productOf("score", "q", "k")}
    let s = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows((r) => `score${r} = score(score${r}, vec4<u32>(t + ${r}u), s, mask_start);`)}
    rows[across * 8u + down] = vec4<f32>(${[0, 1, 2, 3].map((r) => `largest(score${r})`).join(", ")});
    workgroupBarrier();
    var higher = highest;
    for (var x = 0u; x < 8u; x++) { higher = max(higher, rows[x * 8u + down]); }
    let shrink = exp(highest - higher);
    highest = higher;
    ${rows((r) => `let p${r} = select(exp(score${r} - higher[${r}]), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));`)}
    weight = fma(weight, shrink, vec4<f32>(${[0, 1, 2, 3].map((r) => `dot(p${r}, vec4<f32>(1.0))`).join(", ")}));
    ${rows((r) => fours(width, (j) => `sum${r}_${j} *= shrink[${r}];`))}
    ${tile.keep("p")}
    workgroupBarrier();
    ${tile.addWeighted("sum", "v", width, "keys")}
  }
  rows[across * 8u + down] = weight;
  workgroupBarrier();
  var total = vec4<f32>();
  for (var x = 0u; x < 8u; x++) { total += rows[x * 8u + down]; }
  let share = select(1.0 / total, vec4<f32>(), total == vec4<f32>());
  ${tile.storeRows("out", "sum", width, (r) => `share[${r}]`)}
  if (across == 0u && d_first == 0u) {
    for (var r = 0u; r < 4u; r++) {
      if (t + r < numbers.T) {
        logsumexp[head * numbers.T + t + r] = select(highest[r] + logarithm(total[r]), -infinity(), total[r] == 0.0);
      }
    }
  }`;

const rows = (write: (r: number) => string): string => [0, 1, 2, 3].map(write).join("\n    ");
const fours = (width: number, write: (j: number) => string): string =>
  Array.from({ length: width / tile.side }, (_, j) => write(j)).join(" ");
