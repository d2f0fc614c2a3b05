/**
 * Fused kernels that nobody thought of: shapes astride four, walks with broadcasts, flips, slices and
 * permutations, several loads, reductions over any axes, epilogues, positions; drawn by a seed, held
 * against js. Each runs unit by unit, backwards, in a memory full of a guard number: so a result does
 * not depend on how work is split, and nothing outside the output is written.
 */
import seedrandom from "seedrandom";
import { describe, expect, it } from "vitest";
import type { TypedArray } from "../../src/kernels/backend.js";
import type { Access, Binary, DType, Fused, Instruction, Unary } from "../../src/kernels/ir.js";
import { openJs } from "../../src/kernels/js/index.js";
import { ModuleBuilder } from "../../src/kernels/wasm/emitter.js";
import { lowerFused } from "../../src/kernels/wasm/fused.js";
import { openWasm } from "../../src/kernels/wasm/index.js";

const guard = 0x7ead_beef;
const up = (bytes: number): number => Math.ceil(bytes / 256) * 256;

type Operands = { data: (Float32Array | Int32Array)[]; scalars: number[] };

/** Runs a kernel one unit at a time, last unit first, and checks the guards around what it may write. */
function runInUnits(spec: Fused, { data, scalars }: Operands): Float32Array | Int32Array {
  const phases = lowerFused(spec);
  const module = new ModuleBuilder();
  const handles = phases.map((phase) => phase.build(module));
  const most = (bytes: "scratchBytes" | "sharedBytes"): number =>
    Math.max(0, ...phases.map((phase) => phase[bytes] ?? 0));
  const elements = spec.shape.reduce((a, b) => a * b, 1);
  let end = 256;
  const place = (bytes: number): number => {
    const at = end;
    end += up(bytes + 16) + 256; // a guard block after each
    return at;
  };
  const inputs = data.map((each) => place(each.byteLength));
  const [out, numbers] = [place(4 * elements), place(16 * scalars.length)];
  const [scratch, shared] = [place(most("scratchBytes")), place(most("sharedBytes"))];
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) });
  const words = new Int32Array(memory.buffer).fill(guard);
  data.forEach((each, k) => words.set(new Int32Array(each.buffer, 0, each.length), inputs[k]! / 4));
  scalars.forEach((value, k) => {
    new Float32Array(memory.buffer, numbers + 16 * k, 1)[0] = value;
    new Int32Array(memory.buffer, numbers + 16 * k + 4, 1)[0] = value;
  });
  const before = words.slice();
  const compiled = new WebAssembly.Module(module.bytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  phases.forEach(({ units, constants = [], buffers }, n) => {
    const run = exports[`f${handles[n]!.index}`] as (...parameters: number[]) => void;
    const places = buffers?.map((k) => [...inputs, out][k]!) ?? [...inputs, out];
    for (let unit = units - 1; unit >= 0; unit--)
      run(unit, unit + 1, ...places, numbers, scratch, shared, ...constants);
  });
  const inside = (byte: number, start: number, length: number): boolean =>
    byte >= start && byte < start + length;
  const stray = before.findIndex(
    (word, k) => word !== words[k] && !inside(4 * k, out, 4 * elements) &&
      !inside(4 * k, scratch, up(most("scratchBytes"))) && !inside(4 * k, shared, up(most("sharedBytes"))),
  ); // prettier-ignore
  expect(stray, "a word outside the output was written").toBe(-1);
  const Result = spec.dtype === "f32" ? Float32Array : Int32Array;
  return new Result(memory.buffer, out, elements).slice();
}

const js = openJs();

/** The same by the js backend, in float64. */
async function reference(spec: Fused, { data, scalars }: Operands): Promise<TypedArray> {
  const sizes = [...data.map((each) => each.length), spec.shape.reduce((a, b) => a * b, 1)];
  const buffers = sizes.map((elements) => ({ dtype: "f32" as const, elements, arena: null }));
  const call = { kernel: spec, inputs: data.map((_, k) => k), outputs: [data.length], scalars: scalars.map((_, k) => k) }; // prettier-ignore
  const given = buffers.map(({ dtype, elements }) => js.allocate(dtype, elements));
  data.forEach((each, k) => js.write(given[k]!, each));
  js.run(js.prepare({ buffers, arenaBytes: 0, calls: [call] }), given, scalars);
  const result = await js.read(given.at(-1)!);
  given.forEach((buffer) => js.free(buffer));
  return result;
}

