/**
 * An expression of the IR as vector code. Each line belongs to a level of the loops: what depends on
 * nothing that moves is computed once a run, what stands still along the inner axis once a row, and
 * the rest at every vector.
 */
import type { Binary, Computed, Instruction, Unary } from "../../ir.js";
import type { FunctionBuilder, Local } from "../emitter.js";
import { type KernelLocals, pushScalar } from "../kernel.js";
import { cast, costOf, ofOne, ofTwo } from "./functions.js";
import { choose } from "../vector.js";

/** 0: once a run. 1: once a row. 2: at every vector. */
export type Level = 0 | 1 | 2;
/** Lines that read what surrounds the expression. */
export type Reading = Extract<Instruction, { op: "load" | "index" | "accumulated" }>;

/** The level of every line, from that of the lines that read. */
export function levelsOf(lines: readonly Instruction[], level: (line: Reading) => Level): Level[] {
  const levels: Level[] = [];
  for (const line of lines) {
    if (line.op === "load" || line.op === "index" || line.op === "accumulated")
      levels.push(level(line));
    else if ("args" in line) levels.push(Math.max(...line.args.map((k) => levels[k]!)) as Level);
    else levels.push(0);
  }
  return levels;
}

/** Instructions that a vector costs, roughly. */
export const costAt = (lines: readonly Instruction[], levels: readonly Level[]): number =>
  lines.reduce((sum, line, k) => sum + (levels[k] === 2 ? costOf(line.op) : 0), 0);

type FunctionLine = Extract<Instruction, { op: Unary | Binary }>;

const takesOne = (line: FunctionLine): line is Extract<FunctionLine, { op: Unary }> =>
  line.args.length === 1;

export class Expression {
  private readonly values: (Local | undefined)[] = [];

  constructor(
    private readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    readonly lines: readonly Instruction[],
    readonly levels: readonly Level[],
  ) {}

  /** Computes the lines of one level; `read` pushes what a reading line gives (a mask for bool). */
  compute(level: Level, read: (line: Reading) => unknown): void {
    const { f } = this;
    this.lines.forEach((line, at) => {
      if (this.levels[at] !== level) return;
      const same = line.op === "load" ? this.earlierLoad(line.operand, at) : undefined;
      this.values[at] = same ?? f.let("v128", line.op, () => this.write(line, read));
    });
  }

  /** The last line's value. */
  get result(): Local {
    return this.value(this.lines.length - 1);
  }

  get dtype(): Computed {
    return this.lines.at(-1)?.dtype ?? "f32";
  }

  private earlierLoad(operand: number, before: number): Local | undefined {
    const at = this.lines.findIndex((line) => line.op === "load" && line.operand === operand);
    return at < before ? this.values[at] : undefined;
  }

  private value(at: number): Local {
    const value = this.values[at];
    if (!value) throw new Error(`Line ${at} of a fused kernel is used before it is computed.`);
    return value;
  }

  private write(line: Instruction, read: (line: Reading) => unknown): void {
    const { f } = this;
    switch (line.op) {
      case "load": case "index": case "accumulated": return void read(line);
      case "constant": return pushConstant(f, line.dtype, line.value);
      case "scalar": return this.scalar(line.dtype, line.index);
      case "select": {
        const [condition, yes, no] = line.args;
        return void choose(f, this.value(condition), this.value(yes), this.value(no))();
      }
      case "cast": return cast(f, this.value(line.args[0]), this.dtypeOf(line.args[0]), line.dtype);
      default: return this.call(line);
    }
  } // prettier-ignore

  private call(line: FunctionLine): void {
    const { f } = this;
    const x = line.args[0];
    if (takesOne(line)) return ofOne(f, line.op, this.dtypeOf(x), this.value(x));
    const y = line.args[1];
    const constants = [this.constant(x), this.constant(y)] as const;
    ofTwo(f, line.op, this.dtypeOf(x), [this.value(x), this.value(y)], constants);
  }

  private scalar(dtype: Computed, index: number): void {
    if (dtype === "i32") return pushScalar(this.f, this.k, index, "i32x4");
    pushScalar(this.f, this.k, index, "f32x4");
    if (dtype === "bool") this.f.op("f32x4.ne", () => this.f.f32x4(0));
  }

  private constant(at: number): number | null {
    const line = this.lines[at];
    return line?.op === "constant" ? line.value : null;
  }

  private dtypeOf(at: number): Computed {
    return this.lines[at]?.dtype ?? "f32";
  }
}

function pushConstant(f: FunctionBuilder, dtype: Computed, value: number): void {
  if (dtype === "f32") f.f32x4(value);
  else f.i32x4(dtype === "i32" ? value : value !== 0 ? -1 : 0);
}
