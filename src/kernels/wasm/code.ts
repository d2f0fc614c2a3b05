/** A function of a WebAssembly module as recorded by the emitter: encode.ts makes bytes of it, text.ts WAT. */
import type { Lane, LaneMemory, Load, Store } from "./opcodes.js";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
/** A parameter or a variable of the function being written. */
export type Local = { readonly index: number; readonly type: ValueType; readonly name: string };
/** Something to push: see the top of the file. */
export type Operand = Local | number | (() => unknown);
/** A place to branch to: the end of a block, the start of a loop. */
export type Label = { readonly depth: number };

/** One recorded instruction. Plain opcodes have no immediates. */
export type Code =
  | { op: "plain"; name: string }
  | { op: "memory"; name: Load | Store | LaneMemory; offset: number; lane?: number }
  | { op: "lane"; name: Lane; lane: number }
  | { op: "shuffle"; lanes: readonly number[] }
  | { op: "const"; type: "i32" | "i64" | "f32" | "f64"; value: number | bigint }
  | {
      op: "v128";
      lanes: "i32x4" | "f32x4" | "i64x2" | "f64x2";
      values: readonly (number | bigint)[];
    }
  | { op: "local"; name: "local.get" | "local.set" | "local.tee"; local: Local }
  | { op: "call"; callee: FunctionHandle }
  | { op: "br" | "br_if"; depth: number }
  | { op: "block" | "loop" | "if"; result: ValueType | null }
  | { op: "else" | "end" };

/** A function of a module; `index` is its number there. */
export type FunctionHandle = {
  readonly index: number;
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly results: readonly ValueType[];
  readonly locals: readonly Local[]; // without the parameters
  readonly code: readonly Code[];
  /** The function as WAT. */
  text(): string;
};
