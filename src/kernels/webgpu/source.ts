/** Writes the whole WGSL of a dispatch: its numbers and buffers declared, its workgroups counted. */
import type { Dispatch, Place } from "./kernel.js";

export type Written = {
  source: string;
  /** The place of each binding, from binding 1 on. */
  places: Place[];
};

/** `same[k]`: which plan buffer input or output k is, so that one that comes twice is bound once. */
export function writeSource(dispatch: Dispatch, same: readonly number[]): Written {
  const { threads, declarations = "", body } = dispatch;
  const places: Place[] = [];
  const lines: string[] = [];
  const renamed: [from: string, to: string][] = [];
  const bound = new Map<number | Place, string>();
  for (const [name, [element, place]] of Object.entries(dispatch.buffers)) {
    const key = typeof place === "number" ? same[place]! : place;
    const known = bound.get(key);
    if (known) {
      renamed.push([name, known]);
      continue;
    }
    bound.set(key, name);
    const binding = places.push(place);
    lines.push(
      `@group(0) @binding(${binding}) var<storage, read_write> ${name}: array<${element}>;`,
    );
  }
  const fields = Object.entries(dispatch.numbers).map(([name, [type]]) => `  ${name}: ${type},`);
  const source = `struct Numbers {
  groups: u32,
${fields.join("\n")}
}
@group(0) @binding(0) var<uniform> numbers: Numbers;
${lines.join("\n")}
${rename(declarations.trim(), renamed)}

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  if (group >= numbers.groups) { return; }
  ${rename(body.trim(), renamed)}
}
`;
  return { source, places };
}

/** WGSL has no second name for a binding: where two operands are one buffer, its first name is written for both. */
function rename(text: string, names: readonly (readonly [string, string])[]): string {
  return names.reduce(
    (sum, [from, to]) => sum.replace(new RegExp(`\\b${from}(?=\\[)`, "g"), to),
    text,
  );
}
