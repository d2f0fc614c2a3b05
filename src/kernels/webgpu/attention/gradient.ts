/**
 * The gradient of attention without its T × S matrix (Dao et al., 2022, FlashAttention, appendix B.4): the
 * softmax p = exp(score − logsumexp) is made again, tile by tile, from what the forward pass kept.
 *   Δ_t = g_t·out_t,   ds = scale·p·(g_t·v_s − Δ_t),   dq = ds·k,   dk = dsᵀ·q,   dv = pᵀ·g
 * First Δ; then dq, a workgroup for 32 queries that goes through the keys; then dk and dv, a workgroup for
 * 32 keys that goes through the queries. Each number is summed by one workgroup: no atomics.
 */
import type { AttentionGradient } from "../../spec.js";
import { eachRow, u32, type Dispatch, type KernelBuffer, type KernelNumber } from "../kernel.js";
import * as tile from "./tile.js";

/** The places of inputs and outputs: the mask is there or not. */
function placesOf({ mask }: AttentionGradient): Record<string, number> {
  const names = [
    "q",
    "k",
    "v",
    ...(mask ? ["mask"] : []),
    "out",
    "logsumexp",
    "g",
    "dq",
    "dk",
    "dv",
  ];
  return Object.fromEntries(names.map((name, place) => [name, place]));
}

export function lowerAttentionGradient(spec: AttentionGradient): Dispatch[] {
  const places = placesOf(spec);
  const rows = spec.B * spec.heads * spec.T;
  const kept: KernelBuffer = ["vec2<f32>", { scratch: 0, bytes: 8 * rows }];
  const at = (...names: string[]): Record<string, KernelBuffer> =>
    Object.fromEntries(names.map((name) => [name, ["f32", places[name]!]]));
  const mask = spec.mask ? ["mask"] : [];
  return [
    rowProducts(spec, rows, { ...at("out", "g", "logsumexp"), kept }),
    queryGradient(spec, { ...at("q", "k", "v", ...mask, "g"), kept, ...at("dq") }),
    keyGradient(spec, { ...at("q", "k", "v", ...mask, "g"), kept, ...at("dk", "dv") }),
  ];
}

/** (logsumexp, Δ) of every query. */
function rowProducts(
  spec: AttentionGradient,
  rows: number,
  buffers: Record<string, KernelBuffer>,
): Dispatch {
  const made = eachRow(rows, spec.D, (threads) => ({
    buffers,
    numbers: {
      heads: u32(spec.heads),
      T: u32(spec.T),
      D: u32(spec.D),
      ...tile.viewNumbers("out", spec.out),
      ...tile.viewNumbers("g", spec.g),
    },
    declarations: `var<workgroup> sums: array<f32, ${threads}>;`,
    body: /* wgsl */ `
  let t = group % numbers.T; let h = group / numbers.T % numbers.heads; let b = group / numbers.T / numbers.heads;
  ${tile.startOf("out")}
  ${tile.startOf("g")}
  let out_row = out_start + i32(t) * numbers.out_row;
  let g_row = g_start + i32(t) * numbers.g_row;
  var sum = 0.0;
  for (var d = thread; d < numbers.D; d += ${threads}u) {
    sum = fma(out[out_row + i32(d)], g[g_row + i32(d)], sum);
  }
  sums[thread] = sum;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      sum += sums[thread + half];
      sums[thread] = sum;
    }
  }
  if (thread == 0u) { kept[group] = vec2<f32>(logsumexp[group], sum); }`,
  }));
  return { ...made, member: "g·out of every query" };
}

function numbersOf(
  spec: AttentionGradient,
  rows: number,
  width: number,
): Record<string, KernelNumber> {
  return {
    ...tile.sizeNumbers(spec),
    blocks: u32(Math.ceil(rows / tile.side)),
    slices: u32(Math.ceil(spec.D / width)),
    ...tile.viewNumbers("q", spec.q),
    ...tile.viewNumbers("k", spec.k),
    ...tile.viewNumbers("v", spec.v),
    ...tile.viewNumbers("g", spec.g),
    ...(spec.mask && tile.viewNumbers("mask", spec.mask)),
  };
}

function gradient(
  spec: AttentionGradient,
  rows: number,
  write: (width: number) => string,
  { outputs, size }: { outputs: readonly string[]; size: string },
): Pick<Dispatch, "numbers" | "groups" | "threads" | "declarations" | "body"> {
  const width = tile.widthFor(spec.D, 64);
  const [blocks, slices] = [Math.ceil(rows / tile.side), Math.ceil(spec.D / width)];
  return {
    numbers: numbersOf(spec, rows, width),
    groups: spec.B * spec.heads * blocks * slices,
    threads: tile.threads,
    declarations: [
      tile.memory,
      tile.readers("q", "numbers.T"),
      tile.readers("k", "numbers.S"),
      tile.readers("v", "numbers.S"),
      tile.readers("g", "numbers.T"),
      ...outputs.map((name) => tile.storer(name, size)),
      tile.scoreFunction(spec.mask !== null),
      statistics,
    ].join("\n"),
    body: write(width),
  };
}

