/**
 * The optimizers with PyTorch's options and defaults. Their equations are those of kernels/js/optimizer.ts;
 * here stand the names, the checks and the numbers that a step needs.
 */
import { NumberError } from "../tensor/index.js";
import { checkNumber, checkAll } from "./numbers.js";
import { Optimizer, type Decay } from "./optimizer.js";

/** What all of them take. `decay` tells which parameters weight decay touches; all by default. */
export type OptimizerOptions = { lr?: number; weightDecay?: number; decay?: Decay };

export type SgdOptions = OptimizerOptions & {
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
};

/** Stochastic gradient descent: Robbins and Monro (1951); momentum: Polyak (1964); Nesterov (1983). */
export function sgd(model: object, options: SgdOptions = {}): Optimizer {
  const { lr = 1e-3, momentum = 0, dampening = 0, weightDecay = 0, nesterov = false } = options;
  checkAll("sgd", { momentum, weightDecay });
  if (!Number.isFinite(dampening))
    throw new NumberError(`sgd: dampening is ${dampening}; it must be a finite number`);
  if (nesterov && (momentum === 0 || dampening !== 0))
    throw new NumberError(
      `sgd: nesterov wants a momentum above 0 and no dampening, got ${momentum} and ${dampening}`,
    );
  return new Optimizer(model, {
    name: "sgd",
    lr,
    kernel: { method: "sgd", momentum: momentum !== 0, nesterov },
    states: momentum === 0 ? [] : ["momentum_buffer"],
    scalars: (lr, step) => [lr, momentum, dampening, weightDecay, step === 1 ? 1 : 0],
    decay: options.decay,
  });
}

export type AdamOptions = OptimizerOptions & {
  betas?: readonly [number, number];
  eps?: number;
  amsgrad?: boolean;
};

/** Kingma and Ba (2015); weight decay goes into the gradient. */
export const adam = (model: object, options: AdamOptions = {}): Optimizer =>
  adaptive("adam", model, { weightDecay: 0, ...options });

/** Adam whose weight decay is apart from the gradient: Loshchilov and Hutter (2019). */
export const adamw = (model: object, options: AdamOptions = {}): Optimizer =>
  adaptive("adamw", model, { weightDecay: 0.01, ...options });

function adaptive(
  name: "adam" | "adamw",
  model: object,
  options: AdamOptions & { weightDecay?: number },
): Optimizer {
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, amsgrad = false } = options;
  const { weightDecay = 0, decay } = options;
  const [beta1, beta2] = betas;
  checkAll(name, { eps, weightDecay });
  checkNumber(name, "betas[0]", beta1, 1);
  checkNumber(name, "betas[1]", beta2, 1);
  return new Optimizer(model, {
    name,
    lr,
    kernel: { method: "adam", decoupled: name === "adamw", amsgrad },
    states: ["exp_avg", "exp_avg_sq", ...(amsgrad ? ["max_exp_avg_sq"] : [])],
    scalars: (lr, t) => [lr, beta1, beta2, eps, weightDecay, 1 - beta1 ** t, 1 - beta2 ** t],
    decay,
  });
}

export type RmspropOptions = OptimizerOptions & {
  alpha?: number;
  eps?: number;
  momentum?: number;
  centered?: boolean;
};

/** Hinton's lecture 6e (2012); centered: Graves (2013). */
export function rmsprop(model: object, options: RmspropOptions = {}): Optimizer {
  const { lr = 1e-2, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0 } = options;
  const { centered = false, decay } = options;
  checkAll("rmsprop", { alpha, eps, weightDecay, momentum });
  const states = ["square_avg"];
  if (momentum !== 0) states.push("momentum_buffer");
  if (centered) states.push("grad_avg");
  return new Optimizer(model, {
    name: "rmsprop",
    lr,
    kernel: { method: "rmsprop", momentum: momentum !== 0, centered },
    states,
    scalars: (lr) => [lr, alpha, eps, weightDecay, momentum],
    decay,
  });
}

export type AdagradOptions = OptimizerOptions & {
  lrDecay?: number;
  initialAccumulatorValue?: number;
  eps?: number;
};

/** Duchi, Hazan and Singer (2011). */
export function adagrad(model: object, options: AdagradOptions = {}): Optimizer {
  const { lr = 1e-2, lrDecay = 0, weightDecay = 0, eps = 1e-10, decay } = options;
  const { initialAccumulatorValue = 0 } = options;
  checkAll("adagrad", { lrDecay, weightDecay, initialAccumulatorValue, eps });
  return new Optimizer(model, {
    name: "adagrad",
    lr,
    kernel: { method: "adagrad" },
    states: ["sum"],
    start: initialAccumulatorValue,
    scalars: (lr, step) => [lr / (1 + (step - 1) * lrDecay), eps, weightDecay],
    decay,
  });
}
