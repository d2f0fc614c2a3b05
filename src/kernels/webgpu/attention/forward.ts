/**
 * Attention with an online softmax (Milakov and Gimelshein, 2018; Dao, 2023, FlashAttention-2, algorithm 1):
 * a workgroup takes 32 queries and goes through the keys, 32 at a time. What it has summed so far was
 * weighted by exp(score − highest so far); when a higher score comes, that is scaled down.
 */
import { headsView } from "../../heads.js";
import type { Attention } from "../../spec.js";
import type { Dispatch } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import { walkFor } from "./choice.js";
import * as tile from "./tile.js";

export function lowerAttention(spec: Attention, software: boolean): Dispatch[] {
  const { T, D, mask } = spec;
  const walk = walkFor(D, [spec.q, spec.k, spec.v], software);
  const element = tile.elementOf(walk);
  const width = walk.widthFor(D, 128);
  const grid = tile.gridOf(walk, spec, T, width);
  const masked = mask !== null;
  const body = bodyOf(walk, width, masked);
  return [
    {
      buffers: {
        q: [element, 0],
        k: [element, 1],
        v: [element, 2],
        ...(masked && { mask: ["f32", 3] as const }),
        out: ["f32", masked ? 4 : 3],
        logsumexp: ["f32", masked ? 5 : 4],
      },
      numbers: {
        ...tile.sizeNumbers(spec),
        ...grid.numbers,
        ...tile.viewNumbers("q", spec.q, walk.unit),
        ...tile.viewNumbers("k", spec.k, walk.unit),
        ...tile.viewNumbers("v", spec.v, walk.unit),
        ...tile.viewNumbers("out", headsView(spec, T)),
        ...(mask && tile.viewNumbers("mask", mask)),
      },
      groups: grid.groups,
      threads: walk.threads,
      declarations: [
        walk.memory,
        walk.readers("q", "numbers.T"),
        walk.readers("k", "numbers.S"),
        walk.readers("v", "numbers.S"),
        tile.storer("out", "numbers.T"),
        tile.largest,
        tile.scoreFunction(masked),
        functionsFor(body),
      ].join("\n"),
      body,
      member: `flash, ${walk.name}, ${width} columns`,
    },
  ];
}

const bodyOf = (walk: tile.Walk, width: number, masked: boolean): string => /* wgsl */ `
  ${tile.placeOf(walk, width, ["q", "k", "v"], masked)}
  let row0 = (numbers.blocks - 1u - item % numbers.blocks) * ${walk.side}u; // where causal, the longest first
  let last = max(i32(row0) + ${walk.side} + i32(numbers.S) - i32(numbers.T), 0);
  let keys = select(numbers.S, min(numbers.S, u32(last)), numbers.causal == 1u);
  let t = row0 + 4u * down;
  var highest = vec4<f32>(${tile.hidden}); // of each of the 4 rows
  var weight = vec4<f32>(); // Σ exp(score − highest) over this thread's columns
  ${tile.accumulators(walk, "sum", width)}
  ${walk.hold("q")}
  for (var column0 = 0u; column0 < keys; column0 += ${walk.side}u) {
    ${walk.bring("k")}
    ${walk.productOf("score", "q", "k")}
    let s = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows((r) => `score${r} = score(score${r}, vec4<u32>(t + ${r}u), s, mask_start);`)}
    ${walk.higher}
    let shrink = exp(highest - higher);
    highest = higher;
    ${rows((r) => `let p${r} = select(exp(score${r} - higher[${r}]), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));`)}
    weight = fma(weight, shrink, vec4<f32>(${[0, 1, 2, 3].map((r) => `dot(p${r}, vec4<f32>(1.0))`).join(", ")}));
    ${rows((r) => tile.eachFour(walk, width, (j) => `sum${r}_${j} *= shrink[${r}];`))}
    ${walk.bring("v")}
    ${walk.addWeighted("sum", "p", "v", width, "keys")}
  }
  ${walk.total}
  let share = select(1.0 / total, vec4<f32>(), total == vec4<f32>());
  ${tile.storeRows(walk, "out", width, "sum", (r) => `share[${r}]`)}
  if (across == 0u && d_first == 0u) {
    for (var r = 0u; r < 4u; r++) {
      if (t + r < numbers.T) {
        logsumexp[head * numbers.T + t + r] = select(highest[r] + logarithm(total[r]), -infinity(), total[r] == 0.0);
      }
    }
  }`;

const rows = (write: (r: number) => string): string => [0, 1, 2, 3].map(write).join("\n    ");
