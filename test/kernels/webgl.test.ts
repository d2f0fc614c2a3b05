/**
 * The JavaScript that gpu.js is given, without a browser: what a kernel becomes, and that every function of
 * every case of the table is JavaScript that calls only what the library has. test/browser/webgl-*.test.ts run it.
 */
import { describe, expect, it } from "vitest";
import { use, webgl } from "genarch";
import type { Plan } from "../../src/kernels/backend.js";
import type { Fused } from "../../src/kernels/ir.js";
import type { Attention } from "../../src/kernels/spec.js";
import { functionsFor, signatures } from "../../src/kernels/webgl/glsl/functions.js";
import { lower, whyOnCpu } from "../../src/kernels/webgl/lowerings.js";
import { WebglProgram } from "../../src/kernels/webgl/program.js";
import { Running, type Device, type Held } from "../../src/kernels/webgl/run.js";
import type { Memory } from "../../src/kernels/webgl/textures.js";
import { cases } from "./cases.js";

const textOf = (kernel: Parameters<typeof lower>[0]): string =>
  lower(kernel).map(({ source }) => source).join("\n"); // prettier-ignore

describe("a kernel becomes", () => {
  it("one function for a chain of operations with its reduction", () => {
    const load = { dtype: "f32" as const, offset: 0, strides: [3, 1] };
    const kernel: Fused = {
      kernel: "fused",
      dtype: "f32",
      shape: [2],
      loads: [load],
      body: [
        { op: "load", operand: 0, dtype: "f32" },
        { op: "exp", args: [0], dtype: "f32" },
      ],
      reduce: { op: "sum", shape: [3] },
      epilogue: [
        { op: "accumulated", dtype: "f32" },
        { op: "scalar", index: 0, dtype: "f32" },
        { op: "div", args: [0, 1], dtype: "f32" },
      ],
    };
    expect(textOf(kernel)).toMatchInlineSnapshot(`
      "function (in0, scalar0) {
        const o0 = this.thread.x;
        let accumulated = 0;
        for (let r = 0; r < 3; r++) {
          const r0 = r;
          const v0 = in0[o0 * 3 + r0];
          const v1 = exponential(v0);
          accumulated += v1;
        }
        const w0 = accumulated;
        const w1 = real(scalar0);
        const w2 = quotient(w0, w1);
        return w2;
      }"
    `);
  });

  it("a sum in blocks of 64 for a product", () => {
    const a = { dtype: "f32" as const, offset: 0, strides: [1, 4] }; // transposed
    const b = { dtype: "f32" as const, offset: 0, strides: [5, 1] };
    const kernel = { kernel: "matmul", batch: [], M: 4, N: 5, K: 130, a, b, bias: true } as const;
    expect(textOf(kernel)).toMatchInlineSnapshot(`
      "function (a, b, bias) {
        const m = divided(this.thread.x, 5);
        const n = rest(this.thread.x, 5);
        let sum = 0;
        for (let k_block = 0; k_block < 2; k_block++) {
          let sum_part = 0;
          for (let k_in = 0; k_in < 64; k_in++) {
            const k = k_block * 64 + k_in;
            sum_part += a[m + k * 4] * b[k * 5 + n];
          }
          sum += sum_part;
        }
        for (let k_in = 0; k_in < 2; k_in++) {
          const k = 128 + k_in;
          sum += a[m + k * 4] * b[k * 5 + n];
        }
        return sum + bias[n];
      }"
    `);
  });

  it("a draw for each step, and one text for all of them", () => {
    const size = { reverse: false, B: 2, T: 3, H: 4 };
    const draws = lower({ kernel: "recurrent", cell: "lstm", nonlinearity: "tanh", ...size });
    expect(draws.map(({ output }) => output)).toEqual([
      "gates0", "c0", "h0", "gates1", "c1", "h1", "gates2", "c2", "h2", 5, 6, 7,
    ]); // prettier-ignore
    expect(new Set(draws.map(({ source }) => source)).size).toBe(3 + 2);
    expect(draws[0]!.source).toMatchInlineSnapshot(`
      "function (x, w, bias, h, t) {
        const b = divided(this.thread.x, 16);
        const gate = rest(divided(this.thread.x, 4), 4);
        const j = rest(this.thread.x, 4);
        let u = 0;
        for (let k = 0; k < 4; k++) {
          u += w[(gate * 4 + j) * 4 + k] * h[b * 4 + k];
        }
        u += bias[gate * 4 + j];
        const a = x[(b * 3 + t) * 16 + gate * 4 + j] + u;
        if (gate === 2) {
          return hyperbolic_tangent(a);
        }
        return sigmoid(a);
      }"
    `);
  });
});

