/**
 * From f16 to f32 and back, four numbers at a time: the only kernels here that touch f16 (half-plan.ts). The bits
 * are those of half.ts: WebAssembly has no f16.
 */
import type { Fused } from "../ir.js";
import { volume } from "../shape.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { choose, floats, integers } from "./vector.js";

/** Numbers of one unit. */
const unitNumbers = 1024;

/** A kernel that copies `elements` numbers; one side is f16. */
export const castOfHalves = (elements: number, from: "f16" | "f32"): Fused => ({
  kernel: "fused",
  dtype: from === "f16" ? "f32" : "f16",
  shape: [elements],
  loads: [{ dtype: from, offset: 0, strides: [1] }],
  body: [{ op: "load", operand: 0, dtype: "f32" }],
  reduce: null,
  epilogue: [],
});

/** Whether this is one of the above. */
export const isCastOfHalves = ({ dtype, loads }: Fused): boolean =>
  dtype === "f16" || loads.some((load) => load.dtype === "f16");

/** inputs: one, as many numbers as the output. */
export function lowerCastOfHalves({ dtype, shape }: Fused): Lowered[] {
  const narrows = dtype === "f16";
  const [fromBytes, toBytes] = narrows ? [4, 2] : [2, 4];
  const count = volume(shape);
  const key = narrows ? "f32 to f16" : "f16 to f32";
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 1 }, (f, k) => {
      const at = f.let("i32", "at", () => f.scaled(k.from, unitNumbers));
      const end = f.let("i32", "end", () => f.scaled(k.to, unitNumbers));
      f.if(() => f.op("i32.gt_s", end, k.constant(0)), () => f.set(end, k.constant(0)));
      const x = f.let("i32", "x", () => f.address(k.buffer(0), at, fromBytes));
      const y = f.let("i32", "y", () => f.address(k.buffer(1), at, toBytes));
      f.loop(at, at, end, 4, () => {
        if (narrows) narrow(f, x, y);
        else widen(f, x, y);
        f.increase(x, 4 * fromBytes).increase(y, 4 * toBytes);
      });
    });
  return [{ key, units: Math.ceil(count / unitNumbers), constants: [count], build }];
} // prettier-ignore

/** Exponent and fraction, moved to their places, are the number times 2⁻¹¹², a subnormal one, too. */
function widen(f: FunctionBuilder, x: Local, y: Local): void {
  const { and, or, left } = integers(f);
  const { ge, mul, keep } = floats(f);
  const half = f.let("v128", "half", () => f.load("v128.load16x4_u", x));
  const moved = left(and(half, bits(f, 0x7fff)), 13);
  const size = keep("size", mul(moved, 2 ** 112));
  const special = and(ge(size, 65536), bits(f, 0x7f800000)); // infinity and NaN have the largest exponent
  const sign = left(and(half, bits(f, 0x8000)), 16);
  f.store("v128.store", y, or(or(size, special), sign));
}

/** To the nearest, a tie to the even one. */
function narrow(f: FunctionBuilder, x: Local, y: Local): void {
  const { add, and, gt, lt, or, sub, rightUnsigned } = integers(f);
  const { mul, nearest } = floats(f);
  const number = f.let("v128", "number", () => f.load("v128.load", x));
  const size = f.let("v128", "size", and(number, bits(f, 0x7fffffff)));
  const last = and(rightUnsigned(size, 13), bits(f, 1)); // of the bits that stay
  const normal = rightUnsigned(add(sub(size, bits(f, (112 << 23) - 0xfff)), last), 13);
  const inSteps = nearest(mul(size, 2 ** 24)); // below 2⁻¹⁴ all numbers are 2⁻²⁴ apart
  const subnormal = () => f.op("i32x4.trunc_sat_f32x4_s", inSteps);
  const finite = choose(f, lt(size, bits(f, 0x38800000)), subnormal, normal);
  const beyond = choose(f, gt(size, bits(f, 0x7f800000)), bits(f, 0x7e00), bits(f, 0x7c00));
  const chosen = choose(f, lt(size, bits(f, 0x477ff000)), finite, beyond); // 65520
  const half = f.let("v128", "half", or(chosen, and(rightUnsigned(number, 16), bits(f, 0x8000))));
  const packed = f.let("v128", "packed", () => f.op("i16x8.narrow_i32x4_u", half, half));
  f.laneMemory("v128.store64_lane", 0, y, packed);
}

const bits = (f: FunctionBuilder, value: number) => () => f.i32x4(value);
