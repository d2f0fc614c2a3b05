/** Recorded functions as the bytes of a WebAssembly module (binary format, chapter 5 of the specification). */
import type { Code, FunctionHandle, ValueType } from "./code.js";
import { opcodes, type Opcode } from "./opcodes.js";

const types: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 };
const localOps = { "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22 };
const blockOps = { block: 0x02, loop: 0x03, if: 0x04 };

/** Bytes that grow at the end. */
class Bytes {
  private array = new Uint8Array(256);
  private length = 0;

  get written(): Uint8Array<ArrayBuffer> {
    return this.array.subarray(0, this.length);
  }

  push(...bytes: number[]): this {
    for (const byte of bytes) this.byte(byte);
    return this;
  }

  byte(value: number): void {
    if (this.length === this.array.length) this.reserve(1);
    this.array[this.length++] = value;
  }

  append(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.array.set(bytes, this.length);
    this.length += bytes.length;
    return this;
  }

  /** LEB128, unsigned 32 bits. */
  unsigned(value: number): this {
    let rest = value;
    for (; rest >>> 0 >= 0x80; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
    return this;
  }

  /** LEB128, signed 32 bits. */
  signed(value: number): void {
    let rest = value | 0;
    for (; rest < -0x40 || rest >= 0x40; rest >>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest & 0x7f);
  }

  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    for (; rest < -0x40n || rest >= 0x40n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest & 0x7fn));
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.unsigned(bytes.length).append(bytes);
  }

  /** A part that begins with its own length. */
  sized(part: Bytes): this {
    return this.unsigned(part.length).append(part.written);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.array.length) return;
    const larger = new Uint8Array(2 * (this.length + more));
    larger.set(this.written);
    this.array = larger;
  }
}

/** A module of `functions` over the imported memory `env.memory`; function i is exported as `f` + i. */
export function encodeModule(functions: readonly FunctionHandle[], shared: boolean): Uint8Array<ArrayBuffer> {
  const numbers = new Map<string, number>();
  const signatures = functions.map((f) => {
    const signature = signatureOf(f);
    const key = signature.written.join();
    const known = numbers.get(key);
    if (known === undefined) numbers.set(key, numbers.size);
    return { signature, number: known ?? numbers.size - 1, isNew: known === undefined };
  });
  const distinct = signatures.filter((each) => each.isNew);
  const out = new Bytes().push(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const add = <T>(id: number, items: readonly T[], write: (content: Bytes, item: T) => unknown): void => {
    const content = new Bytes().unsigned(items.length);
    for (const item of items) write(content, item);
    out.push(id).sized(content);
  };
  add(section.type, distinct, (content, { signature }) => content.append(signature.written));
  add(section.import, ["memory"], (content, name) => {
    content.name("env").name(name).push(0x02);
    if (shared) content.push(0x03, 0).unsigned(65536);
    else content.push(0x00, 0);
  });
  add(section.function, signatures, (content, { number }) => content.unsigned(number));
  add(section.export, functions, (content, f) => content.name(`f${f.index}`).push(0).unsigned(f.index));
  add(section.code, functions, (content, f) => content.sized(bodyOf(f)));
  return out.written.slice();
} // prettier-ignore

function signatureOf(f: FunctionHandle): Bytes {
  const bytes = new Bytes().push(0x60).unsigned(f.parameters.length);
  for (const { type } of f.parameters) bytes.byte(types[type]);
  bytes.unsigned(f.results.length);
  for (const type of f.results) bytes.byte(types[type]);
  return bytes;
}

function bodyOf(f: FunctionHandle): Bytes {
  const bytes = new Bytes().unsigned(f.locals.length);
  for (const { type } of f.locals) bytes.push(1, types[type]);
  for (const code of f.code) writeCode(bytes, code);
  return bytes.push(0x0b);
}

function writeCode(out: Bytes, code: Code): void {
  switch (code.op) {
    case "plain": {
      writeOpcode(out, code.name as Opcode);
      if (code.name === "memory.copy") out.push(0, 0);
      if (code.name === "memory.fill") out.push(0);
      return;
    }
    case "memory": {
      writeOpcode(out, code.name);
      out.byte(0); // alignment is only a hint: none given
      out.unsigned(code.offset);
      if (code.lane !== undefined) out.byte(code.lane);
      return;
    }
    case "lane": return void writeOpcode(out, code.name).push(code.lane);
    case "shuffle": return void writeOpcode(out, "i8x16.shuffle").push(...code.lanes);
    case "const": return writeConstant(out, code.type, code.value);
    case "v128": return void out.push(0xfd, 0x0c).append(vectorBytes(code.lanes, code.values));
    case "local": {
      out.byte(localOps[code.name]);
      out.unsigned(code.local.index);
      return;
    }
    case "call": return void out.push(0x10).unsigned(code.callee.index);
    case "br": return void out.push(0x0c).unsigned(code.depth);
    case "br_if": return void out.push(0x0d).unsigned(code.depth);
    case "block": case "loop": case "if":
      return void out.push(blockOps[code.op], code.result ? types[code.result] : 0x40);
    case "else": return out.byte(0x05);
    case "end": return out.byte(0x0b);
  }
} // prettier-ignore

function writeOpcode(out: Bytes, op: Opcode): Bytes {
  const code = opcodes[op];
  if (code > 0xff) {
    out.byte(code >>> 16);
    return out.unsigned(code & 0xffff);
  }
  out.byte(code);
  return out;
}

function writeConstant(
  out: Bytes,
  type: "i32" | "i64" | "f32" | "f64",
  value: number | bigint,
): void {
  if (type === "i32") out.push(0x41).signed(Number(value));
  else if (type === "i64") out.push(0x42).signed64(BigInt(value));
  else if (type === "f32") out.push(0x43).append(bytesOf(new Float32Array([Number(value)])));
  else out.push(0x44).append(bytesOf(new Float64Array([Number(value)])));
}

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);

/** The 16 bytes of a vector constant, little-endian. */
function vectorBytes(
  lanes: "i32x4" | "f32x4" | "i64x2" | "f64x2",
  values: readonly (number | bigint)[],
): Uint8Array {
  if (lanes === "i64x2")
    return bytesOf(new BigInt64Array(values.map((v) => BigInt.asIntN(64, BigInt(v)))));
  const numbers = values.map(Number);
  if (lanes === "i32x4") return bytesOf(new Int32Array(numbers));
  return bytesOf(lanes === "f32x4" ? new Float32Array(numbers) : new Float64Array(numbers));
}
