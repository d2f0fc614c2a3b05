/**
 * Which dispatches of a round become one: as many as there is room for in a workgroup's threads and memory and
 * among the buffers that a dispatch may name. On a GPU they run side by side, where dispatches wait for each other.
 */
import { mostBuffers, type Dispatch } from "../kernel.js";
import type { Work } from "./rounds.js";

/** A dispatch of a call, and what it binds. */
export type Part = Work & {
  dispatch: Dispatch;
  /** What the call and its ending read and write, as buffers of the plan, and their scalars. */
  buffers: readonly number[];
  scalars: readonly number[];
  /** For each buffer of its text, which memory that is. */
  memory: Readonly<Record<string, string>>;
  /** Where the call's part of the scratch memory begins. */
  scratch: number;
  /** Must not be joined with others. */
  alone: boolean;
};

/** Workgroup memory that WebGPU promises. */
const mostWorkgroupBytes = 16_384;
/** Longer texts take long to compile. */
const mostParts = 4;

/**
 * `software`: where one thread waits for others all are slow, so that those that do not wait keep to themselves; and
 * few small workgroups must not become fewer large ones, for a core takes a workgroup.
 */
export function binsOf(parts: readonly Part[], software: boolean): Part[][] {
  const bins: Part[][] = [];
  for (const part of parts) {
    const { threads } = part.dispatch;
    const waits = waitsWithin(part.dispatch);
    const isAlike = ({ dispatch }: Part): boolean =>
      waitsWithin(dispatch) === waits && dispatch.threads === threads;
    const bin = bins.find((bin) => fits([...bin, part]) && (!software || bin.every(isAlike)));
    if (bin) bin.push(part);
    else bins.push([part]);
  }
  return bins;
}

function fits(parts: readonly Part[]): boolean {
  if (parts.length > mostParts || parts.some(({ alone }) => alone)) return false;
  const threads = threadsOf(parts);
  const alike = parts.every(
    ({ dispatch }) =>
      dispatch.threads === threads || (threads % dispatch.threads === 0 && !waitsWithin(dispatch)),
  );
  return alike && buffersFit(parts) && workgroupBytes(parts) <= mostWorkgroupBytes;
}

export const threadsOf = (parts: readonly Part[]): number =>
  Math.max(...parts.map(({ dispatch }) => dispatch.threads));

/** Whether threads of a workgroup wait for each other: if not, several of its workgroups may share one. */
const waitsWithin = ({ body, declarations = "" }: Dispatch): boolean =>
  /workgroupBarrier|var<workgroup>/.test(body + declarations);

/** One memory must not be bound twice, so it must be read as one type. */
function buffersFit(parts: readonly Part[]): boolean {
  const types = new Map<string, string>();
  for (const { dispatch, memory } of parts)
    for (const [name, [type]] of Object.entries(dispatch.buffers)) {
      const known = types.get(memory[name]!);
      if (known !== undefined && known !== type) return false;
      types.set(memory[name]!, type);
    }
  return types.size <= mostBuffers;
}

/** Of all variables that the parts share out among themselves: those of one declaration are one. */
function workgroupBytes(parts: readonly Part[]): number {
  const all = parts.flatMap(({ dispatch: { declarations = "" } }) =>
    workgroupVariables(declarations),
  );
  return [...new Set(all.map(({ text }) => text))].reduce((sum, text) => sum + bytesOf(text), 0);
}

/** `var<workgroup> name: array<type, count>;` */
export function workgroupVariables(declarations: string): { text: string; name: string }[] {
  const found = declarations.matchAll(/var<workgroup>\s+(\w+)\s*:[^;]+;/g);
  return [...found].map(([text, name]) => ({ text, name: name! }));
}

function bytesOf(variable: string): number {
  const array = /array<\s*(\w+(?:<\w+>)?)\s*,\s*(\d+)u?\s*>/.exec(variable);
  const element = array ? { f32: 4, i32: 4, u32: 4, "vec2<f32>": 8, "vec4<f32>": 16, "vec4<u32>": 16 }[array[1]!] : undefined; // prettier-ignore
  return element === undefined ? Infinity : element * Number(array![2]); // of unknown size: stays by itself
}
