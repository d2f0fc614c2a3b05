/** How likely data are under a decoder's output: −log p(x | z) in nats, summed over each example. [B, ..] → [B] */
import { binaryCrossEntropyWithLogits } from "../train/index.js";
import type { Tensor } from "../tensor/index.js";

export type Likelihood = {
  /** −log p(x | z) from what the decoder gave. */
  cost(decoded: Tensor, x: Tensor): Tensor;
  /** The mean of x. */
  mean(decoded: Tensor): Tensor;
};

const perExample = (x: Tensor): Tensor => x.reshape(x.shape[0]!, -1).sum(1);

/** Each number is a chance (of a pixel to be on), given as a logit. For x between 0 and 1 that is not 0 or 1 it is a cost, but no likelihood. */
export const bernoulli: Likelihood = {
  cost: (logits, x) => perExample(binaryCrossEntropyWithLogits(logits, x, { reduction: "none" })),
  mean: (logits) => logits.sigmoid(),
};

/** Each number is N(decoded, deviation²). */
export const gaussian = (deviation = 1): Likelihood => ({
  cost: (decoded, x) => {
    const constant = Math.log(deviation) + 0.5 * Math.log(2 * Math.PI);
    const distance = x.sub(decoded).square().mul(0.5 / deviation ** 2); // prettier-ignore
    return perExample(distance.add(constant));
  },
  mean: (decoded) => decoded,
});
