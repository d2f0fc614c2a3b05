/**
 * The functions of the expression IR that WebAssembly has no instruction for, on four floats. Each
 * takes locals and leaves its value on the stack, inlined; none branches but sin, cos and mod, for
 * arguments that are rare. Largest errors in units in the last place, over the whole float range
 * (test/kernels/math.test.ts): exp 1.2, expm1 1.7, log 0.8, log1p 0.8, sin and cos 1.6, tanh 2.2,
 * erf 5, pow 1.0; mod is exact.
 */
import type { FunctionBuilder, Local } from "./emitter.js";
import { floats, integers, choose } from "./vector.js";

export { erf, exp, exp2Within, expm1, expWithin, inPowersOfTwo, tanh } from "./exponential.js";
export { log, log1p } from "./logarithm.js";
export { mod, pow } from "./power.js";
export { cos, sin, sincosTurns } from "./trigonometry.js";

/** −1, 1, or x itself where it is ±0 or NaN. */
export function sign(f: FunctionBuilder, x: Local): void {
  const { abs, gt } = floats(f);
  const { and, or } = integers(f);
  f.push(
    choose(
      f,
      gt(abs(x), 0),
      or(and(x, -0x80000000), () => f.f32x4(1)),
      x,
    ),
  );
}
