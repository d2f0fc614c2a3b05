/** Gradients are values: what `backprop` returns, to look at, combine, clip, and give to an optimizer. */
import { disposeSymbol } from "./dispose-symbol.js";
import { ParameterError, show } from "./errors.js";
import type { Parameter } from "./parameters.js";
import type { Tensor } from "./tensor.js";
import { finite } from "./tensor.js";

export class Gradients {
  constructor(private readonly byParameter: ReadonlyMap<Parameter, Tensor>) {
    for (const g of byParameter.values()) g.gradient = true;
  }

  /** The gradient of `parameter`, in its shape. */
  of(parameter: Parameter): Tensor {
    const found = this.byParameter.get(parameter);
    if (found) return found;
    throw new ParameterError(
      `gradients: none for a parameter ${show(parameter.shape)}; it is no part of the model that backprop was given`,
    );
  }
  has(parameter: Parameter): boolean {
    return this.byParameter.has(parameter);
  }
  tensors(): Tensor[] {
    return [...this.byParameter.values()];
  }

  /** √Σ g² over all gradients together. */
  norm(): Tensor {
    const squares = this.tensors().map((g) => g.square().sum());
    return squares.reduce((total, square) => total.add(square)).sqrt();
  }
  /** Scales all gradients so that their norm is at most `maxNorm`: PyTorch's clip_grad_norm_. */
  clip(maxNorm: number): Gradients {
    const factor = this.norm()
      .add(1e-6)
      .reciprocal()
      .mul(finite(maxNorm, "clip: maxNorm"))
      .minimum(1);
    return this.map((g) => g.mul(factor));
  }
  scale(factor: number): Gradients {
    return this.map((g) => g.mul(finite(factor, "scale: the factor")));
  }
  /** Sums of two steps' gradients, for accumulation. */
  add(other: Gradients): Gradients {
    return this.map((g, parameter) => g.add(other.of(parameter)));
  }
  private map(f: (g: Tensor, parameter: Parameter) => Tensor): Gradients {
    return new Gradients(
      new Map([...this.byParameter].map(([parameter, g]) => [parameter, f(g, parameter)])),
    );
  }

  dispose(): void {
    this.tensors().forEach((g) => g.dispose());
  }
  [disposeSymbol](): void {
    this.dispose();
  }
}
