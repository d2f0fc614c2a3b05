/** The body of one WebAssembly function: instructions, control, and the sums that addresses are made of. */
import type { Code, Label, Local, Operand, ValueType } from "./code.js";
import { Instructions } from "./instructions.js";
import { relaxed } from "./relaxed.js";

export class FunctionBuilder extends Instructions {
  private depth = 0;

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
}
