/**
 * The body of one WebAssembly function, written instruction by instruction; emitter.ts says how. The
 * methods record; nothing is encoded before the module is.
 */
import type { Code, FunctionHandle, Label, Local, Operand, ValueType } from "./code.js";
import type { Lane, LaneMemory, Load, Plain, Store } from "./opcodes.js";
import { relaxed } from "./relaxed.js";

export class FunctionBuilder {
  readonly locals: Local[] = [];
  readonly code: Code[] = [];
  /** Constants and whatever else must stand at the function's start. */
  readonly prologue: Code[] = [];
  private depth = 0;
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
    if (operands.length > 0) {
      const types = typesOf(name);
      for (let k = 0; k < operands.length; k++) this.push(operands[k]!, types[k]);
    }
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

  /** a · b + c in f32x4 or f64x2; one instruction where the engine has it. */
  madd(a: Operand, b: Operand, c: Operand, shape: "f32x4" | "f64x2" = "f32x4"): this {
    if (relaxed) return this.op(`${shape}.relaxed_madd`, a, b, c);
    return this.op(`${shape}.add`, () => this.op(`${shape}.mul`, a, b), c);
  }

  /** c − a · b. */
  nmadd(a: Operand, b: Operand, c: Operand, shape: "f32x4" | "f64x2" = "f32x4"): this {
    if (relaxed) return this.op(`${shape}.relaxed_nmadd`, a, b, c);
    return this.op(`${shape}.sub`, c, () => this.op(`${shape}.mul`, a, b));
  }

  /** base + index · scale (bytes). */
  address(base: Operand, index: Operand, scale = 4): this {
    if (scale === 1) return this.op("i32.add", base, index);
    return this.op("i32.add", base, () => this.scaled(index, scale));
  }

  /** index · scale, by a shift where scale is a power of two. */
  scaled(index: Operand, scale: number): this {
    if (typeof index === "number") return this.i32(index * scale);
    if (scale === 1) return this.push(index);
    const shift = Math.log2(scale);
    if (scale > 0 && Number.isInteger(shift)) return this.op("i32.shl", index, shift);
    return this.op("i32.mul", index, scale);
  }

  /** local += amount (i32). */
  increase(local: Local, amount: Operand): this {
    return this.set(local, () => this.op("i32.add", local, amount));
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

  /** A branch to the label goes past the end. */
  block(body: (label: Label) => unknown): this {
    return this.nest({ op: "block", result: null }, body);
  }

  /** A branch to the label begins again. Without a branch it runs once. */
  repeat(body: (label: Label) => unknown): this {
    return this.nest({ op: "loop", result: null }, body);
  }

  /** Runs `then` where the condition is not 0; with `result`, both sides leave a value of that type. */
  if(
    condition: Operand | null,
    then: () => unknown,
    otherwise?: () => unknown,
    result: ValueType | null = null,
  ): this {
    if (condition !== null) this.push(condition);
    return this.nest({ op: "if", result }, () => {
      then();
      if (!otherwise) return;
      this.code.push({ op: "else" });
      otherwise();
    });
  }

  br(label: Label): this {
    this.code.push({ op: "br", depth: this.depth - label.depth });
    return this;
  }

  brIf(label: Label, condition?: Operand): this {
    if (condition !== undefined) this.push(condition);
    this.code.push({ op: "br_if", depth: this.depth - label.depth });
    return this;
  }

  /**
   * for (counter = from; counter < to; counter += step) body. Signed; tested at the bottom, and once
   * before. `from` may be the counter itself (go on where it stands). `to` is read at each turn, so
   * make it a local or a number. Give "i32.lt_u" where the counter is an address.
   */
  loop(
    counter: Local,
    from: Operand,
    to: Operand,
    step: Operand,
    body: () => unknown,
    less: "i32.lt_s" | "i32.lt_u" = "i32.lt_s",
  ): this {
    if (from !== counter) this.set(counter, from);
    return this.if(() => this.op(less, counter, to), () =>
      this.repeat((again) => {
        body();
        this.increase(counter, step);
        this.brIf(again, () => this.op(less, counter, to));
      }),
    ); // prettier-ignore
  }

  private nest(code: Code, body: (label: Label) => unknown): this {
    this.code.push(code);
    this.depth++;
    body({ depth: this.depth });
    this.depth--;
    this.code.push({ op: "end" });
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

const operandTypes = new Map<Plain, readonly string[]>();

/** The types of numbers given as operands of an instruction, from its name. */
function typesOf(name: Plain): readonly string[] {
  const known = operandTypes.get(name) ?? [0, 1, 2].map((k) => operandType(name, k));
  operandTypes.set(name, known);
  return known;
}

function operandType(name: Plain, k: number): string {
  if (name.endsWith(".splat")) return name.slice(0, 3);
  if (k === 1 && /x\d+\.sh[lr]/.test(name)) return "i32"; // vector shifts count in i32
  if (name === "select") return k === 2 ? "i32" : "f32x4";
  const from =
    /(?:convert|trunc_sat|promote|demote|extend|wrap|reinterpret)(?:_low|_high)?_([if]\d+(?:x\d)?)/.exec(
      name,
    );
  const own = from?.[1] ?? name.split(".")[0] ?? "i32";
  return own === "v128" ? "i32x4" : own;
}
