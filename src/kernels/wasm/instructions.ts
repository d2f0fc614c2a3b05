/**
 * Recording instructions: variables, constants, loads, stores, lanes, calls. emitter.ts says what an
 * operand may be; function-builder.ts adds control and small sums. Nothing is encoded before the module is.
 */
import type { Code, FunctionHandle, Local, Operand, ValueType } from "./code.js";
import {
  type Lane,
  type LaneMemory,
  type Load,
  operandType,
  type Plain,
  type Store,
} from "./opcodes.js";

export class Instructions {
  readonly locals: Local[] = [];
  readonly code: Code[] = [];
  /** Constants and whatever else must stand at the function's start. */
  readonly prologue: Code[] = [];
  private readonly names = new Set<string>();
  private readonly constants = new Map<string, Local>();
  private readonly splats = {
    i32x4: new Map<number, Local>(),
    f32x4: new Map<number, Local>(),
    f64x2: new Map<number, Local>(),
  };

  /** A new variable, 0 at first. The name is for the reader; a number is added to it. */
  local(type: ValueType, name = "t"): Local {
    const index = this.locals.length;
    const local = { index, type, name: this.names.has(name) ? `${name}_${index}` : name };
    this.names.add(local.name);
    this.locals.push(local);
    return local;
  }

  /** Pushes operands; numbers are i32 unless `type` says otherwise. */
  push(operand: Operand, type = "i32"): this {
    if (typeof operand === "number") return this.number(operand, type);
    if (typeof operand === "function") operand();
    else this.code.push({ op: "local", name: "local.get", local: operand });
    return this;
  }

  /** Any instruction with nothing after its opcode. */
  op(name: Plain, ...operands: Operand[]): this {
    for (let k = 0; k < operands.length; k++) this.push(operands[k]!, operandType(name, k));
    this.code.push({ op: "plain", name });
    return this;
  }

  get(local: Local): this {
    return this.push(local);
  }

  set(local: Local, value?: Operand): this {
    if (value !== undefined) this.push(value, local.type === "v128" ? "f32x4" : local.type);
    this.code.push({ op: "local", name: "local.set", local });
    return this;
  }

  /** `set` that leaves the value on the stack. */
  tee(local: Local, value?: Operand): this {
    this.set(local, value);
    this.code.pop();
    this.code.push({ op: "local", name: "local.tee", local });
    return this;
  }

  /** A new variable holding `value`. */
  let(type: ValueType, name: string, value?: Operand): Local {
    const local = this.local(type, name);
    this.set(local, value);
    return local;
  }

  i32(value: number): this {
    return this.number(value, "i32");
  }
  i64(value: bigint): this {
    this.code.push({ op: "const", type: "i64", value });
    return this;
  }
  f32(value: number): this {
    return this.number(value, "f32");
  }
  f64(value: number): this {
    return this.number(value, "f64");
  }
  /** A vector of equal numbers, hoisted to the function's start (V8 makes it anew at each use otherwise). */
  f32x4(value: number): this {
    return this.number(value, "f32x4");
  }
  i32x4(value: number): this {
    return this.number(value, "i32x4");
  }
  f64x2(value: number): this {
    return this.number(value, "f64x2");
  }
  i64x2(value: bigint): this {
    return this.hoist("i64x2", [value, value]);
  }
  /** A vector of different numbers, hoisted as well. */
  lanes(type: "i32x4" | "f32x4" | "f64x2", values: readonly number[]): this {
    return this.hoist(type, values);
  }

  load(name: Load, address?: Operand, offset = 0): this {
    if (address !== undefined) this.push(address);
    this.code.push({ op: "memory", name, offset });
    return this;
  }

  /** `value` may only be left out together with `address`: the stack holds address, value. */
  store(name: Store, address?: Operand, value?: Operand, offset = 0): this {
    if (address !== undefined) this.push(address);
    const type = name.split(".")[0] ?? "i32";
    if (value !== undefined) this.push(value, type === "v128" ? "f32x4" : type);
    this.code.push({ op: "memory", name, offset });
    return this;
  }

  /** load32_lane: memory into one lane of `vector`; store32_lane: the other way. */
  laneMemory(
    name: LaneMemory,
    lane: number,
    address?: Operand,
    vector?: Operand,
    offset = 0,
  ): this {
    if (address !== undefined) this.push(address);
    if (vector !== undefined) this.push(vector, "f32x4");
    this.code.push({ op: "memory", name, offset, lane });
    return this;
  }

  /** extract_lane: operands vector; replace_lane: vector, scalar. */
  lane(name: Lane, lane: number, ...operands: Operand[]): this {
    const [shape, scalar] = [name.slice(0, 5), name.slice(0, 3)];
    operands.forEach((operand, k) => this.push(operand, k === 0 ? shape : scalar));
    this.code.push({ op: "lane", name, lane });
    return this;
  }

  /** i8x16.shuffle in 32-bit lanes: 0–3 of `a`, 4–7 of `b`. */
  shuffle(lanes: readonly [number, number, number, number], a?: Operand, b?: Operand): this {
    if (a !== undefined) this.push(a, "f32x4");
    if (b !== undefined) this.push(b, "f32x4");
    const bytes = lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);
    this.code.push({ op: "shuffle", lanes: bytes });
    return this;
  }

  copy(to: Operand, from: Operand, bytes: Operand): this {
    this.push(to).push(from).push(bytes);
    this.code.push({ op: "plain", name: "memory.copy" });
    return this;
  }

  fill(to: Operand, byte: Operand, bytes: Operand): this {
    this.push(to).push(byte).push(bytes);
    this.code.push({ op: "plain", name: "memory.fill" });
    return this;
  }

  call(callee: FunctionHandle, ...operands: Operand[]): this {
    operands.forEach((operand, k) => {
      const type = callee.parameters[k]?.type ?? "i32";
      this.push(operand, type === "v128" ? "f32x4" : type);
    });
    this.code.push({ op: "call", callee });
    return this;
  }

  private number(value: number, type: string): this {
    if (type === "i32x4" || type === "f32x4" || type === "f64x2") return this.splat(type, value);
    if (type === "i64x2" || type === "i64") {
      const big = BigInt(value);
      return type === "i64" ? this.i64(big) : this.i64x2(big);
    }
    if (type !== "i32" && type !== "f32" && type !== "f64")
      throw new Error(`No constant of type ${type}: ${value}. Push a local or a function instead.`);
    this.code.push({ op: "const", type, value });
    return this;
  }

  private splat(lanes: "i32x4" | "f32x4" | "f64x2", value: number): this {
    const made = value === 0 ? undefined : this.splats[lanes].get(value); // a map takes −0 for 0
    if (made) return this.push(made);
    this.hoist(lanes, Array<number>(lanes === "f64x2" ? 2 : 4).fill(value));
    const last = this.code.at(-1);
    if (last?.op === "local") this.splats[lanes].set(value, last.local);
    return this;
  }

  private hoist(
    lanes: "i32x4" | "f32x4" | "f64x2" | "i64x2",
    values: readonly (number | bigint)[],
  ): this {
    const key = lanes + values.map((v) => (Object.is(v, -0) ? "-0" : String(v))).join();
    let local = this.constants.get(key);
    if (!local) {
      local = this.local("v128", "constant");
      this.constants.set(key, local);
      this.prologue.push({ op: "v128", lanes, values }, { op: "local", name: "local.set", local });
    }
    return this.push(local);
  }
}