/** (logsumexp, Δ) of a query, for four at once. */
const statistics = /* wgsl */ `
fn kept_of(head: u32, t: u32) -> vec2<f32> {
  if (t >= numbers.T) { return vec2<f32>(); }
  return kept[head * numbers.T + t];
}`;

const place = (width: number, masked: boolean): string => /* wgsl */ `
  let down = thread / 8u; let across = thread % 8u;
  let head = group / (numbers.blocks * numbers.slices);
  let b = head / numbers.heads; let h = head % numbers.heads;
  let d_first = group / numbers.blocks % numbers.slices * ${width}u;
  ${["q", "k", "v", "g"].map(tile.startOf).join("\n  ")}
  ${masked ? tile.startOf("mask") : "let mask_start = 0;"}`;

function queryGradient(spec: AttentionGradient, buffers: Record<string, KernelBuffer>): Dispatch {
  const write = (width: number): string => /* wgsl */ `
  ${place(width, spec.mask !== null)}
  let row0 = (numbers.blocks - 1u - group % numbers.blocks) * ${tile.side}u; // where causal, the longest first
  let last = max(i32(row0) + ${tile.side} + i32(numbers.S) - i32(numbers.T), 0);
  let keys = select(numbers.S, min(numbers.S, u32(last)), numbers.causal == 1u);
  let t = row0 + 4u * down;
  ${rows((r) => `let kept${r} = kept_of(head, t + ${r}u);`)}
  ${tile.accumulators("dq", width)}
  for (var column0 = 0u; column0 < keys; column0 += ${tile.side}u) {
    ${tile.productOf("score", "q", "k")}
    ${tile.productOf("dp", "g", "v")}
    let s = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows(
      (r) => `score${r} = score(score${r}, vec4<u32>(t + ${r}u), s, mask_start);
    let p${r} = select(exp(score${r} - kept${r}.x), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));
    let ds${r} = numbers.scale * p${r} * (dp${r} - kept${r}.y);`,
    )}
    ${tile.keep("ds")}
    workgroupBarrier();
    ${tile.addWeighted("dq", "k", width, "keys")}
  }
  ${tile.storeRows("dq", "dq", width, () => "1.0")}`;
  const made = gradient(spec, spec.T, write, { outputs: ["dq"], size: "numbers.T" });
  return { buffers, ...made, member: "dq, tiles of 32 queries × 32 keys" };
}

function keyGradient(spec: AttentionGradient, buffers: Record<string, KernelBuffer>): Dispatch {
  const write = (width: number): string => /* wgsl */ `
  ${place(width, spec.mask !== null)}
  let row0 = group % numbers.blocks * ${tile.side}u;
  let first = max(i32(row0) + i32(numbers.T) - i32(numbers.S), 0); // no query before sees these keys
  let s = row0 + 4u * down;
  ${tile.accumulators("dk", width)}
  ${tile.accumulators("dv", width)}
  for (var column0 = select(0u, u32(first), numbers.causal == 1u); column0 < numbers.T; column0 += ${tile.side}u) {
    ${tile.productOf("score", "k", "q")}
    ${tile.productOf("dp", "v", "g")}
    let t = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
    ${rows((c) => `let kept${c} = kept_of(head, t[${c}]);`)}
    let logsumexp = vec4<f32>(kept0.x, kept1.x, kept2.x, kept3.x);
    let delta = vec4<f32>(kept0.y, kept1.y, kept2.y, kept3.y);
    ${rows(
      (r) => `score${r} = score(score${r}, t, vec4<u32>(s + ${r}u), mask_start);
    let p${r} = select(exp(score${r} - logsumexp), vec4<f32>(), score${r} == vec4<f32>(${tile.hidden}));
    let ds${r} = numbers.scale * p${r} * (dp${r} - delta);`,
    )}
    ${tile.keep("p")}
    workgroupBarrier();
    ${tile.addWeighted("dv", "g", width, "numbers.T")}
    ${tile.keep("ds")}
    workgroupBarrier();
    ${tile.addWeighted("dk", "q", width, "numbers.T")}
  }
  ${tile.storeRows("dk", "dk", width, () => "1.0")}
  ${tile.storeRows("dv", "dv", width, () => "1.0")}`;
  const made = gradient(spec, spec.S, write, { outputs: ["dk", "dv"], size: "numbers.S" });
  return { buffers, ...made, member: "dk and dv, tiles of 32 keys × 32 queries" };
}

const rows = (write: (r: number) => string): string => [0, 1, 2, 3].map(write).join("\n    ");
