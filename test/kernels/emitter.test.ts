/** The emitter: what it writes is valid WebAssembly, does what its names say, and can be read as WAT. */
import { describe, expect, it } from "vitest";
import {
  type FunctionBuilder,
  type Local,
  ModuleBuilder,
  relaxed,
} from "../../src/kernels/wasm/emitter.js";
import { kernelFunction } from "../../src/kernels/wasm/kernel.js";
import {
  type Lane,
  type LaneMemory,
  type Load,
  opcodes,
  type Plain,
  type Store,
} from "../../src/kernels/wasm/opcodes.js";

const memory = new WebAssembly.Memory({ initial: 1 });

/** Compiles a module and gives function `index`. */
function compile(module: ModuleBuilder, index = 0): (...numbers: (number | bigint)[]) => number {
  const compiled = new WebAssembly.Module(module.bytes());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return exports[`f${index}`] as (...numbers: (number | bigint)[]) => number;
}

/** Writes one instruction with whatever must follow its opcode. */
function writeAny(f: FunctionBuilder, name: keyof typeof opcodes): void {
  if (/_lane$/.test(name)) {
    if (name.startsWith("v128")) f.laneMemory(name as LaneMemory, 1, undefined, undefined, 4);
    else f.lane(name as Lane, 1);
  } else if (/\.load/.test(name)) f.load(name as Load, undefined, 4);
  else if (/\.store/.test(name)) f.store(name as Store, undefined, undefined, 4);
  else if (name === "i8x16.shuffle") f.shuffle([0, 5, 2, 7]);
  else if (name === "memory.copy")
    f.copy(() => f, () => f, () => f); // prettier-ignore
  else if (name === "memory.fill")
    f.fill(() => f, () => f, () => f); // prettier-ignore
  else f.op(name as Plain);
}

describe("opcodes", () => {
  const names = Object.keys(opcodes) as (keyof typeof opcodes)[];
  const here = names.filter((name) => relaxed || !name.includes("relaxed"));

  it.each(here)("%s is valid", (name) => {
    const module = new ModuleBuilder();
    // After `unreachable` the stack holds whatever the next instruction asks for.
    module.function("any", {}, [], (f) => {
      f.op("unreachable");
      writeAny(f, name);
      f.op("unreachable");
    });
    expect(WebAssembly.validate(module.bytes())).toBe(true);
  });

  it("are each there once", () => {
    expect(new Set(Object.values(opcodes)).size).toBe(names.length);
  });
});

/** Lane by lane, what an instruction of two vectors must give. */
const truth = (x: boolean): number => (x ? -1 : 0);
const float = {
  add: (x: number, y: number) => x + y,
  sub: (x: number, y: number) => x - y,
  mul: (x: number, y: number) => x * y,
  div: (x: number, y: number) => x / y,
  min: Math.min,
  max: Math.max,
  pmin: (x: number, y: number) => (y < x ? y : x),
  pmax: (x: number, y: number) => (x < y ? y : x),
};
const compared = {
  eq: (x: number, y: number) => truth(x === y),
  ne: (x: number, y: number) => truth(x !== y),
  lt: (x: number, y: number) => truth(x < y),
  le: (x: number, y: number) => truth(x <= y),
  gt: (x: number, y: number) => truth(x > y),
  ge: (x: number, y: number) => truth(x >= y),
};
const integer = {
  add: (x: number, y: number) => (x + y) | 0,
  sub: (x: number, y: number) => (x - y) | 0,
  mul: Math.imul,
  min_s: Math.min,
  max_s: Math.max,
  min_u: (x: number, y: number) => Math.min(x >>> 0, y >>> 0) | 0,
  max_u: (x: number, y: number) => Math.max(x >>> 0, y >>> 0) | 0,
  eq: compared.eq,
  ne: compared.ne,
  lt_s: compared.lt,
  gt_s: compared.gt,
  le_s: compared.le,
  ge_s: compared.ge,
  lt_u: (x: number, y: number) => truth(x >>> 0 < y >>> 0),
  gt_u: (x: number, y: number) => truth(x >>> 0 > y >>> 0),
  le_u: (x: number, y: number) => truth(x >>> 0 <= y >>> 0),
  ge_u: (x: number, y: number) => truth(x >>> 0 >= y >>> 0),
};

type Array_ = Float32Array | Float64Array | Int32Array;

/** Applies a vector instruction to the 16 bytes at 0 and those at 16; the result stands at 32. */
function apply(
  name: Plain,
  x: Array_,
  y: Array_,
  Result: new (buffer: ArrayBuffer, at: number, length: number) => Array_,
): number[] {
  const module = new ModuleBuilder();
  module.function("apply", {}, [], (f) => {
    const from = (at: number) => () => f.load("v128.load", at);
    f.store("v128.store", 32, () => f.op(name, from(0), from(16)));
  });
  const bytes = new Uint8Array(memory.buffer);
  bytes.set(new Uint8Array(x.buffer), 0);
  bytes.set(new Uint8Array(y.buffer), 16);
  compile(module)();
  return [...new Result(memory.buffer, 32, x.length)];
}

