/** Laying buffers into a larger one: pad and concat, a thread an output element. Bits are moved as they are. */
import { volume } from "../shape.js";
import type { Concat, Pad } from "../spec.js";
import { eachElement, mostBuffers, scalar, u32, type Dispatch, type KernelBuffer, type KernelNumber } from "./kernel.js"; // prettier-ignore

export function lowerPad({ shape, before, after, dtype }: Pad): Dispatch[] {
  const outer = shape.map((size, axis) => before[axis]! + size + after[axis]!);
  const numbers: Record<string, KernelNumber> = {
    border: scalar(0, dtype === "f32" ? "f32" : "i32"),
  };
  shape.forEach((size, axis) => {
    numbers[`size${axis}`] = u32(size);
    numbers[`before${axis}`] = u32(before[axis]!);
    numbers[`outer${axis}`] = u32(outer[axis]!);
  });
  const axes = shape.map((_, axis) => axis).reverse();
  const lines = axes.map(
    (axis) => /* wgsl */ `
  let at${axis} = rest % numbers.outer${axis} - numbers.before${axis}; // wraps where it is in the border before
  inside = inside && at${axis} < numbers.size${axis};
  from_ += at${axis} * stride;
  stride *= numbers.size${axis};
  rest /= numbers.outer${axis};`,
  );
  const body = /* wgsl */ `
  var rest = i;
  var inside = true;
  var from_ = 0u;
  var stride = 1u;${lines.join("")}
  var value = bitcast<i32>(numbers.border);
  if (inside) { value = x[from_]; }
  y[i] = value;`;
  const buffers = { x: ["i32", 0], y: ["i32", 1] } as const;
  return [eachElement(volume(outer), { buffers, numbers, body })];
}

/** Beside the output. */
const mostInputs = mostBuffers - 1;

/** A dispatch for as many inputs as it may name. */
export function lowerConcat({ outer, sizes, inner }: Concat): Dispatch[] {
  const row = sizes.reduce((a, b) => a + b, 0) * inner;
  let start = 0;
  const parts = sizes.map((size, input) => {
    const part = { input, start, width: size * inner };
    start += part.width;
    return part;
  });
  const filled = parts.filter(({ width }) => width > 0);
  const rounds = Array.from({ length: Math.ceil(filled.length / mostInputs) }, (_, k) =>
    filled.slice(k * mostInputs, (k + 1) * mostInputs),
  );
  return rounds.map((round) => layIn(round, outer, row, sizes.length));
}

type Part = { input: number; start: number; width: number };

function layIn(parts: readonly Part[], outer: number, row: number, output: number): Dispatch {
  const first = parts[0]!.start;
  const width = parts.reduce((sum, part) => sum + part.width, 0);
  const buffers: Record<string, KernelBuffer> = {};
  const numbers: Record<string, KernelNumber> = {
    row: u32(row),
    first: u32(first),
    width: u32(width),
  };
  const tries = parts.map((part, k) => {
    buffers[`x${k}`] = ["i32", part.input];
    numbers[`start${k}`] = u32(part.start - first);
    numbers[`width${k}`] = u32(part.width);
    const test = `at - numbers.start${k} < numbers.width${k}`;
    return `if (${test}) { value = x${k}[block * numbers.width${k} + at - numbers.start${k}]; }`;
  });
  buffers["y"] = ["i32", output];
  const body = /* wgsl */ `
  let block = i / numbers.width;
  let at = i % numbers.width;
  var value = 0;
  ${tries.join("\n  ")}
  y[block * numbers.row + numbers.first + at] = value;`;
  return eachElement(outer * width, { buffers, numbers, body });
}