describe("every function", () => {
  const library = new Set(signatures().map(({ name }) => name));

  it.each([...cases.keys()])("of %s is JavaScript that calls what there is", (name) => {
    for (const { kernel, name: row } of cases.get(name)!) {
      if (whyOnCpu(kernel) !== null) continue;
      for (const { source, buffers, numbers } of lower(kernel)) {
        const called = source
          .replace(/Math\.sqrt\(/g, "")
          .matchAll(/\b(?!function|for|if)(\w+)\(/g);
        for (const [, callee] of called) expect(library, row).toContain(callee);
        const made = new Function(`return ${source}`)() as (...given: unknown[]) => unknown;
        expect(made.length, row).toBe(buffers.length + numbers.length);
        expect(buffers.length, row).toBeLessThanOrEqual(14); // of 16 units that WebGL 2 promises
      }
    }
  });
});

describe("the library", () => {
  it("comes with what a function needs, once, callees first", () => {
    const text = functionsFor("return hyperbolic_tangent(x) + exponential(x);");
    expect(text.match(/^\w+ (\w+)\(/gm)).toEqual([
      "bool is_nan(",
      "float magnitude(",
      "SplitExponent split_exponent(",
      "float with_sign(",
      "float hyperbolic_tangent(",
      "float scaled(",
      "float exponential(",
    ]);
  });
});

describe("a run's own textures", () => {
  /** Attention whose queries see `S` keys: scores, shares and what rows have in common are its own. */
  const attention = (S: number): { plan: Plan; given: Held[] } => {
    const view = { dtype: "f32" as const, offset: 0, strides: [8, 4, 4, 1] };
    const size = { B: 1, heads: 1, T: 2, S, D: 4, causal: false };
    const kernel: Attention = { kernel: "attention", ...size, q: view, k: view, v: view, mask: null };
    const buffers = [8, 4 * S, 4 * S, 8, 2].map((elements) => ({ dtype: "f32", elements, arena: null }) as const);
    const calls = [{ kernel, inputs: [0, 1, 2], outputs: [3, 4], scalars: [0] }];
    return { plan: { buffers, arenaBytes: 0, calls }, given: buffers.map((one) => ({ ...one, memory: null })) };
  }; // prettier-ignore

  /** Runs it on no device; `draw` may throw. How many textures are out then, but for those of the buffers given. */
  function left(keys: number, draw = (): void => undefined): number {
    const out = new Set<Memory>();
    const take = (): Memory => {
      const memory = {} as Memory;
      out.add(memory);
      return memory;
    };
    const give = (memory: Memory): void => void out.delete(memory);
    const textures = { take, give, write: () => undefined };
    const readback = { now: () => new Float32Array() };
    const device: Device = { textures, shaders: { run: draw }, readback };
    const { plan, given } = attention(keys);
    const program = new WebglProgram({}, plan, "no device");
    try {
      new Running(device, program, given, [1]).run();
    } catch (error) {
      expect(error).toBe(refused);
    }
    given.forEach(({ memory }) => memory && give(memory));
    return out.size;
  }
  const refused = new Error("refused");

  it.each([3, 0])("come back, also those of nothing (%i keys)", (keys) => {
    expect(left(keys)).toBe(0);
  });

  it.each([0, 1, 2, 3, 4, 5])("come back where draw %i fails", (failing) => {
    let drawn = 0;
    const draw = (): void => {
      if (drawn++ === failing) throw refused;
    };
    expect(left(3, draw)).toBe(0);
    expect(drawn).toBe(failing + 1);
  });
});

describe("in Node", () => {
  it("says where WebGL is, and what to use here", async () => {
    await expect(use(webgl)).rejects.toThrow(
      "use: no backend opened. webgl: WebGL is in browsers only: use webgpu, wasm or js here",
    );
  });
});
