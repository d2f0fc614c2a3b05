/** The layer under all others: a matrix product and a bias. */
import type { Parameter, Tensor } from "../tensor/index.js";
import { normal, noShift, uniform } from "./initial.js";
import { checkLast, checkSizes } from "./sizes.js";

/** With `deviation`, weights start as N(0, deviation) and the bias as 0, GPT-2's way, and not as PyTorch's. */
export type LinearOptions = { bias?: boolean; deviation?: number };

/** x · weightᵀ + bias, as PyTorch's Linear: weight [out, in], bias [out]. */
export class Linear {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    { bias = true, deviation }: LinearOptions = {},
  ) {
    checkSizes("Linear", { in: inputs, out: outputs });
    if (deviation === undefined) {
      this.weight = uniform([outputs, inputs], inputs);
      this.bias = bias ? uniform([outputs], inputs) : null;
    } else {
      this.weight = normal([outputs, inputs], deviation);
      this.bias = bias ? noShift([outputs]) : null;
    }
  }

  /** [.., in] → [.., out] */
  forward(x: Tensor): Tensor {
    checkLast("Linear", x, this.inputs);
    return x.affine(this.weight, this.bias ?? undefined);
  }
}
