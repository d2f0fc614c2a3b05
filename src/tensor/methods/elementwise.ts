/** Methods of one value in, one value out at each point: arithmetic, comparison, curves, activations. */
import { computedIn, type DType } from "../../kernels/ir.js";
import * as map from "../ops/elementwise.js";
import { axisOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { fillBy, flipped, float, one, Operable, pairOf, two, type Operand } from "./operable.js";

export abstract class ElementwiseMethods extends Operable {
  add(this: Tensor, other: Operand): Tensor {
    return two(map.add, this, other);
  }
  sub(this: Tensor, other: Operand): Tensor {
    return two(map.sub, this, other);
  }
  mul(this: Tensor, other: Operand): Tensor {
    return two(map.mul, this, other);
  }
  /** True division: integers become f32 first. */
  div(this: Tensor, other: Operand): Tensor {
    return two(map.div, float(this), typeof other === "number" ? other : float(other));
  }
  /** Remainder with the divisor's sign. */
  mod(this: Tensor, other: Operand): Tensor {
    return two(map.mod, this, other);
  }
  pow(this: Tensor, other: Operand): Tensor {
    return two(map.pow, float(this), typeof other === "number" ? other : float(other));
  }
  maximum(this: Tensor, other: Operand): Tensor {
    return two(map.max, this, other);
  }
  minimum(this: Tensor, other: Operand): Tensor {
    return two(map.min, this, other);
  }
  lt(this: Tensor, other: Operand): Tensor {
    return two(map.lt, this, other);
  }
  le(this: Tensor, other: Operand): Tensor {
    return two(map.le, this, other);
  }
  gt(this: Tensor, other: Operand): Tensor {
    return flipped(map.lt, this, other);
  }
  ge(this: Tensor, other: Operand): Tensor {
    return flipped(map.le, this, other);
  }
  eq(this: Tensor, other: Operand): Tensor {
    return two(map.eq, this, other);
  }
  ne(this: Tensor, other: Operand): Tensor {
    return two(map.ne, this, other);
  }
  and(this: Tensor, other: Tensor): Tensor {
    return one(map.and, [this, other]);
  }
  or(this: Tensor, other: Tensor): Tensor {
    return one(map.or, [this, other]);
  }
  not(this: Tensor): Tensor {
    return one(map.not, [this]);
  }
  /** this ? a : b, for a bool tensor. */
  where(this: Tensor, a: Operand, b: Operand): Tensor {
    const [x, y] = pairOf(this, a, b);
    return one(map.where, [this, x, y]);
  }

  neg(this: Tensor): Tensor {
    return one(map.neg, [this]);
  }
  abs(this: Tensor): Tensor {
    return one(map.abs, [this]);
  }
  sign(this: Tensor): Tensor {
    return one(map.sign, [this]);
  }
  floor(this: Tensor): Tensor {
    return one(map.floor, [this]);
  }
  ceil(this: Tensor): Tensor {
    return one(map.ceil, [this]);
  }
  /** To the nearest whole number, halves to the even one. */
  round(this: Tensor): Tensor {
    return one(map.round, [this]);
  }
  square(this: Tensor): Tensor {
    return one(map.square, [this]);
  }
  sqrt(this: Tensor): Tensor {
    return one(map.sqrt, [this]);
  }
  rsqrt(this: Tensor): Tensor {
    return one(map.rsqrt, [this]);
  }
  reciprocal(this: Tensor): Tensor {
    return one(map.reciprocal, [this]);
  }
  exp(this: Tensor): Tensor {
    return one(map.exp, [this]);
  }
  expm1(this: Tensor): Tensor {
    return one(map.expm1, [this]);
  }
  log(this: Tensor): Tensor {
    return one(map.log, [this]);
  }
  log1p(this: Tensor): Tensor {
    return one(map.log1p, [this]);
  }
  sin(this: Tensor): Tensor {
    return one(map.sin, [this]);
  }
  cos(this: Tensor): Tensor {
    return one(map.cos, [this]);
  }
  erf(this: Tensor): Tensor {
    return one(map.erf, [this]);
  }
  clamp(this: Tensor, low = -Infinity, high = Infinity): Tensor {
    const whole = [low, high].every((bound) => !Number.isFinite(bound) || Number.isInteger(bound));
    return one(map.clamp, [whole ? this : float(this)], { low, high });
  }

  relu(this: Tensor): Tensor {
    return one(map.relu, [this]);
  }
  leakyRelu(this: Tensor, slope = 0.01): Tensor {
    return one(map.leakyRelu, [this], { slope });
  }
  elu(this: Tensor, alpha = 1): Tensor {
    return one(map.elu, [this], { alpha });
  }
  selu(this: Tensor): Tensor {
    return one(map.selu, [this]);
  }
  silu(this: Tensor): Tensor {
    return one(map.silu, [this]);
  }
  /** Exact: x·Φ(x). */
  gelu(this: Tensor): Tensor {
    return one(map.gelu, [this]);
  }
  /** GPT-2's approximation by tanh. */
  geluTanh(this: Tensor): Tensor {
    return one(map.geluTanh, [this]);
  }
  softplus(this: Tensor): Tensor {
    return one(map.softplus, [this]);
  }
  mish(this: Tensor): Tensor {
    return one(map.mish, [this]);
  }
  hardtanh(this: Tensor, low = -1, high = 1): Tensor {
    return this.clamp(low, high);
  }
  tanh(this: Tensor): Tensor {
    return one(map.tanh, [this]);
  }
  sigmoid(this: Tensor): Tensor {
    return one(map.sigmoid, [this]);
  }
  logSigmoid(this: Tensor): Tensor {
    return one(map.logSigmoid, [this]);
  }

  /** To "f32", "i32" (toward zero), "bool" (not 0) or "f16" (the nearest that 16 bits hold; kept so, and computed with in f32). */
  cast(this: Tensor, dtype: DType): Tensor {
    return dtype === this.dtype ? this : one(map.cast, [this], { dtype });
  }
  /** The same numbers in memory of their own. */
  copy(this: Tensor): Tensor {
    return one(map.copy, [this]);
  }
  /** The same numbers, through which no gradient passes. */
  detach(this: Tensor): Tensor {
    return one(map.detach, [this]);
  }
  /** `value` everywhere, in this shape and dtype (f32 for f16). */
  like(this: Tensor, value: number): Tensor {
    return fillBy(this, this.shape, value, computedIn(this.dtype));
  }
  /** 0, 1, 2, … as many as this tensor has on `axis`. */
  rangeLike(this: Tensor, axis: number): Tensor {
    const count = this.shape[axisOf(axis, this.shape, "rangeLike")]!;
    return this.apply(map.arange, [], { count, dtype: "i32" }, [0, 1])[0]!;
  }
}
