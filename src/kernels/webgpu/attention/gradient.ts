/**
 * The gradient of attention without its T × S matrix (Dao et al., 2022, FlashAttention, appendix B.4): the
 * softmax p = exp(score − logsumexp) is made again, tile by tile, from what the forward pass kept.
 *   Δ_t = g_t·out_t,   ds = scale·p·(g_t·v_s − Δ_t),   dq = ds·k,   dk = dsᵀ·q,   dv = pᵀ·g
 * First Δ; then dq, a workgroup for 32 queries that goes through the keys; then dk and dv, a workgroup for
 * 32 keys that goes through the queries. Each number is summed by one workgroup: no atomics.
 */
import { gradientPlaces } from "../../heads.js";
import type { AttentionGradient } from "../../spec.js";
import { eachElement, u32, type Dispatch, type KernelBuffer } from "../kernel.js";
import { walkFor } from "./choice.js";
import * as tile from "./tile.js";

/** The places of inputs and outputs: the mask is there or not, and gradients may share an output. */
function placesOf(spec: AttentionGradient): Record<string, number> {
  const inputs = ["q", "k", "v", ...(spec.mask ? ["mask"] : []), "out", "logsumexp", "g"];
  const outputs = Object.entries(gradientPlaces(spec));
  return Object.fromEntries([
    ...inputs.map((name, place) => [name, place]),
    ...outputs.map(([name, { output }]) => [name, inputs.length + output]),
  ]) as Record<string, number>;
}

export function lowerAttentionGradient(spec: AttentionGradient, software: boolean): Dispatch[] {
  const places = placesOf(spec);
  const walk = walkFor(spec.D, [spec.q, spec.k, spec.v, spec.g], software);
  const rows = spec.B * spec.heads * spec.T;
  const kept: KernelBuffer = ["vec2<f32>", { scratch: 0, bytes: 8 * rows }];
  const at = (...names: string[]): Record<string, KernelBuffer> =>
    Object.fromEntries(names.map((name) => [name, ["f32", places[name]!]]));
  const read = (...names: string[]): Record<string, KernelBuffer> =>
    Object.fromEntries(names.map((name) => [name, [tile.elementOf(walk), places[name]!]]));
  const mask = spec.mask ? at("mask") : {};
  return [
    rowProducts(spec, rows, { ...at("out", "g", "logsumexp"), kept }),
    queryGradient(spec, walk, { ...read("q", "k", "v", "g"), ...mask, kept, ...at("dq") }),
    keyGradient(spec, walk, { ...read("q", "k", "v", "g"), ...mask, kept, ...at("dk", "dv") }),
  ];
}

/** (logsumexp, Δ) of every query. */
function rowProducts(
  spec: AttentionGradient,
  rows: number,
  buffers: Record<string, KernelBuffer>,
): Dispatch {
  const made = eachElement(rows, {
    buffers,
    numbers: {
      heads: u32(spec.heads),
      T: u32(spec.T),
      D: u32(spec.D),
      ...tile.viewNumbers("out", spec.out),
      ...tile.viewNumbers("g", spec.g),
    },
    body: /* wgsl */ `
  let t = i % numbers.T; let h = i / numbers.T % numbers.heads; let b = i / numbers.T / numbers.heads;
  ${tile.startOf("out")}
  ${tile.startOf("g")}
  let out_row = out_start + i32(t) * numbers.out_row;
  let g_row = g_start + i32(t) * numbers.g_row;
  var sum = 0.0;
  for (var d = 0; d < i32(numbers.D); d++) { sum = fma(out[out_row + d], g[g_row + d], sum); }
  kept[i] = vec2<f32>(logsumexp[i], sum);`,
  });
  return { ...made, member: "g·out of every query" };
}

function gradient(
  spec: AttentionGradient,
  walk: tile.Walk,
  { rows, size, outputs }: { rows: number; size: string; outputs: readonly ("dq" | "dk" | "dv")[] },
  write: (width: number) => string,
): Pick<Dispatch, "numbers" | "groups" | "threads" | "declarations" | "body"> {
  const width = walk.widthFor(spec.D, 64);
  const grid = tile.gridOf(walk, spec, rows, width);
  const places = gradientPlaces(spec);
  const body = `${tile.placeOf(walk, width, ["q", "k", "v", "g"], spec.mask !== null)}${write(width)}`;
  return {
    numbers: {
      ...tile.sizeNumbers(spec),
      ...grid.numbers,
      ...tile.viewNumbers("q", spec.q, walk.unit),
      ...tile.viewNumbers("k", spec.k, walk.unit),
      ...tile.viewNumbers("v", spec.v, walk.unit),
      ...tile.viewNumbers("g", spec.g, walk.unit),
      ...(spec.mask && tile.viewNumbers("mask", spec.mask)),
      ...Object.assign({}, ...outputs.map((name) => tile.viewNumbers(name, places[name].view))),
    },
    groups: grid.groups,
    threads: walk.threads,
    declarations: [
      walk.memory,
      walk.readers("q", "numbers.T"),
      walk.readers("k", "numbers.S"),
      walk.readers("v", "numbers.S"),
      walk.readers("g", "numbers.T"),
      ...outputs.map((name) => tile.storer(name, size)),
      tile.scoreFunction(spec.mask !== null),
      statistics,
    ].join("\n"),
    body,
  };
}

