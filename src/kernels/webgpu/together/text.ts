/**
 * The WGSL of several dispatches in one: each becomes a function over its own workgroups, with its numbers, functions
 * and variables under names of its own. Workgroup memory of one form serves all of them: a workgroup runs one part.
 */
import type { KernelNumber, Place } from "../kernel.js";
import { threadsOf, workgroupVariables, type Part } from "./bins.js";

export type Together = {
  source: string;
  groups: number;
  /** For each number of the uniform buffer, in order: the number, and the part whose call gives its scalars. */
  numbers: { number: KernelNumber; part: Part }[];
  /** For each binding from 1 on: where it is, in the words of one of the parts. */
  places: { place: Place; part: Part }[];
};

export function writeTogether(parts: readonly Part[]): Together {
  const threads = threadsOf(parts);
  const bound = new Map<string, string>();
  const places: Together["places"] = [];
  const bindings: string[] = [];
  for (const part of parts)
    for (const [name, [type, place]] of Object.entries(part.dispatch.buffers)) {
      const memory = part.memory[name]!;
      if (bound.has(memory)) continue;
      const binding = places.push({ place, part });
      bound.set(memory, `memory${binding}`);
      bindings.push(
        `@group(0) @binding(${binding}) var<storage, read_write> memory${binding}: array<${type}>;`,
      );
    }
  const shared = new Map<string, string>();
  const texts = parts.map((part, k) => writePart(part, k, bound, shared));
  const groups = parts.map((part) => groupsOf(part, threads));
  const numbers: Together["numbers"] = [];
  const fields: string[] = [];
  const add = (name: string, number: KernelNumber, part: Part): void => {
    fields.push(`  ${name}: ${number[0]},`);
    numbers.push({ number, part });
  };
  let end = 0;
  parts.forEach((part, k) => {
    add(`end${k}`, ["u32", (end += groups[k]!)], part);
    add(`groups${k}`, ["u32", part.dispatch.groups], part);
    for (const [name, number] of Object.entries(part.dispatch.numbers))
      add(`${name}_${k}`, number, part);
  });
  const source = `struct Numbers {
${fields.join("\n")}
}
@group(0) @binding(0) var<uniform> numbers: Numbers;
${bindings.join("\n")}
${[...shared].map(([text, name]) => text.replace(/(var<workgroup>\s+)\w+/, `$1${name}`)).join("\n")}
${texts.join("\n")}

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  ${parts.map((part, k) => callOf(part, k, threads)).join("\n  else ")}
}
`;
  return { source, groups: end, numbers, places };
}

/** A part of fewer threads than the whole runs as several of its workgroups in each. */
const groupsOf = ({ dispatch }: Part, threads: number): number =>
  Math.ceil(dispatch.groups / (threads / dispatch.threads));

function callOf({ dispatch }: Part, k: number, threads: number): string {
  const start = k === 0 ? "group" : `(group - numbers.end${k - 1})`;
  const many = threads / dispatch.threads;
  const own =
    many === 1
      ? [start, "thread"]
      : [`${start} * ${many}u + thread / ${dispatch.threads}u`, `thread % ${dispatch.threads}u`];
  return `if (group < numbers.end${k}) { part${k}(${own.join(", ")}); }`;
}

function writePart(
  { dispatch, memory }: Part,
  k: number,
  bound: ReadonlyMap<string, string>,
  shared: Map<string, string>,
): string {
  let own = dispatch.declarations ?? "";
  const names: [from: string, to: string][] = [];
  for (const { text, name } of workgroupVariables(own)) {
    const known = shared.get(text);
    if (known === undefined) shared.set(text, `${name}_${k}`);
    names.push([name, known ?? `${name}_${k}`]);
    own = own.replace(text, "");
  }
  for (const [, name] of own.matchAll(/\b(?:fn|const|struct|alias)\s+(\w+)/g))
    names.push([name!, `${name}_${k}`]);
  const buffers = Object.keys(dispatch.buffers).map((name) => [name, bound.get(memory[name]!)!] as const); // prettier-ignore
  const rename = (text: string): string => {
    let renamed = text.replace(/\bnumbers\.(\w+)/g, (_, field: string) =>
      field === "groups" ? `numbers.groups${k}` : `numbers.${field}_${k}`,
    );
    for (const [from, to] of names)
      renamed = renamed.replace(new RegExp(`(?<![.\\w])${from}\\b`, "g"), to);
    return renamed.replace(bufferNames(buffers), (_, name: string) => new Map(buffers).get(name)!);
  };
  return `${rename(own.trim())}
fn part${k}(group: u32, thread: u32) {
  if (group >= numbers.groups${k}) { return; }
  ${rename(dispatch.body.trim())}
}`;
}

/** Buffers are only ever indexed; all at once, since the name of one may be the new name of another. */
const bufferNames = (buffers: readonly (readonly [string, string])[]): RegExp =>
  new RegExp(`(?<![.\\w])(${buffers.map(([name]) => name).join("|")})(?=\\[)`, "g");
