/**
 * A fused kernel with a reduction. A workgroup of `lanes` × `parts` threads makes `lanes` outputs, each by
 * `parts` threads that take every parts-th value and join what they have in a tree. Sums go in blocks of
 * 64, so that rounding errors do not grow with the length. Where outputs are few and the reduction is
 * long, it is cut in chunks, one a workgroup, and a second dispatch reduces what the chunks gave.
 */
import type { Fused, Instruction, Reduction } from "../../ir.js";
import { volume } from "../../shape.js";
import { mostBuffers, u32, type Dispatch, type KernelBuffer } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";
import { reductionOf, typeOf, writeLines } from "./expression.js";
import { address, coordinates, loopsOf, smoothness, sourcesOf, type Loops } from "./loops.js";

/** How a workgroup is divided; `across`: neighbouring threads make neighbouring outputs. */
type Division = { lanes: number; parts: number; across: boolean };

const threads = 256;
/** Reductions at least twice as long are cut in chunks. */
const chunkLength = 4096;
/** With at least so many workgroups a device is busy. */
const enoughGroups = 64;

const powerBelow = (n: number): number => 2 ** Math.floor(Math.log2(Math.max(n, 1)));

export function lowerReduction(spec: Fused, op: Reduction): Dispatch[] {
  const loops = loopsOf(spec);
  const [outputs, length] = [volume(spec.shape), volume(spec.reduce?.shape ?? [])];
  const division = divide(loops, outputs, length);
  const chunks = Math.min(Math.ceil(length / chunkLength), threads);
  const groups = Math.ceil(outputs / division.lanes);
  const single = chunks < 2 || groups >= enoughGroups;
  const room = mostBuffers - 2; // beside the output and what the chunks gave
  if (single || Object.keys(readBy(spec.epilogue, loops)).length > room)
    return [whole(spec, op, loops, division)];
  return inChunks(spec, op, loops, chunks);
}

function divide({ output, reduce }: Loops, outputs: number, length: number): Division {
  const parts = Math.min(powerBelow(length / 8), threads);
  const [last, along] = [output.at(-1), reduce.at(-1)];
  const across = !!last && (!along || smoothness(last) > smoothness(along));
  if (!across) return { lanes: threads / parts, parts, across };
  const lanes = Math.max(threads / parts, Math.min(32, 2 * powerBelow(outputs)));
  return { lanes, parts: threads / lanes, across };
}

/** Reduces and stores. */
function whole(spec: Fused, op: Reduction, loops: Loops, division: Division): Dispatch {
  const outputs = volume(spec.shape);
  const core = accumulate(spec, op, loops, division, { from: "0u", to: "numbers.length" });
  const end = epilogueOf(spec, loops);
  const text = [...core.body, `if (part == 0u && i < numbers.count) {`, ...end, `}`].join("\n  ");
  const { buffers, numbers } = loops;
  return {
    buffers,
    numbers: {
      count: u32(outputs),
      length: u32(volume(spec.reduce?.shape ?? [])),
      ...numbers,
    },
    groups: Math.ceil(outputs / division.lanes),
    threads,
    declarations: [functionsFor(text), core.declarations].join("\n"),
    body: text,
  };
}

/** Each output in `chunks` parts, kept in scratch memory [outputs, chunks], then those reduced. */
function inChunks(spec: Fused, op: Reduction, loops: Loops, chunks: number): Dispatch[] {
  const [outputs, length] = [volume(spec.shape), volume(spec.reduce?.shape ?? [])];
  const type = typeOf(spec.body.at(-1)!.dtype);
  const partial: KernelBuffer = [type, { scratch: 0, bytes: 4 * outputs * chunks }];
  const size = Math.ceil(length / chunks);
  const first = accumulate(
    spec,
    op,
    loops,
    { lanes: 1, parts: threads, across: false },
    { from: "chunk * numbers.size", to: "min(numbers.length, (chunk + 1u) * numbers.size)" },
  );
  const firstText = [...first.body, "if (part == 0u) { partial[group] = accumulated; }"].join(
    "\n  ",
  );
  const all = { chunks: u32(chunks), size: u32(size), length: u32(length), count: u32(outputs) };
  const second = joinChunks(spec, op, loops);
  const end = epilogueOf(spec, loops);
  const secondText = [...second.body, "if (part == 0u) {", ...end, "}"].join("\n  ");
  return [
    {
      buffers: { ...readBy(spec.body, loops), partial },
      numbers: { ...all, ...loops.numbers },
      groups: outputs * chunks,
      threads,
      declarations: [functionsFor(firstText), first.declarations].join("\n"),
      body: `let chunk = group % numbers.chunks;\n  ${firstText}`,
    },
    {
      buffers: { ...readBy(spec.epilogue, loops), out: loops.buffers["out"]!, partial },
      numbers: { ...all, ...loops.numbers },
      groups: outputs,
      threads,
      declarations: [functionsFor(secondText), second.declarations].join("\n"),
      body: secondText,
    },
  ];
}

