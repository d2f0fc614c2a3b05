/** Recorded functions as the bytes of a WebAssembly module (binary format, chapter 5 of the specification). */
import type { Code, FunctionHandle, ValueType } from "./code.js";
import { opcodes, type Opcode } from "./opcodes.js";

const types: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const section = { type: 1, import: 2, function: 3, export: 7, code: 10 };

/** A module of `functions` over the imported memory `env.memory`; function i is exported as `f` + i. */
export function encodeModule(
  functions: readonly FunctionHandle[],
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const signatures = functions.map(signature);
  const distinct = [...new Set(signatures.map((bytes) => bytes.join()))];
  const limits = shared ? [0x03, 0, ...unsigned(65536)] : [0x00, 0];
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  append(bytes, block(section.type, vector(distinct.map((text) => text.split(",").map(Number)))));
  append(
    bytes,
    block(section.import, vector([[...name("env"), ...name("memory"), 0x02, ...limits]])),
  );
  append(
    bytes,
    block(section.function, vector(signatures.map((b) => unsigned(distinct.indexOf(b.join()))))),
  );
  append(
    bytes,
    block(
      section.export,
      vector(functions.map((f) => [...name(`f${f.index}`), 0, ...unsigned(f.index)])),
    ),
  );
  append(bytes, block(section.code, vector(functions.map(body))));
  return new Uint8Array(bytes);
}

function signature(f: FunctionHandle): number[] {
  const parameters = f.parameters.map((local) => types[local.type]);
  return [
    0x60,
    ...unsigned(parameters.length),
    ...parameters,
    f.results.length,
    ...f.results.map((type) => types[type]),
  ];
}

function body(f: FunctionHandle): number[] {
  const bytes = [...unsigned(f.locals.length)];
  for (const local of f.locals) bytes.push(1, types[local.type]);
  for (const code of f.code) writeCode(bytes, code);
  bytes.push(0x0b);
  return [...unsigned(bytes.length), ...bytes];
}

function writeCode(out: number[], code: Code): void {
  switch (code.op) {
    case "plain": {
      opcode(out, code.name as Opcode);
      if (code.name === "memory.copy") out.push(0, 0);
      if (code.name === "memory.fill") out.push(0);
      return;
    }
    case "memory": {
      opcode(out, code.name);
      out.push(0, ...unsigned(code.offset)); // alignment is only a hint: none given
      if (code.lane !== undefined) out.push(code.lane);
      return;
    }
    case "lane": return void (opcode(out, code.name), out.push(code.lane));
    case "shuffle": return void (opcode(out, "i8x16.shuffle"), out.push(...code.lanes));
    case "const": return constant(out, code.type, code.value);
    case "v128": return void out.push(0xfd, 0x0c, ...vectorBytes(code.lanes, code.values));
    case "local": return void out.push(localOps[code.name], ...unsigned(code.local.index));
    case "call": return void out.push(0x10, ...unsigned(code.callee.index));
    case "br": return void out.push(0x0c, ...unsigned(code.depth));
    case "br_if": return void out.push(0x0d, ...unsigned(code.depth));
    case "block": case "loop": case "if":
      return void out.push(blockOps[code.op], code.result ? types[code.result] : 0x40);
    case "else": return void out.push(0x05);
    case "end": return void out.push(0x0b);
  }
} // prettier-ignore

const localOps = { "local.get": 0x20, "local.set": 0x21, "local.tee": 0x22 };
const blockOps = { block: 0x02, loop: 0x03, if: 0x04 };

function opcode(out: number[], op: Opcode): void {
  const code = opcodes[op];
  if (code < 0x100) out.push(code);
  else out.push(code >>> 16, ...unsigned(code & 0xffff));
}

function constant(
  out: number[],
  type: "i32" | "i64" | "f32" | "f64",
  value: number | bigint,
): void {
  if (type === "i32") out.push(0x41, ...signed(BigInt(Number(value) | 0)));
  else if (type === "i64") out.push(0x42, ...signed(BigInt.asIntN(64, BigInt(value))));
  else if (type === "f32")
    out.push(0x43, ...new Uint8Array(new Float32Array([Number(value)]).buffer));
  else out.push(0x44, ...new Uint8Array(new Float64Array([Number(value)]).buffer));
}

/** The 16 bytes of a vector constant, little-endian. */
export function vectorBytes(
  lanes: "i32x4" | "f32x4" | "i64x2" | "f64x2",
  values: readonly (number | bigint)[],
): Uint8Array {
  if (lanes === "i64x2")
    return new Uint8Array(
      new BigInt64Array(values.map((v) => BigInt.asIntN(64, BigInt(v)))).buffer,
    );
  const numbers = values.map(Number);
  if (lanes === "i32x4") return new Uint8Array(new Int32Array(numbers).buffer);
  return new Uint8Array(
    (lanes === "f32x4" ? new Float32Array(numbers) : new Float64Array(numbers)).buffer,
  );
}

/** LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    const done = (rest >> 7n === 0n && low < 0x40) || (rest >> 7n === -1n && low >= 0x40);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

function vector(items: readonly number[][]): number[] {
  const bytes = unsigned(items.length);
  for (const item of items) append(bytes, item);
  return bytes;
}

function block(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length)].concat(content);
}

function append(bytes: number[], more: readonly number[]): void {
  for (const byte of more) bytes.push(byte);
}
