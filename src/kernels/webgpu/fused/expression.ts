/** The lines of a fused kernel as WGSL. f32 stays f32; i32 is i32; a bool is an i32 of 0 or 1, as in memory. */
import {
  reductionStep,
  startOf,
  type Binary,
  type Computed,
  type Instruction,
  type Reduction,
  type Unary,
} from "../../ir.js";

export const typeOf = (dtype: Computed): "f32" | "i32" => (dtype === "f32" ? "f32" : "i32");

/** A number as WGSL: NaN and infinity by functions, for as constants they are refused. */
function literal(value: number, dtype: Computed): string {
  if (dtype !== "f32") return `i32(${value | 0})`;
  const single = Math.fround(value);
  if (Number.isNaN(single)) return "not_a_number()";
  if (!Number.isFinite(single)) return single > 0 ? "infinity()" : "-infinity()";
  if (single === 0) return Object.is(single, -0) ? "bitcast<f32>(0x80000000u)" : "0.0f";
  return `${single}f`;
}

const realOfOne: Record<Unary, (x: string) => string> = {
  neg: (x) => `negated(${x})`,
  abs: (x) => `magnitude(${x})`,
  sign: (x) => `sign_of(${x})`,
  floor: (x) => `rounded_down(${x})`,
  ceil: (x) => `rounded_up(${x})`,
  round: (x) => `round(${x})`,
  sqrt: (x) => `square_root(${x})`,
  exp: (x) => `exponential(${x})`,
  expm1: (x) => `exponential_minus_1(${x})`,
  log: (x) => `logarithm(${x})`,
  log1p: (x) => `logarithm_of_1_plus(${x})`,
  sin: (x) => `sine(${x})`,
  cos: (x) => `cosine(${x})`,
  tanh: (x) => `hyperbolic_tangent(${x})`,
  erf: (x) => `error_function(${x})`,
  not: (x) => `select(0, 1, order_of(${x}) == 0)`,
};

const integerOfOne: Partial<Record<Unary, (x: string) => string>> = {
  neg: (x) => `(-${x})`,
  abs: (x) => `abs(${x})`,
  sign: (x) => `sign(${x})`,
  floor: (x) => x,
  ceil: (x) => x,
  round: (x) => x,
  not: (x) => `select(0, 1, ${x} == 0)`,
};

type OfTwo = (x: string, y: string) => string;

const truth = (condition: string): string => `select(0, 1, ${condition})`;
const both: OfTwo = (x, y) => truth(`${x} != 0 && ${y} != 0`);
const either: OfTwo = (x, y) => truth(`${x} != 0 || ${y} != 0`);

const realOfTwo: Record<Binary, OfTwo> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `quotient(${x}, ${y})`,
  mod: (x, y) => `remainder(${x}, ${y})`,
  pow: (x, y) => `power(${x}, ${y})`,
  max: (x, y) => `larger(${x}, ${y})`,
  min: (x, y) => `smaller(${x}, ${y})`,
  lt: (x, y) => truth(`less(${x}, ${y})`),
  le: (x, y) => truth(`less_or_equal(${x}, ${y})`),
  eq: (x, y) => truth(`equal(${x}, ${y})`),
  ne: (x, y) => truth(`!equal(${x}, ${y})`),
  and: both,
  or: either,
};

const integerOfTwo: Record<Binary, OfTwo> = {
  add: (x, y) => `${x} + ${y}`,
  sub: (x, y) => `${x} - ${y}`,
  mul: (x, y) => `${x} * ${y}`,
  div: (x, y) => `integer_quotient(${x}, ${y})`,
  mod: (x, y) => `integer_remainder(${x}, ${y})`,
  pow: (x, y) => `integer_power(${x}, ${y})`,
  max: (x, y) => `max(${x}, ${y})`,
  min: (x, y) => `min(${x}, ${y})`,
  lt: (x, y) => truth(`${x} < ${y}`),
  le: (x, y) => truth(`${x} <= ${y}`),
  eq: (x, y) => truth(`${x} == ${y}`),
  ne: (x, y) => truth(`${x} != ${y}`),
  and: both,
  or: either,
};

/** Of numbers that are `from`; a bool result is 1 where the number is not 0. */
function ofTwo(op: Binary, from: Computed, dtype: Computed, x: string, y: string): string {
  if (from === "f32") return realOfTwo[op](x, y);
  const value = integerOfTwo[op](x, y);
  return dtype === "bool" && !value.startsWith("select(0, 1") ? truth(`(${value}) != 0`) : value;
}

function ofOne(op: Unary, from: Computed, dtype: Computed, x: string): string {
  if (from === "f32") return realOfOne[op](x);
  const integer = integerOfOne[op]?.(x) ?? `truncated(${realOfOne[op](`f32(${x})`)})`;
  return dtype === "bool" && op !== "not" ? truth(`${integer} != 0`) : integer;
}

function castOf(x: string, from: Computed, to: Computed): string {
  if (to === "f32") return from === "f32" ? x : `f32(${x})`;
  if (to === "i32") return from === "f32" ? `truncated(${x})` : x;
  return from === "f32" ? truth(`order_of(${x}) != 0`) : truth(`${x} != 0`);
}

/** What the lines read from outside, as WGSL. */
export type Sources = {
  load(operand: number): string;
  index(axis: number): string;
  scalar(index: number, dtype: Computed): string;
  accumulated: string;
};

/** The lines as statements, named `prefix0`, `prefix1`, …; the last holds the value. */
export function writeLines(
  lines: readonly Instruction[],
  prefix: string,
  sources: Sources,
): string[] {
  const name = (k: number): string => `${prefix}${k}`;
  return lines.map((line, k) => `let ${name(k)} = ${valueOf(line, lines, name, sources)};`);
}

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
      return sources.index(line.axis);
    case "scalar":
      return sources.scalar(line.index, line.dtype);
    case "constant":
      return literal(line.value, line.dtype);
    case "accumulated":
      return sources.accumulated;
    case "select": {
      const [condition, yes, no] = line.args.map(name) as [string, string, string];
      return `select(${no}, ${yes}, ${condition} != 0)`;
    }
    case "cast":
      return castOf(name(line.args[0]), lines[line.args[0]]!.dtype, line.dtype);
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
