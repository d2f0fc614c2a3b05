/**
 * The optimizers, as PyTorch defines them, over all parameters of a model and in place. Each takes one
 * parameter p with its gradient g and its states; the kernel below goes through the model.
 * With g ← factor·g first, and g ← g + weightDecay·p where decay applies (AdamW: p ← p·(1 − lr·weightDecay)):
 */
import type { Optimizer } from "../spec.js";
import type { Buffers, Data, Run } from "./kernel.js";

type Method = Optimizer["method"];
type Spec<M extends Method> = Extract<Optimizer, { method: M }>;
/** Updates one parameter whose buffers are `states`: p, g, and what the method keeps. */
type Update<M extends Method> = (
  spec: Spec<M>,
  states: Buffers,
  decays: boolean,
  scalars: readonly number[],
  factor: number,
) => void;

/**
 * m ← momentum·m + (1 − dampening)·g (in the first step m ← g)
 * p ← p − lr·m,  Nesterov: p ← p − lr·(g + momentum·m),  without momentum: p ← p − lr·g
 */
const sgd: Update<"sgd"> = (spec, [p, g, m], decays, scalars, factor) => {
  const [lr, momentum, dampening, weightDecay, first] = scalars as Five;
  for (let i = 0; i < p.length; i++) {
    const gradient = factor * g[i]! + (decays ? weightDecay * p[i]! : 0);
    let step = gradient;
    if (spec.momentum) {
      m[i] = first ? gradient : momentum * m[i]! + (1 - dampening) * gradient;
      step = spec.nesterov ? gradient + momentum * m[i]! : m[i]!;
    }
    p[i]! -= lr * step;
  }
};

/**
 * Kingma and Ba (2015); decoupled decay: Loshchilov and Hutter (2019); amsgrad: Reddi et al. (2018).
 * m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  vmax ← max(vmax, v)
 * p ← p − lr/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + eps),  amsgrad: with vmax for v
 */
const adam: Update<"adam"> = (spec, [p, g, m, v, vmax], decays, scalars, factor) => {
  const [lr, beta1, beta2, eps, weightDecay, correction1, correction2] = scalars as Seven;
  for (let i = 0; i < p.length; i++) {
    let gradient = factor * g[i]!;
    if (decays && spec.decoupled) p[i]! *= 1 - lr * weightDecay;
    else if (decays) gradient += weightDecay * p[i]!;
    m[i] = beta1 * m[i]! + (1 - beta1) * gradient;
    v[i] = beta2 * v[i]! + (1 - beta2) * gradient ** 2;
    if (spec.amsgrad) vmax[i] = Math.max(vmax[i]!, v[i]!);
    const second = spec.amsgrad ? vmax[i]! : v[i]!;
    const scale = Math.sqrt(second) / Math.sqrt(correction2) + eps;
    p[i]! -= ((lr / correction1) * m[i]!) / scale;
  }
};

/**
 * Hinton's lecture 6e (2012); centered: Graves (2013).
 * v ← α·v + (1 − α)·g²,  mean ← α·mean + (1 − α)·g,  scale = √v + eps,  centered: √(v − mean²) + eps
 * p ← p − lr·g/scale,  with momentum: m ← momentum·m + g/scale,  p ← p − lr·m
 */
const rmsprop: Update<"rmsprop"> = (spec, [p, g, v, ...more], decays, scalars, factor) => {
  const [lr, alpha, eps, weightDecay, momentum] = scalars as Five;
  const m = more[0];
  const mean = more[spec.momentum ? 1 : 0];
  for (let i = 0; i < p.length; i++) {
    const gradient = factor * g[i]! + (decays ? weightDecay * p[i]! : 0);
    v[i] = alpha * v[i]! + (1 - alpha) * gradient ** 2;
    let variance = v[i]!;
    if (spec.centered) {
      mean[i] = alpha * mean[i]! + (1 - alpha) * gradient;
      variance -= mean[i]! ** 2;
    }
    let step = gradient / (Math.sqrt(variance) + eps);
    if (spec.momentum) step = m[i] = momentum * m[i]! + step;
    p[i]! -= lr * step;
  }
};

/** Duchi, Hazan and Singer (2011).  v ← v + g²,  p ← p − lr·g/(√v + eps) */
const adagrad: Update<"adagrad"> = (_spec, [p, g, v], decays, scalars, factor) => {
  const [lr, eps, weightDecay] = scalars as Three;
  for (let i = 0; i < p.length; i++) {
    const gradient = factor * g[i]! + (decays ? weightDecay * p[i]! : 0);
    v[i]! += gradient ** 2;
    p[i]! -= (lr * gradient) / (Math.sqrt(v[i]!) + eps);
  }
};

type Three = readonly [number, number, number];
type Five = readonly [...Three, number, number];
type Seven = readonly [...Five, number, number];

export const updates: { [M in Method]: Update<M> } = { sgd, adam, rmsprop, adagrad };

export const optimizer: Run<Optimizer> = (spec, inputs, _outputs, scalars) => {
  const update = updates[spec.method] as Update<Method>; // each method stands beside its own update
  const each = (inputs.length - Number(spec.scaled ?? false)) / spec.sizes.length; // buffers of one parameter
  const factor = spec.scaled ? inputs.at(-1)![0]! : 1;
  spec.sizes.forEach((_, k) => {
    const states: readonly Data[] = inputs.slice(k * each, (k + 1) * each);
    update(spec, states as Buffers, spec.decay[k]!, scalars, factor);
  });
};
