/**
 * Σ x² over all inputs, which may be the gradients of a whole model: in two dispatches, where they lie in one memory.
 * A workgroup adds up a piece of one input, as a table says; then one workgroup adds up those sums.
 */
import type { SquareSum } from "../spec.js";
import { alignment, roundUp } from "./buffers.js";
import { mostBuffers, u32, type Dispatch, type KernelBuffer, type Place } from "./kernel.js";
import { gradientsInSlabs, type Setting } from "./optimizer/lower.js";
import { sumOfAll } from "./tree.js";

/** Numbers that lie side by side. */
type Piece = { start: number; size: number };
/** Memory that one binding reaches, with where in it (in numbers) inputs begin, and how long they are. */
type Source = { place: Place; inputs: Piece[] };

/** Numbers of a piece: 64 a thread. */
const pieceNumbers = 16_384;
const threads = 256;
/** Beside the table and the sums. */
const mostSources = mostBuffers - 2;

export function lowerSquareSum(
  { sizes }: SquareSum,
  inputs: readonly number[],
  setting: Setting,
): Dispatch[] {
  const sources = sourcesOf(sizes, inputs, setting);
  const pieces = sources.map(piecesOf);
  const count = pieces.reduce((sum, list) => sum + list.length, 0);
  const sums: KernelBuffer = ["f32", { scratch: 0, bytes: 4 * Math.max(count, 1) }];
  const dispatches: Dispatch[] = [];
  let first = 0;
  for (let k = 0; k < sources.length; k += mostSources) {
    const few = pieces.slice(k, k + mostSources);
    const dispatch = sumPieces(sources.slice(k, k + mostSources), few, first, sums);
    dispatches.push(dispatch);
    first += dispatch.groups;
  }
  return [...dispatches, total(count, sums, sizes.length)];
}

/** Slabs, spans of the arena, and what is in neither by itself. */
function sourcesOf(
  sizes: readonly number[],
  inputs: readonly number[],
  setting: Setting,
): Source[] {
  const { plan, mostBytes } = setting;
  const homes = gradientsInSlabs(setting);
  const slabs = new Map<string, Source>();
  const inArena: { arena: number; size: number }[] = [];
  const alone: Source[] = [];
  sizes.forEach((size, k) => {
    if (size === 0) return;
    const buffer = inputs[k]!;
    const [home, { arena }] = [homes.get(buffer), plan.buffers[buffer]!];
    if (home) {
      const slab = slabs.get(home.slab) ?? { place: { slab: k }, inputs: [] };
      slab.inputs.push({ start: home.offset / 4, size });
      slabs.set(home.slab, slab);
    } else if (arena !== null) inArena.push({ arena, size });
    else alone.push({ place: k, inputs: [{ start: 0, size }] });
  });
  return [...slabs.values(), ...spansOf(inArena, mostBytes), ...alone];
}

/** In the order of memory, so that no two spans overlap: a dispatch must not bind one place twice. */
function spansOf(inArena: readonly { arena: number; size: number }[], mostBytes: number): Source[] {
  const spans: { from: number; to: number; inputs: Piece[] }[] = [];
  for (const { arena, size } of [...inArena].sort((a, b) => a.arena - b.arena)) {
    const to = arena + roundUp(4 * size, alignment);
    let span = spans.at(-1);
    if (!span || to - span.from > mostBytes) spans.push((span = { from: arena, to, inputs: [] }));
    span.inputs.push({ start: (arena - span.from) / 4, size });
    span.to = to;
  }
  return spans.map(({ from, to, inputs }) => ({
    place: { arena: from, bytes: to - from },
    inputs,
  }));
}

const piecesOf = ({ inputs }: Source): Piece[] =>
  inputs.flatMap(({ start, size }) =>
    Array.from({ length: Math.ceil(size / pieceNumbers) }, (_, k) => ({
      start: start + k * pieceNumbers,
      size: Math.min(pieceNumbers, size - k * pieceNumbers),
    })),
  );

function sumPieces(
  sources: readonly Source[],
  pieces: readonly (readonly Piece[])[],
  first: number,
  sums: KernelBuffer,
): Dispatch {
  const table = pieces.flatMap((list, source) =>
    list.flatMap(({ start, size }) => [start, size, source, 0]),
  );
  const read = sources.map((_, k) => /* wgsl */ `
  if (piece.z == ${k}u) {
    for (var i = thread; i < piece.y; i += ${threads}u) { let x = from${k}[piece.x + i]; sum = fma(x, x, sum); }
  }`); // prettier-ignore
  return {
    buffers: {
      ...Object.fromEntries(sources.map(({ place }, k) => [`from${k}`, ["f32", place] as const])),
      table: ["vec4<u32>", { table }],
      sums,
    },
    numbers: { first: u32(first) },
    groups: table.length / 4,
    threads,
    declarations: sumOfAll(threads),
    body: /* wgsl */ `
  let piece = table[group]; // where it begins, how long it is, in which memory
  var sum = 0.0;${read.join("")}
  sum = sum_of_all(thread, sum);
  if (thread == 0u) { sums[numbers.first + group] = sum; }`,
  };
}

function total(count: number, sums: KernelBuffer, output: number): Dispatch {
  return {
    buffers: { sums, out: ["f32", output] },
    numbers: { count: u32(count) },
    groups: 1,
    threads,
    declarations: sumOfAll(threads),
    body: /* wgsl */ `
  var sum = 0.0;
  for (var i = thread; i < numbers.count; i += ${threads}u) { sum += sums[i]; }
  sum = sum_of_all(thread, sum);
  if (thread == 0u) { out[0] = sum; }`,
  };
}
