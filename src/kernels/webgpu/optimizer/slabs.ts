/**
 * One dispatch for all parameters of a model. Its three buffers: the slab in which parameters and states lie side by
 * side, the part of the arena in which their gradients are, and a table that tells where each begins.
 *
 *   slab   │ p0 │ m0 │ v0 │ p1 │ m1 │ v1 │ …    each at a multiple of 256 bytes, so that every other
 *   arena  │ … │ g1 │ … │ g0 │ …                kernel can bind it by itself
 */
import type { Optimizer } from "../../spec.js";
import { roundUp } from "../buffers.js";
import {
  eachElement,
  u32,
  type Dispatch,
  type KernelBuffer,
  type KernelNumber,
  type Place,
} from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import { methodOf } from "./methods.js";

/**
 * Where tensors lie in a slab; `index` is the place of each among the buffers given at a run. `kept`: their numbers
 * go along when they move; else they are about to be made.
 */
export type SlabLayout = {
  what: string;
  bytes: number;
  members: { index: number; offset: number }[];
  kept: boolean;
};

/** A parameter in its slab: its number k in the kernel, its first byte there, and the bytes from it to its first state. */
export type Row = { k: number; size: number; start: number; stride: number };
export type Rows = { bytes: number; rows: Row[] };

/** The kernel's inputs for each parameter: itself, its gradient, its states. */
export const inputsOf = (spec: Optimizer): number => 2 + methodOf(spec).states.length;

/** Parameters with their states in slabs of at most `mostBytes`; one that alone is larger has no part in them. */
export function slabsOf(spec: Optimizer, mostBytes: number): Rows[] {
  const kept = inputsOf(spec) - 1;
  const slabs: Rows[] = [];
  spec.sizes.forEach((size, k) => {
    const stride = roundUp(4 * size, 256);
    if (size === 0 || kept * stride > mostBytes) return;
    let slab = slabs.at(-1);
    if (!slab || slab.bytes + kept * stride > mostBytes)
      slabs.push((slab = { bytes: 0, rows: [] }));
    slab.rows.push({ k, size, start: slab.bytes, stride });
    slab.bytes += kept * stride;
  });
  return slabs;
}

/** Inputs of the kernel with their first bytes in memory that they share. */
export type Places = { input: number; offset: number }[];

/** Where parameters and states lie in their slab. */
export function membersOf(spec: Optimizer, { rows }: Rows): Places {
  const width = inputsOf(spec);
  return rows.flatMap(({ k, start, stride }) =>
    Array.from({ length: width - 1 }, (_, place) => ({
      input: k * width + (place === 0 ? 0 : place + 1), // the gradient stands between
      offset: start + place * stride,
    })),
  );
}

/** Where the gradients of `rows` lie in a slab of theirs; `inputs`: the call's, for parameters may share a gradient (a + b). */
export function gradientsOf(
  spec: Optimizer,
  rows: readonly Row[],
  inputs: readonly number[],
): { bytes: number; places: Places } {
  let bytes = 0;
  const known = new Map<number, number>(); // where a buffer lies
  const places = rows.map(({ k, stride }) => {
    const input = k * inputsOf(spec) + 1;
    const offset = known.get(inputs[input]!) ?? bytes;
    if (offset === bytes) bytes += stride;
    known.set(inputs[input]!, offset);
    return { input, offset };
  });
  return { bytes, places };
}

/** What stands before each gradient in WGSL, with its *, or nothing; and what it is read from. */
export type Factor = {
  buffers: Record<string, KernelBuffer>;
  numbers: Record<string, KernelNumber>;
  times: string;
};

/** What the last input holds, if there is a factor. */
export function factorOf(spec: Optimizer): Factor {
  if (!spec.scaled) return { buffers: {}, numbers: {}, times: "" };
  const input = inputsOf(spec) * spec.sizes.length;
  return { buffers: { scale: ["f32", input] }, numbers: {}, times: "scale[0] * " };
}

/** Bytes of the arena. */
export type Span = { from: number; to: number };

/** The part of the arena from one to the other, both included; no memory may be bound twice, so it is bound as one. */
const hull = (a: Span, b: Span): Span => ({
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
});

/**
 * `gradients[k]`: the first byte of gradient k in the arena, where those of `rows` are; `factor`: where in it the last
 * input lies, if it does. Rows whose gradients one binding of `mostBytes` can reach, a dispatch each.
 */
export function lowerFromArena(
  spec: Optimizer,
  rows: readonly Row[],
  gradients: readonly (number | null)[],
  factor: Span | null,
  mostBytes: number,
): Dispatch[] {
  const spans: (Span & { rows: Row[] })[] = [];
  for (const row of rows) {
    const own = gradientSpan(row, gradients, factor);
    const last = spans.at(-1);
    const span = last && hull(own, last);
    if (span && span.to - span.from <= mostBytes) Object.assign(last, span).rows.push(row);
    else spans.push({ ...own, rows: [row] });
  }
  return spans.map(({ from, to, rows }) => {
    const inside: Factor | null = factor && {
      buffers: {},
      numbers: { scale_at: u32((factor.from - from) / 4) },
      times: "gradients[numbers.scale_at] * ",
    };
    const memory = { arena: from, bytes: to - from };
    return lowerTogether(spec, rows, memory, (k) => gradients[k]! - from, inside ?? factorOf(spec));
  });
}

/** What of the arena the update of a row must reach. */
export function gradientSpan(
  { k, stride }: Row,
  gradients: readonly (number | null)[],
  factor: Span | null,
): Span {
  const own = { from: gradients[k]!, to: gradients[k]! + stride };
  return factor ? hull(own, factor) : own;
}

/**
 * Thread i updates element i of the parameters laid end to end. `gradients`: memory that holds all of theirs, and
 * `gradientAt` the first byte of each there.
 */
export function lowerTogether(
  spec: Optimizer,
  rows: readonly Row[],
  gradients: Place,
  gradientAt: (k: number) => number,
  factor: Factor,
): Dispatch {
  const method = methodOf(spec);
  let end = 0;
  const table = rows.flatMap(({ k, size, start, stride }) => {
    end += size;
    return [end, start / 4, stride / 4 + Number(spec.decay[k]), gradientAt(k) / 4];
  });
  const states = method.states.map((name, k) => [name, `place + ${k + 1}u * stride`] as const);
  const kept = [["p", "place"] as const, ...states];
  const body = /* wgsl */ `
  var row = 0u;
  for (var above = numbers.parameters; row + 1u < above;) { // the first row that ends beyond i
    let middle = (row + above) / 2u;
    if (table[middle - 1u].x <= i) { row = middle; } else { above = middle; }
  }
  let at = i - select(0u, table[max(row, 1u) - 1u].x, row > 0u);
  let stride = table[row].z & ~63u;
  let decays = (table[row].z & 1u) != 0u;
  let place = table[row].y + at;
  var gradient = ${factor.times}gradients[table[row].w + at];
  ${kept.map(([name, place]) => `var ${name} = slab[${place}];`).join("\n  ")}
  ${method.update.trim()}
  ${kept.map(([name, place]) => `slab[${place}] = ${name};`).join("\n  ")}`;
  return {
    ...eachElement(end, {
      buffers: {
        slab: ["f32", { slab: rows[0]!.k * inputsOf(spec) }],
        gradients: ["f32", gradients],
        table: ["vec4<u32>", { table }],
        ...factor.buffers,
      },
      numbers: { parameters: u32(rows.length), ...factor.numbers, ...method.numbers },
      declarations: functionsFor(body),
      body,
    }),
    member: `${rows.length} parameters together`,
  };
}
