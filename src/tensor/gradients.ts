/** Gradients are values: what `backprop` returns, to look at, combine, clip, and give to an optimizer. */
import { disposeSymbol } from "./dispose-symbol.js";
import { ParameterError, show } from "./errors.js";
import type { Parameter } from "./parameters.js";
import { reshape } from "./ops/view.js";
import { squareSum } from "./ops/square-sum.js";
import { fill, finite, type Tensor } from "./tensor.js";

export class Gradients {
  /** Those that were asked for, times `factor`. */
  private readonly scaled = new Map<Parameter, Tensor>();

  constructor(
    private readonly byParameter: ReadonlyMap<Parameter, Tensor>,
    /** What multiplies all of them; an optimizer does it on the way, with no pass over them of its own. */
    readonly factor: Tensor | null = null,
  ) {
    for (const g of byParameter.values()) g.gradient = true;
  }

  /** The gradient of `parameter`, in its shape. */
  of(parameter: Parameter): Tensor {
    const found = this.unscaled(parameter);
    if (!this.factor) return found;
    const known = this.scaled.get(parameter);
    if (known && !known.freed) return known;
    const made = found.mul(this.factor);
    this.scaled.set(parameter, made);
    return made;
  }
  /** The same before it is multiplied by `factor`: for optimizers. */
  unscaled(parameter: Parameter): Tensor {
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
    return [...this.byParameter.keys()].map((parameter) => this.of(parameter));
  }

  /** √Σ g² over all gradients together. */
  norm(): Tensor {
    const all = [...this.byParameter.values()];
    const norm = all[0]!.apply(squareSum, all, {})[0]!.sqrt();
    return this.factor ? norm.mul(this.factor.abs()) : norm;
  }
  /** New gradients, scaled so that their norm is at most `maxNorm`, PyTorch's clip_grad_norm_: `optimizer.step(grads.clip(1))`. */
  clip(maxNorm: number): Gradients {
    const most = finite(maxNorm, "clip: maxNorm");
    return this.times(this.norm().add(1e-6).reciprocal().mul(most).minimum(1));
  }
  scale(factor: number): Gradients {
    return this.times(fill([], finite(factor, "scale: the factor"), "f32"));
  }
  /** Sums of two steps' gradients, for accumulation. */
  add(other: Gradients): Gradients {
    const sums = [...this.byParameter.keys()].map(
      (parameter) => [parameter, this.of(parameter).add(other.of(parameter))] as const,
    );
    return new Gradients(new Map(sums));
  }
  /** The same gradients under names of their own, so that each of the two may be disposed of. */
  private times(factor: Tensor): Gradients {
    const own = [...this.byParameter].map(
      ([parameter, g]) => [parameter, g.apply(reshape, [g], { shape: g.shape })[0]!] as const,
    );
    return new Gradients(new Map(own), this.factor ? factor.mul(this.factor) : factor);
  }

  dispose(): void {
    for (const g of [...this.byParameter.values(), ...this.scaled.values()]) g.dispose();
    this.factor?.dispose();
  }
  [disposeSymbol](): void {
    this.dispose();
  }
}
