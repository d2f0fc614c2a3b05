/**
 * What a kernel becomes here: draws in order. Each is one JavaScript function that gpu.js compiles to a
 * fragment shader, and that makes every element of one buffer: `this.thread.x` is the element's number.
 * Sizes are written into the text, so that loops have constant bounds.
 */
import type { DType } from "../ir.js";

/** A buffer of the call (inputs, then outputs, by number), or one that only this call's draws know, by name. */
export type Place = number | string;

/** A number of the run, or one that is known beforehand (the step of a sequence). */
export type Numeric = {
  type: "Float" | "Integer";
  value: number | { scalar: number; through?: (value: number) => number };
};

export type Draw = {
  /** The function's text; gpu.js reads it, and nothing here ever runs it. */
  source: string;
  /** Its arguments, buffers first, in order. */
  buffers: readonly Place[];
  numbers: readonly Numeric[];
  output: Place;
  dtype: DType;
  elements: number;
};

type Parts = {
  output: Place;
  elements: number;
  dtype?: DType;
  buffers?: Readonly<Record<string, Place>>;
  numbers?: Readonly<Record<string, Numeric>>;
  /** Statements, of which one returns the element. */
  body: readonly string[];
};

/** One draw from its parts. The text's indentation follows its braces. */
export function draw({ output, elements, dtype = "f32", buffers = {}, numbers = {}, body }: Parts): Draw {
  const names = [...Object.keys(buffers), ...Object.keys(numbers)];
  const source = indented([`function (${names.join(", ")}) {`, ...body, "}"]);
  const [places, values] = [Object.values(buffers), Object.values(numbers)];
  return { source, buffers: places, numbers: values, output, dtype, elements };
} // prettier-ignore

function indented(lines: readonly string[]): string {
  let depth = 0;
  return lines
    .flatMap((line) => line.split("\n"))
    .map((line) => {
      const text = line.trim();
      if (text.startsWith("}")) depth--;
      const padded = "  ".repeat(Math.max(depth, 0)) + text;
      if (text.endsWith("{")) depth++;
      return padded;
    })
    .join("\n");
}

/** A scalar of the call as a float. */
export const real = (scalar: number): Numeric => ({ type: "Float", value: { scalar } });

/** A scalar of the call as a 32-bit integer. */
export const integer = (scalar: number): Numeric => ({
  type: "Integer",
  value: { scalar, through: (value) => value | 0 },
});

/** An integer that is known beforehand, but that the text shall not depend on. */
export const known = (value: number): Numeric => ({ type: "Integer", value });
