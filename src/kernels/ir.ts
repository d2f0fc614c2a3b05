/**
 * The expression IR: one small closed set of scalar functions that every backend can lower, to plain
 * loops (js), to WASM bytes, to WGSL text. A fused kernel is one expression evaluated at every point
 * of a loop nest, with at most one reduction in the middle; nothing else is ever generated.
 */

/** What numbers are computed in. */
export type Computed = "f32" | "i32" | "bool";

/** What they are kept in: f16 takes half the memory of f32, and is read as f32. */
export type DType = Computed | "f16";

/** What numbers kept in `dtype` are computed in. */
export const computedIn = (dtype: DType): Computed => (dtype === "f16" ? "f32" : dtype);

/** Bytes that so many numbers take. */
export const bytesOf = (dtype: DType, elements: number): number =>
  dtype === "f16" ? 2 * elements : 4 * elements;

/** Functions of one number. `not` takes and gives bool; the rest keep the dtype of their argument. Half rounds to even. */
export type Unary =
  | "neg" | "abs" | "sign" | "floor" | "ceil" | "round" | "sqrt"
  | "exp" | "expm1" | "log" | "log1p" | "sin" | "cos" | "tanh" | "erf" | "not"; // prettier-ignore

/**
 * Functions of two numbers of one dtype. Comparisons give bool; `and`/`or` take bool. div of i32 truncates; mod has
 * the divisor's sign; by 0 both are 0 in i32.
 */
export type Binary =
  | "add" | "sub" | "mul" | "div" | "mod" | "pow" | "max" | "min"
  | "lt" | "le" | "eq" | "ne" | "and" | "or"; // prettier-ignore

/**
 * One line of an expression in SSA form: a line names earlier lines by their position.
 * - `load` reads an operand of the kernel at the current point of the loop nest; one that is kept in f16 gives f32
 * - `scalar` reads the run's number `index` (a learning rate, a factor): the same plan serves any value
 * - `constant` is baked into the code
 * - `index` is the position on loop axis `axis` (as i32)
 * - `accumulated` is the finished reduction: only in an epilogue
 * - `select` is condition ? a : b, without evaluating a branch lazily
 * - `cast` to f32, i32 (truncates toward zero, held within 32 bits, NaN to 0) or bool (not equal 0)
 */
export type Instruction = { dtype: Computed } & (
  | { op: "load"; operand: number }
  | { op: "scalar"; index: number }
  | { op: "constant"; value: number }
  | { op: "index"; axis: number }
  | { op: "accumulated" }
  | { op: Unary; args: [number] }
  | { op: Binary; args: [number, number] }
  | { op: "select"; args: [number, number, number] }
  | { op: "cast"; args: [number] }
);

export type Reduction = "sum" | "prod" | "max" | "min";

/** How a reduction goes on from one value to the next. */
export const reductionStep = { sum: "add", prod: "mul", max: "max", min: "min" } as const;

const start: Record<Reduction, number> = { sum: 0, prod: 1, max: -Infinity, min: Infinity };

/** Where a reduction starts; max of nothing is -Infinity, as in IEEE (in i32 the lowest there is, in bool false). */
export function startOf(op: Reduction, dtype: Computed): number {
  if (dtype === "f32" || Number.isFinite(start[op])) return start[op];
  if (dtype === "bool") return op === "max" ? 0 : 1;
  return op === "max" ? -(2 ** 31) : 2 ** 31 - 1;
}

/**
 * How a kernel walks one of its input buffers: element `offset + Σ index[axis] · strides[axis]`.
 * A stride is 0 along a broadcast axis and may be negative after a flip. Numbers count elements.
 */
export type Access = { dtype: DType; offset: number; strides: readonly number[] };

/**
 * A fused kernel. Loop axes are `shape` (one point an output element, row-major, outputs contiguous)
 * followed by `reduce.shape` (walked in order for each output element). `loads[k]` walks input k over
 * all those axes. `body` yields one value a point (its last line). Without `reduce` that value is
 * stored. With it the values are reduced, and `epilogue` (which sees the output axes only: its loads
 * have stride 0 on the reduced ones) turns the accumulated number into what is stored; an empty
 * epilogue stores it as it is.
 */
export type Fused = {
  kernel: "fused";
  dtype: DType; // of the output; f16 (only without `reduce`): each f32 is rounded as it is stored
  shape: readonly number[];
  loads: readonly Access[]; // one for each input of the call, in order
  body: readonly Instruction[];
  reduce: { op: Reduction; shape: readonly number[] } | null;
  epilogue: readonly Instruction[]; // lines named from 0 again: it cannot see the body's
};
