/**
 * The lines of a fused kernel as JavaScript that gpu.js compiles. A real number is a number; so is a bool,
 * 0 or 1; an i32 is a pair (glsl/integer.glsl.ts). Wherever IEEE 754 or 32 bits matter a function of the
 * library stands instead of an operator.
 */
import {
  reductionStep,
  startOf,
  type Binary,
  type Computed,
  type DType,
  type Instruction,
  type Reduction,
  type Unary,
} from "../../ir.js";
import { literal } from "./literal.js";

type OfTwo = (x: string, y: string) => string;

const called =
  (name: string): OfTwo =>
  (x, y) =>
    `${name}(${x}, ${y})`;

const realOfOne: Record<Unary, string> = {
  neg: "negated", abs: "magnitude", sign: "sign_of", floor: "rounded_down", ceil: "rounded_up",
  round: "rounded", sqrt: "square_root", exp: "exponential", expm1: "exponential_minus_1",
  log: "logarithm", log1p: "logarithm_of_1_plus", sin: "sine", cos: "cosine",
  tanh: "hyperbolic_tangent", erf: "error_function", not: "negation",
}; // prettier-ignore

const integerOfOne: Partial<Record<Unary, string>> = {
  neg: "integer_negated", abs: "integer_magnitude", sign: "integer_sign", not: "integer_negation",
}; // prettier-ignore

const isWhole: readonly Unary[] = ["floor", "ceil", "round"];

const realOfTwo: Record<Binary, OfTwo> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: called("quotient"),
  mod: called("remainder"),
  pow: called("power"),
  max: called("larger"),
  min: called("smaller"),
  lt: called("less"),
  le: called("less_or_equal"),
  eq: called("is_equal"),
  ne: called("is_unequal"),
  and: called("both"),
  or: called("either"),
};

const integerOfTwo: Record<Exclude<Binary, "and" | "or">, string> = {
  add: "integer_sum", sub: "integer_difference", mul: "integer_product", div: "integer_quotient",
  mod: "integer_remainder", pow: "integer_power", max: "integer_larger", min: "integer_smaller",
  lt: "integer_less", le: "integer_less_or_equal", eq: "integer_equal", ne: "integer_unequal",
}; // prettier-ignore

/** A value of one dtype as another. */
function cast(x: string, from: Computed, to: Computed): string {
  if (from === to || (from === "bool" && to === "f32")) return x;
  if (to === "f32") return `real_of_integer(${x})`;
  if (to === "i32") return `truncated(${x})`; // a bool is 0 or 1
  return from === "i32" ? `integer_nonzero(${x})` : `nonzero(${x})`;
}

/** Bools are reckoned with as the integers 0 and 1. */
function ofOne(op: Unary, from: Computed, dtype: Computed, x: string): string {
  if (from === "f32" || op === "not") return `${from === "i32" ? integerOfOne[op]! : realOfOne[op]}(${x})`;
  const whole = cast(x, from, "i32");
  const own = isWhole.includes(op) ? whole : integerOfOne[op] && `${integerOfOne[op]}(${whole})`;
  const value = own ?? `truncated(${realOfOne[op]}(${cast(x, from, "f32")}))`;
  return cast(value, "i32", dtype);
} // prettier-ignore

function ofTwo(op: Binary, from: Computed, dtype: Computed, x: string, y: string): string {
  const compares = ["lt", "le", "eq", "ne"].includes(op);
  if (op === "and" || op === "or" || from === "f32" || (from === "bool" && compares)) {
    const as = from === "i32" ? "bool" : from;
    return realOfTwo[op](cast(x, from, as), cast(y, from, as));
  }
  const value = `${integerOfTwo[op]}(${cast(x, from, "i32")}, ${cast(y, from, "i32")})`;
  return compares ? value : cast(value, "i32", dtype);
}

/** A value of the kernel's as it is stored. */
export const stored = (x: string, dtype: DType): string =>
  dtype === "bool" ? `pair_of_truth(${x})` : x;

/** What the lines read from outside. */
export type Sources = {
  load(operand: number): string;
  /** As an integer or a whole number. */
  index(axis: number): string;
  scalar(index: number, dtype: Computed): string;
  accumulated: string;
};

/** The lines as statements, named `prefix0`, `prefix1`, …; the last holds the value. */
export function writeLines(lines: readonly Instruction[], prefix: string, sources: Sources): string[] {
  const name = (k: number): string => `${prefix}${k}`;
  return lines.map((line, k) => `const ${name(k)} = ${valueOf(line, lines, name, sources)};`);
} // prettier-ignore

function valueOf(
  line: Instruction,
  lines: readonly Instruction[],
  name: (k: number) => string,
  sources: Sources,
): string {
  switch (line.op) {
    case "load":
      return sources.load(line.operand);
    case "index":
      return `pair(${sources.index(line.axis)})`;
    case "scalar":
      return sources.scalar(line.index, line.dtype);
    case "constant":
      return literal(line.value, line.dtype);
    case "accumulated":
      return sources.accumulated;
    case "select": {
      const [condition, yes, no] = line.args.map(name) as [string, string, string];
      const test = cast(condition, lines[line.args[0]]!.dtype, "bool");
      return `${line.dtype === "i32" ? "integer_chosen" : "chosen"}(${test}, ${yes}, ${no})`;
    }
    case "cast":
      return cast(name(line.args[0]), lines[line.args[0]]!.dtype, line.dtype);
    default: {
      const [x, y] = line.args.map(name) as [string, string?];
      const from = lines[line.args[0]]!.dtype;
      return y === undefined
        ? ofOne(line.op as Unary, from, line.dtype, x)
        : ofTwo(line.op as Binary, from, line.dtype, x, y);
    }
  }
}

/** How a reduction goes on from one value to the next, and where it starts. */
export function reductionOf(op: Reduction, dtype: Computed): { next: OfTwo; start: string } {
  return {
    next: (x, y) => ofTwo(reductionStep[op], dtype, dtype, x, y),
    start: literal(startOf(op, dtype), dtype),
  };
}
