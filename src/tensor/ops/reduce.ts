/** Reductions over axes. The output keeps the other axes; `keepAxes` is a reshape on top, in methods/reductions.ts. */
import type { Reduction } from "../../kernels/ir.js";
import { DTypeError } from "../errors.js";
import type { Backward, OpRecord } from "../op.js";
import type { Tensor } from "../tensor.js";

type Axes = { axes: readonly number[] };

function reduction(
  op: Reduction,
  gradient: (backward: Backward<Axes>, spread: (t: Tensor) => Tensor) => Tensor,
): OpRecord<Axes> {
  return {
    name: op,
    forms: ([x], { axes }) => {
      if (x!.dtype === "bool")
        throw new DTypeError(`${op}: takes numbers, got bool; cast it first with .cast("i32")`);
      return [{ shape: x!.shape.filter((_, axis) => !axes.includes(axis)), dtype: x!.dtype }];
    },
    compute: { reduce: ({ axes }) => ({ op, axes }) },
    gradient: (backward) => {
      const { inputs: [x], attributes: { axes } } = backward; // prettier-ignore
      const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      return [gradient(backward, (t) => t.reshape(kept).expand(x!.shape))];
    },
  };
}

export const sum = reduction("sum", ({ g }, spread) => spread(g[0]!));

/** Where several elements are the largest, they share the gradient evenly, as PyTorch's amax. */
const extreme = (op: "max" | "min") =>
  reduction(op, ({ g, inputs: [x], outputs: [y], attributes: { axes } }, spread) => {
    const chosen = x!.eq(spread(y!)).cast("f32");
    return chosen.mul(spread(g[0]!.div(chosen.sum(axes))));
  });
export const maximum = extreme("max");
export const minimum = extreme("min");

/**
 * ∂Π/∂xₖ is the product of the others. Dividing by xₖ fails at zeros, so zeros are counted: with none,
 * Π/xₖ; with one, only that element has a gradient; with more, nothing has.
 */
export const prod = reduction("prod", ({ g, inputs: [x], attributes: { axes } }, spread) => {
  const zero = x!.eq(0);
  const filled = zero.where(1, x!);
  const rest = spread(filled.prod(axes)).div(filled); // the product of the other non-zero elements
  const zeros = spread(zero.cast("f32").sum(axes)).sub(zero.cast("f32")); // zeros among the others
  return zeros.eq(0).where(rest, 0).mul(spread(g[0]!));
});