/** The buffers that some lines load. */
function readBy(lines: readonly Instruction[], { buffers }: Loops): Record<string, KernelBuffer> {
  const names = new Set(lines.flatMap((line) => (line.op === "load" ? [`in${line.operand}`] : [])));
  return Object.fromEntries(Object.entries(buffers).filter(([name]) => names.has(name)));
}

type Core = { body: string[]; declarations: string };

/** Sets `i` (the output), `part`, its coordinates, and in part 0 `accumulated`. */
function accumulate(
  spec: Fused,
  op: Reduction,
  loops: Loops,
  { lanes, parts, across }: Division,
  { from, to }: { from: string; to: string },
): Core {
  const dtype = spec.body.at(-1)!.dtype;
  const { next, start } = reductionOf(op, dtype);
  const { output, reduce } = loops;
  const sources = sourcesOf(loops, (k) => address(reduce, "r", k, `base${k}`));
  const inChunk = from !== "0u";
  const body = [
    across
      ? `let lane = thread % ${lanes}u; let part = thread / ${lanes}u;`
      : `let lane = thread / ${parts}u; let part = thread % ${parts}u;`,
    inChunk ? "let i = group / numbers.chunks;" : `let i = group * ${lanes}u + lane;`,
    ...coordinates(output, "o", "i"),
    ...spec.loads.map((_, k) => `let base${k} = ${address(output, "o", k, `numbers.offset${k}`)};`),
    `let end = select(0u, ${to}, i < numbers.count);`,
    `var accumulated = ${start};`,
    `for (var r = ${from} + part; r < end;) {`,
    `  var block = ${start};`,
    `  for (var n = 0u; n < 64u && r < end; n++) {`,
    ...[
      ...coordinates(reduce, "r", "r"),
      ...writeLines(spec.body, "v", sources),
      `block = ${next("block", `v${spec.body.length - 1}`)};`,
      `r += ${parts}u;`,
    ].map((line) => `    ${line}`),
    `  }`,
    `  accumulated = ${next("accumulated", "block")};`,
    `}`,
    ...tree(lanes, parts, across, next),
  ];
  return { body, declarations: parts > 1 ? shared(typeOf(dtype)) : "" };
}

/** Reduces the `numbers.chunks` values of each output. */
function joinChunks(spec: Fused, op: Reduction, { output }: Loops): Core {
  const dtype = spec.body.at(-1)!.dtype;
  const { next, start } = reductionOf(op, dtype);
  const body = [
    "let i = group;",
    ...coordinates(output, "o", "i"),
    "let part = thread;",
    `var accumulated = ${start};`,
    "if (part < numbers.chunks) { accumulated = partial[i * numbers.chunks + part]; }",
    ...tree(1, threads, false, next),
  ];
  return { body, declarations: shared(typeOf(dtype)) };
}

const shared = (type: string): string => `var<workgroup> parts: array<${type}, ${threads}>;`;

/** Joins what the parts have, the upper half into the lower, until part 0 has it all. */
function tree(
  lanes: number,
  parts: number,
  across: boolean,
  next: (x: string, y: string) => string,
): string[] {
  if (parts === 1) return [];
  const away = across ? `half * ${lanes}u` : "half";
  return [
    "parts[thread] = accumulated;",
    `for (var half = ${parts / 2}u; half > 0u; half >>= 1u) {`,
    "  workgroupBarrier();",
    "  if (part < half) {",
    `    accumulated = ${next("accumulated", `parts[thread + ${away}]`)};`,
    "    parts[thread] = accumulated;",
    "  }",
    "}",
  ];
}

function epilogueOf(spec: Fused, loops: Loops): string[] {
  const { epilogue } = spec;
  if (epilogue.length === 0) return ["  out[i] = accumulated;"];
  const { output } = loops;
  const sources = sourcesOf(loops, (k) => address(output, "o", k, `numbers.offset${k}`));
  return [...writeLines(epilogue, "w", sources), `out[i] = w${epilogue.length - 1};`].map(
    (line) => `  ${line}`,
  );
}
