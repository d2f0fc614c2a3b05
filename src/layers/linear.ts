/** The layer under all others: a matrix product and a bias. */
import type { Parameter, Tensor } from "../tensor/index.js";
import { weightAndBias, type Start } from "./initial.js";
import { checkLast, checkSizes } from "./sizes.js";

export type LinearOptions = Start;

/** x · weightᵀ + bias, as PyTorch's Linear: weight [out, in], bias [out]. */
export class Linear {
  weight: Parameter;
  bias: Parameter | null;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    options: LinearOptions = {},
  ) {
    checkSizes("Linear", { in: inputs, out: outputs });
    const start = weightAndBias([outputs, inputs], outputs, inputs, options);
    ({ weight: this.weight, bias: this.bias } = start);
  }

  /** [.., in] → [.., out] */
  forward(x: Tensor): Tensor {
    checkLast("Linear", x, this.inputs);
    return x.affine(this.weight, this.bias ?? undefined);
  }
}