/** Draws kernels. */
class Draw {
  readonly next: () => number;
  constructor(seed: string) {
    this.next = seedrandom(seed);
  }
  below = (n: number): number => Math.floor(this.next() * n);
  of = <T>(values: readonly T[]): T => values[this.below(values.length)]!;
  chance = (p: number): boolean => this.next() < p;
}

const sizes = [1, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65] as const;

function shapeOf(draw: Draw, rank: number, most: number): number[] {
  const shape: number[] = [];
  for (let left = most, k = 0; k < rank; k++) {
    const fits = sizes.filter((size) => size <= left);
    shape.push(draw.of(fits));
    left = Math.floor(left / shape[k]!);
  }
  return shape;
}

/** A walk over `axes`, and how many elements its buffer needs. `still`: axes of stride 0. */
function access(draw: Draw, dtype: DType, axes: readonly number[], still: readonly number[]): { access: Access; elements: number } {
  const order = axes.map((_, axis) => axis);
  if (draw.chance(0.5)) order.sort(() => draw.next() - 0.5);
  const strides = axes.map(() => 0);
  let extent = 1;
  for (const axis of order.reverse()) {
    if (still.includes(axis) || draw.chance(0.2)) continue;
    strides[axis] = extent;
    extent *= axes[axis]! + (draw.chance(0.15) ? 2 : 0); // a slice leaves a gap
  }
  let offset = draw.chance(0.3) ? draw.below(6) : 0;
  const total = offset + extent;
  axes.forEach((size, axis) => {
    if (!draw.chance(0.1)) return;
    offset += strides[axis]! * (size - 1); // a flip
    strides[axis] = -strides[axis]!;
  });
  return { access: { dtype, offset, strides }, elements: total };
} // prettier-ignore

const gentle: Unary[] = ["neg", "abs", "sign", "floor", "round", "tanh", "sin", "erf"];
const gentleTwo: Binary[] = ["add", "sub", "mul", "max", "min"];

/** A few lines over what is there, ending in a float. */
function lines(draw: Draw, start: Instruction[], axes: number, allowIndex: boolean): Instruction[] {
  const body = [...start];
  const floats = (): number[] => body.flatMap((line, k) => (line.dtype === "f32" ? [k] : []));
  if (allowIndex && draw.chance(0.3) && axes > 0) {
    const at = body.push({ op: "index", axis: draw.below(axes), dtype: "i32" }) - 1;
    body.push({ op: "cast", args: [at], dtype: "f32" });
    body.push({ op: "constant", value: 0.01, dtype: "f32" });
    body.push({ op: "mul", args: [at + 1, at + 2], dtype: "f32" });
  }
  if (draw.chance(0.3)) body.push({ op: "scalar", index: 0, dtype: "f32" });
  for (let k = draw.below(5); k > 0; k--) {
    const pick = draw.next();
    if (pick < 0.4) body.push({ op: draw.of(gentle), args: [draw.of(floats())], dtype: "f32" });
    else if (pick < 0.8)
      body.push({ op: draw.of(gentleTwo), args: [draw.of(floats()), draw.of(floats())], dtype: "f32" }); // prettier-ignore
    else {
      const condition = body.push({ op: "lt", args: [draw.of(floats()), draw.of(floats())], dtype: "bool" }) - 1; // prettier-ignore
      body.push({ op: "select", args: [condition, draw.of(floats()), draw.of(floats())], dtype: "f32" }); // prettier-ignore
    }
  }
  const last = floats();
  body.push({ op: "tanh", args: [last.at(-1)!], dtype: "f32" }); // keeps sums small
  return body;
}

