/** Dropout: Srivastava et al. (2014), in its inverted form, which leaves the mean as it is. */
import { rand, training, type Tensor } from "../tensor/index.js";
import { checkProbability } from "./sizes.js";

/** Inside `backprop`, zeros a share `p` of all numbers and divides the others by 1 − p; outside, nothing. */
export class Dropout {
  constructor(readonly p = 0.5) {
    checkProbability("Dropout", p);
  }
  forward(x: Tensor): Tensor {
    return training() ? drop(x, this.p) : x;
  }
}

/** Dropout whether training or not. */
export function drop(x: Tensor, p: number): Tensor {
  if (p === 0) return x;
  if (p === 1) return x.mul(0);
  return rand(x.shape).ge(p).where(x.mul(1 / (1 - p)), 0); // prettier-ignore
}
