/**
 * Spectral normalization: Miyato et al. (2018). A layer whose matrix is divided by its largest singular value, so that
 * it stretches nothing by more than 1.
 */
import { parameter, randn, State, training, zeros, type Parameter, type Tensor } from "../tensor/index.js"; // prettier-ignore

/** Linear or Conv2d, made with { bias: false }: the bias must stay out of the division, and is kept here. */
type Plain = {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  forward(x: Tensor): Tensor;
};

const unit = (x: Tensor): Tensor => x.div(x.square().sum().sqrt().maximum(1e-12));

export class SpectralNorm {
  readonly bias: Parameter;
  /** The left singular vector, which follows the weight by one power iteration at each use in training. */
  readonly weight_u: State;

  constructor(readonly layer: Plain) {
    if (layer.bias)
      throw new Error(
        "SpectralNorm: the layer has a bias of its own; make it with { bias: false }",
      );
    const outputs = layer.weight.shape[0]!;
    this.bias = parameter(zeros([outputs]));
    this.weight_u = new State(unit(randn([outputs])));
  }

  /** layer(x)/σ + bias: the layer is linear, so that its output may be divided in place of its weight. */
  forward(x: Tensor): Tensor {
    const y = this.layer.forward(x).div(this.sigma());
    return y.add(y.shape.length === 4 ? this.bias.reshape(-1, 1, 1) : this.bias);
  }

  /** σ ≈ uᵀ·W·v, where u and v count as constants: algorithm 1. */
  private sigma(): Tensor {
    const weight = this.layer.weight.reshape(this.layer.weight.shape[0]!, -1);
    const fixed = weight.detach();
    let u = this.weight_u.value;
    const v = unit(u.matmul(fixed));
    if (training()) {
      u = unit(fixed.matmul(v));
      this.weight_u.set(u);
    }
    return u.matmul(weight.matmul(v));
  }
}