function kernel(draw: Draw): { spec: Fused; operands: Operands } {
  const reducing = draw.chance(0.6);
  const shape = shapeOf(draw, draw.below(4), reducing ? 300 : 3000);
  const over = reducing ? shapeOf(draw, 1 + draw.below(3), 600) : [];
  const axes = [...shape, ...over];
  const reduced = over.map((_, k) => shape.length + k);
  const inBody = 1 + draw.below(3);
  const inEpilogue = reducing ? draw.below(2) : 0;
  const walks = Array.from({ length: inBody + inEpilogue }, (_, k) => access(draw, "f32", axes, k < inBody ? [] : reduced)); // prettier-ignore
  const load = (operand: number): Instruction => ({ op: "load", operand, dtype: "f32" });
  const body = lines(draw, walks.slice(0, inBody).map((_, k) => load(k)), axes.length, true); // prettier-ignore
  const ending: Instruction[] = [{ op: "accumulated", dtype: "f32" }];
  if (inEpilogue) ending.push(load(inBody), { op: "add", args: [0, 1], dtype: "f32" });
  const spec: Fused = {
    kernel: "fused",
    dtype: "f32",
    shape,
    loads: walks.map((walk) => walk.access),
    body,
    reduce: reducing ? { op: draw.of(["sum", "sum", "max", "min"]), shape: over } : null,
    epilogue: reducing && (inEpilogue || draw.chance(0.5)) ? ending : [],
  };
  const data = walks.map(({ elements }) => Float32Array.from({ length: elements }, () => 4 * draw.next() - 2)); // prettier-ignore
  return { spec, operands: { data, scalars: [0.75] } };
}

/** floor, round, sign and < jump: a rounding before them may flip the result, so those kernels must agree but for a few elements. */
const jumps = (spec: Fused): boolean =>
  spec.body.some(({ op }) => op === "floor" || op === "round" || op === "sign" || op === "lt");

describe("fused kernels drawn by a seed", () => {
  it.each(Array.from({ length: 40 }, (_, k) => k))("as js has them, batch %i", async (batch) => {
    for (let k = 0; k < 15; k++) {
      const name = `${batch}.${k}`;
      const { spec, operands } = kernel(new Draw(name));
      const elements = spec.shape.reduce((a, b) => a * b, 1);
      const expected = await reference(spec, operands);
      const got = runInUnits(spec, operands);
      const terms = (spec.reduce?.shape ?? []).reduce((a, b) => a * b, 1);
      const wrong = got.findIndex((value, i) => Math.abs(value - expected[i]!) > 2e-6 * Math.max(1, terms, Math.abs(expected[i]!))); // prettier-ignore
      if (jumps(spec) && wrong >= 0) {
        const off = got.filter((value, i) => Math.abs(value - expected[i]!) > 1e-4).length;
        expect(off / elements, `${name}: ${JSON.stringify(spec)}`).toBeLessThan(0.02);
      } else
        expect(wrong, `${name}: ${got[wrong]} for ${expected[wrong]} in ${JSON.stringify(spec)}`).toBe(-1); // prettier-ignore
    }
  });
});

const load: Instruction = { op: "load", operand: 0, dtype: "f32" };
const sum = (shape: number[], over: number[], strides: number[], op: "sum" | "max" = "sum"): Fused => ({
  kernel: "fused",
  dtype: "f32",
  shape,
  loads: [{ dtype: "f32", offset: 0, strides }],
  body: [load],
  reduce: { op, shape: over },
  epilogue: [],
}); // prettier-ignore

describe("long sums", () => {
  const count = 1 << 20;
  const data = Float32Array.from({ length: count }, (_, k) => 0.1 + ((k * 7919) % 1000) / 1e4);
  const exact = data.reduce((total, value) => total + value, 0); // in float64
  it("of a million numbers keep six digits along memory", () => {
    const [total] = runInUnits(sum([], [count], [1]), { data: [data], scalars: [] });
    expect(Math.abs(total! / exact - 1)).toBeLessThan(2e-7);
  });
  it("and across it", () => {
    const columns = runInUnits(sum([8], [count / 8], [1, 8]), { data: [data], scalars: [] });
    const total = [...columns].reduce((a, b) => a + b, 0);
    expect(Math.abs(total / exact - 1)).toBeLessThan(2e-7);
  });
});