/** (logsumexp, Δ) of a query. */
const statistics = /* wgsl */ `
fn kept_of(head: u32, t: u32) -> vec2<f32> {
  if (t >= numbers.T) { return vec2<f32>(); }
  return kept[head * numbers.T + t];
}`;

function queryGradient(
  spec: AttentionGradient,
  walk: tile.Walk,
  buffers: Record<string, KernelBuffer>,
): Dispatch {
  const what = { rows: spec.T, size: "numbers.T", outputs: ["dq"] } as const;
  const made = gradient(spec, walk, what, (width) => /* wgsl */ `
  let row0 = (numbers.blocks - 1u - item % numbers.blocks) * ${walk.side}u; // where causal, the longest first
  let last = max(i32(row0) + ${walk.side} + i32(numbers.S) - i32(numbers.T), 0);
  let keys = select(numbers.S, min(numbers.S, u32(last)), numbers.causal == 1u);
  let t = row0 + 4u * down;
  ${rows((r) => `let kept${r} = kept_of(head, t + ${r}u);`)}
  ${tile.accumulators(walk, "dq", width)}
  ${walk.hold("q")}
  ${walk.hold("g")}
  for (var column0 = 0u; column0 < keys; column0 += ${walk.side}u) {
    ${walk.bring("k")}
    ${walk.bring("v")}
    ${walk.productOf("score", "q", "k")}
    ${walk.productOf("dp", "g", "v")}
    let s = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows((r) => `score${r} = score(score${r}, vec4<u32>(t + ${r}u), s, mask_start);
    let p${r} = select(exp(score${r} - kept${r}.x), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));
    let ds${r} = numbers.scale * p${r} * (dp${r} - kept${r}.y);`)}
    ${walk.addWeighted("dq", "ds", "k", width, "keys")}
  }
  ${tile.storeRows(walk, "dq", width, "dq", () => "1.0")}`); // prettier-ignore
  return { buffers, ...made, member: `dq, ${walk.name}` };
}

function keyGradient(
  spec: AttentionGradient,
  walk: tile.Walk,
  buffers: Record<string, KernelBuffer>,
): Dispatch {
  const what = { rows: spec.S, size: "numbers.S", outputs: ["dk", "dv"] } as const;
  const made = gradient(spec, walk, what, (width) => /* wgsl */ `
  let row0 = item % numbers.blocks * ${walk.side}u;
  let first = max(i32(row0) + i32(numbers.T) - i32(numbers.S), 0); // no query before sees these keys
  let s = row0 + 4u * down;
  ${tile.accumulators(walk, "dk", width)}
  ${tile.accumulators(walk, "dv", width)}
  ${walk.hold("k")}
  ${walk.hold("v")}
  for (var column0 = select(0u, u32(first), numbers.causal == 1u); column0 < numbers.T; column0 += ${walk.side}u) {
    ${walk.bring("q")}
    ${walk.bring("g")}
    ${walk.productOf("score", "k", "q")}
    ${walk.productOf("dp", "v", "g")}
    let t = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows((c) => `let kept${c} = kept_of(head, t[${c}]);`)}
    let logsumexp = vec4<f32>(kept0.x, kept1.x, kept2.x, kept3.x);
    let delta = vec4<f32>(kept0.y, kept1.y, kept2.y, kept3.y);
    ${rows((r) => `score${r} = score(score${r}, t, vec4<u32>(s + ${r}u), mask_start);
    let p${r} = select(exp(score${r} - logsumexp), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));
    let ds${r} = numbers.scale * p${r} * (dp${r} - delta);`)}
    ${walk.addWeighted("dv", "p", "g", width, "numbers.T")}
    ${walk.addWeighted("dk", "ds", "q", width, "numbers.T")}
  }
  ${tile.storeRows(walk, "dk", width, "dk", () => "1.0")}
  ${tile.storeRows(walk, "dv", width, "dv", () => "1.0")}`); // prettier-ignore
  return { buffers, ...made, member: `dk and dv, ${walk.name}` };
}

const rows = (write: (r: number) => string): string => [0, 1, 2, 3].map(write).join("\n    ");
