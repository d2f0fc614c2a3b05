/** Laying buffers into a larger one: pad and concat, each element of the result reading its own. */
import type { DType } from "../ir.js";
import { volume } from "../shape.js";
import type { Concat, Pad } from "../spec.js";
import { draw, integer, real, type Draw, type Place } from "./kernel.js";
import { coordinates } from "./strides.js";

export function lowerPad({ shape, before, after, dtype }: Pad): Draw[] {
  const outer = shape.map((size, axis) => before[axis]! + size + after[axis]!);
  const names = shape.map((_, axis) => `o${axis}`);
  const place = names.reduce(
    (at, name, axis) => `${at ? `(${at}) * ${shape[axis]!} + ` : ""}${name} - ${before[axis]!}`,
    "",
  );
  const outside = names.flatMap((name, axis) => [
    ...(before[axis]! > 0 ? [`${name} < ${before[axis]!}`] : []),
    ...(after[axis]! > 0 ? [`${name} >= ${before[axis]! + shape[axis]!}`] : []),
  ]);
  const border = dtype === "f32" ? "border" : "pair(border)";
  return [
    draw({
      output: 1,
      elements: volume(outer),
      dtype,
      buffers: { x: 0 },
      numbers: { border: dtype === "f32" ? real(0) : integer(0) },
      body: [
        ...coordinates(names, outer),
        ...outside.flatMap((condition) => [`if (${condition}) {`, `return ${border};`, "}"]),
        `return x[${place || "0"}];`,
      ],
    }),
  ];
}

/** Buffers that one shader reads. */
const most = 8;

/** Parts side by side along the middle axis [outer, sizes[k], inner]; many of them in several turns. */
export function joined(
  parts: readonly { place: Place; size: number }[],
  { outer, inner, dtype }: { outer: number; inner: number; dtype: DType },
  output: Place,
): Draw[] {
  const filled = parts.filter(({ size }) => size > 0);
  if (filled.length <= most) return [join(filled, { outer, inner, dtype }, output)];
  const draws: Draw[] = [];
  const next: { place: Place; size: number }[] = [];
  for (let start = 0; start < filled.length; start += most) {
    const few = filled.slice(start, start + most);
    const size = few.reduce((sum, part) => sum + part.size, 0);
    const place = `${output}_${filled.length}_${start}`;
    draws.push(join(few, { outer, inner, dtype }, place));
    next.push({ place, size });
  }
  return [...draws, ...joined(next, { outer, inner, dtype }, output)];
}

function join(
  parts: readonly { place: Place; size: number }[],
  { outer, inner, dtype }: { outer: number; inner: number; dtype: DType },
  output: Place,
): Draw {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  let start = 0;
  const reads = parts.flatMap(({ size }, k) => {
    const at = `(o * ${size} + j - ${start}) * ${inner} + i`;
    start += size;
    const read = `return x${k}[${at}];`;
    return k === parts.length - 1 ? [read] : [`if (j < ${start}) {`, read, "}"];
  });
  const body = [...coordinates(["o", "j", "i"], [outer, total, inner]), ...reads];
  return draw({
    output,
    elements: outer * total * inner,
    dtype,
    buffers: Object.fromEntries(parts.map(({ place }, k) => [`x${k}`, place])),
    body: parts.length > 0 ? body : ["return 0;"], // an empty buffer: never drawn
  });
}

export function lowerConcat({ outer, sizes, inner, dtype }: Concat): Draw[] {
  const parts = sizes.map((size, place) => ({ place, size }));
  return joined(parts, { outer, inner, dtype }, sizes.length);
}