describe("vector instructions", () => {
  const [a, b] = [[1.5, -2, 7, 0.25], [-3, -2, 0.5, 8]] as const;
  for (const [shape, Type, length] of [["f32x4", Float32Array, 4], ["f64x2", Float64Array, 2]] as const) {
    const [x, y] = [Type.from(a.slice(0, length)), Type.from(b.slice(0, length))];
    it.each(Object.entries(float))(`${shape}.%s`, (name, want) => {
      expect(apply(`${shape}.${name}` as Plain, x, y, Type)).toEqual([...x].map((v, k) => want(v, y[k]!)));
    });
  }
  it.each(Object.entries(compared))("f32x4.%s gives masks", (name, want) => {
    const [x, y] = [Float32Array.from(a), Float32Array.from(b)];
    expect(apply(`f32x4.${name}` as Plain, x, y, Int32Array)).toEqual(a.map((v, k) => want(v, b[k]!)));
  });
  it.each(Object.entries(integer))("i32x4.%s", (name, want) => {
    const [x, y] = [Int32Array.of(5, -7, 2 ** 31 - 1, 3), Int32Array.of(5, 3, 2, -1)];
    expect(apply(`i32x4.${name}` as Plain, x, y, Int32Array)).toEqual([...x].map((v, k) => want(v, y[k]!)));
  });
}); // prettier-ignore

/** A function of i32s. */
function ofIntegers(
  write: (f: FunctionBuilder, a: Local, b: Local) => unknown,
): (...numbers: number[]) => number {
  const module = new ModuleBuilder();
  module.function("of", { a: "i32", b: "i32" }, ["i32"], (f, { a, b }) => void write(f, a, b));
  return compile(module);
}

describe("operands", () => {
  it("are pushed in order: locals, numbers, and whatever a function leaves", () => {
    const run = ofIntegers((f, a, b) => f.op("i32.sub", () => f.op("i32.mul", a, 10), b));
    expect(run(7, 3)).toBe(67);
  });

  it("that are numbers have the type that the instruction takes", () => {
    const module = new ModuleBuilder();
    module.function("types", { x: "f64" }, ["f64"], (f, { x }) => {
      const four = f.let("v128", "four", () => f.op("f64x2.mul", () => f.op("f64x2.splat", x), 2));
      f.op("f64.add", () => f.lane("f64x2.extract_lane", 1, four), 0.5);
    });
    expect(compile(module)(1.25)).toBe(3);
  });

  it.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, -8192, 2 ** 31 - 1, -(2 ** 31)])("encode %i", (value) => {
    expect(ofIntegers((f) => f.i32(value))()).toBe(value);
  }); // prettier-ignore

  it("keep -0 and 0 apart among hoisted vectors", () => {
    const module = new ModuleBuilder();
    module.function("zeros", {}, ["i32"], (f) => {
      f.op("i32.add",
        () => f.op("i32x4.all_true", () => f.f32x4(-0)),
        () => f.op("i32x4.all_true", () => f.f32x4(0)),
      ); // prettier-ignore
    });
    expect(compile(module)()).toBe(1);
  });
});

describe("control", () => {
  it("loop counts from, to, step", () => {
    const run = ofIntegers((f, a, b) => {
      const [i, sum] = [f.local("i32", "i"), f.local("i32", "sum")];
      f.loop(i, a, b, 3, () => f.increase(sum, i));
      f.get(sum);
    });
    expect(run(1, 11)).toBe(1 + 4 + 7 + 10);
    expect(run(5, 5)).toBe(0);
    expect(run(-4, 0)).toBe(-4 - 1);
  });

  it("if gives a value, block and repeat branch", () => {
    const larger = ofIntegers((f, a, b) => f.if(() => f.op("i32.gt_s", a, b), () => f.get(a), () => f.get(b), "i32")); // prettier-ignore
    expect([larger(3, 9), larger(9, 3)]).toEqual([9, 9]);
    const gcd = ofIntegers((f, a, b) => {
      f.block((done) =>
        f.repeat((again) => {
          f.brIf(done, () => f.op("i32.eqz", b));
          const rest = f.let("i32", "rest", () => f.op("i32.rem_u", a, b));
          f.set(a, b).set(b, rest).br(again);
        }),
      );
      f.get(a);
    });
    expect(gcd(84, 36)).toBe(12);
  });

  it("calls other functions of the module, which are made once", () => {
    const module = new ModuleBuilder();
    const square = () =>
      module.once("square", () =>
        module.function("square", { x: "i32" }, ["i32"], (f, { x }) => void f.op("i32.mul", x, x)),
      );
    const sum = module.function("sum", { a: "i32", b: "i32" }, ["i32"], (f, { a, b }) => {
      f.op("i32.add", () => f.call(square(), a), () => f.call(square(), b)); // prettier-ignore
    });
    expect(module.functions.length).toBe(2);
    expect(compile(module, sum.index)(3, 4)).toBe(25);
  });
});

describe("text", () => {
  it("is WAT, a line an instruction", () => {
    const module = new ModuleBuilder();
    const f = module.function("twice", { at: "i32" }, [], (f, { at }) => {
      f.if(at, () => f.store("v128.store", at, () => f.op("f32x4.mul", () => f.load("v128.load", at, 16), 2))); // prettier-ignore
    });
    expect(f.text()).toBe(`(func $twice (param $at i32)
  (local $constant v128)
  v128.const f32x4 2 2 2 2
  local.set $constant
  local.get $at
  if
    local.get $at
    local.get $at
    v128.load offset=16
    local.get $constant
    f32x4.mul
    v128.store
  end
)`);
  });
});

describe("kernelFunction", () => {
  it("says which parameter a kernel lacks", () => {
    expect(() =>
      kernelFunction(
        new ModuleBuilder(),
        "short",
        { buffers: 1 },
        (f, k) => void f.get(k.buffer(1)),
      ),
    ).toThrow("The kernel short asked for its parameter buffer1, which its signature lacks.");
  });
});