describe("long reductions", () => {
  /** Σ over the last axes of x · (position on the first axis), plus x at the row's start. */
  const spec = (shape: number[], over: number[], slow: boolean): Fused => {
    const sizes = [...shape, ...over];
    const stride = (axes: number[]): number => axes.reduce((a, b) => a * b, 1);
    const strides = sizes.map((_, axis) =>
      slow && axis < shape.length
        ? stride(shape.slice(axis + 1))
        : stride(sizes.slice(axis + 1)) * (slow ? stride(shape) : 1),
    );
    const still = strides.map((step, axis) => (axis < shape.length ? step : 0));
    return {
      kernel: "fused", dtype: "f32", shape, reduce: { op: "sum", shape: over },
      loads: [{ dtype: "f32", offset: 0, strides }, { dtype: "f32", offset: 0, strides: still }],
      body: [
        load, { op: "index", axis: 0, dtype: "i32" }, { op: "cast", args: [1], dtype: "f32" },
        { op: "mul", args: [0, 2], dtype: "f32" },
      ],
      epilogue: [
        { op: "accumulated", dtype: "f32" }, { op: "load", operand: 1, dtype: "f32" },
        { op: "add", args: [0, 1], dtype: "f32" },
      ],
    }; // prettier-ignore
  };

  it.each([
    ["along memory", [3], [200_003], false],
    ["along memory, two axes, the outer one cut", [2, 2], [1001, 131], false],
    ["across memory", [5], [150_001], true],
    ["across memory, many columns", [301], [2003], true],
  ])("go in blocks, %s", async (_, shape, over, slow) => {
    const kernel = spec(shape, over, slow);
    expect(lowerFused(kernel).length).toBeGreaterThan(1);
    const count = [...shape, ...over].reduce((a, b) => a * b, 1);
    const x = Float32Array.from({ length: count }, (_, k) => 0.5 + ((k * 7919) % 1000) / 1e3);
    const operands = { data: [x, x], scalars: [] };
    const [got, right] = [runInUnits(kernel, operands), await reference(kernel, operands)];
    right.forEach((value, k) => expect(Math.abs(got[k]! - value)).toBeLessThan(1e-6 * value));
  });
});

describe("reductions", () => {
  it("are cut into blocks from fewer points on where each is much work", () => {
    const plain = sum([], [100_000], [1]);
    const logistic: Fused["body"] = [
      ...plain.body,
      { op: "exp", args: [0], dtype: "f32" },
      { op: "log1p", args: [1], dtype: "f32" },
    ];
    expect(lowerFused(plain)).toHaveLength(1);
    expect(lowerFused({ ...plain, body: logistic }).map(({ units }) => units)).toEqual([6, 1, 1]);
  });

  it("find a NaN wherever it is", () => {
    for (let at = 0; at < 41; at++) {
      const data = Float32Array.from({ length: 41 * 5 }, (_, k) => k);
      data[at * 5 + 2] = NaN;
      const rows = runInUnits(sum([41], [5], [5, 1], "max"), { data: [data], scalars: [] });
      expect(rows.findIndex(Number.isNaN)).toBe(at);
      const columns = runInUnits(sum([5], [41], [1, 5], "max"), { data: [data], scalars: [] });
      expect(columns.findIndex(Number.isNaN)).toBe(2);
    }
  });

  it("refuse an axis whose bytes cannot be counted, and take it as two", () => {
    expect(() => lowerFused(sum([], [2 ** 29], [1]))).toThrow("wasm takes at most 268435456");
    expect(lowerFused(sum([], [2, 2 ** 28], [2 ** 28, 1]))[0]!.units).toBe(1);
  });

  it("of nothing give where they start", () => {
    const none = { data: [new Float32Array(0)], scalars: [] };
    expect([...runInUnits(sum([5], [0], [1, 5]), none)]).toEqual([0, 0, 0, 0, 0]);
    expect([...runInUnits(sum([2], [0], [0, 1], "max"), none)]).toEqual([-Infinity, -Infinity]);
    expect([...runInUnits(sum([0], [3], [3, 1]), none)]).toEqual([]);
  });
});

describe("compiled code", () => {
  it("is the same for other sizes, and can be read", () => {
    const wasm = openWasm();
    const plan = (rows: number, columns: number) => ({
      buffers: [rows * columns, rows].map((elements) => ({ dtype: "f32" as const, elements, arena: null })), // prettier-ignore
      arenaBytes: 0,
      calls: [{ kernel: sum([rows], [columns], [columns, 1]), inputs: [0], outputs: [1], scalars: [] }], // prettier-ignore
    });
    const [first] = wasm.prepare(plan(3, 50)).explain();
    const [second] = wasm.prepare(plan(70, 600)).explain();
    expect(second).toEqual(first);
    expect(first!.source).toContain("f32x4.add");
    expect(first!.where).toContain("wasm");
    wasm.close();
  });
});
