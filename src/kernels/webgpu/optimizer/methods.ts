/** The optimizers' equations in WGSL, for one element: kernels/js/optimizer.ts is their definition. */
import type { Optimizer } from "../../spec.js";
import { scalar, throughScalar, type KernelNumber } from "../kernel.js";

const complement = (value: number): number => 1 - value;

/** The method's buffers after p and g, its scalars, and its update of `p`, from `gradient` (times the factor, if there is one). */
export type Method = { states: string[]; numbers: Record<string, KernelNumber>; update: string };

/** g ← g + weightDecay·p */
const decay = "if (decays) { gradient += numbers.weight_decay * p; }";

function sgd(spec: Extract<Optimizer, { method: "sgd" }>): Method {
  const momentum = /* wgsl */ `
    var moved = numbers.momentum * m + numbers.undamped * gradient;
    if (numbers.first != 0.0) { moved = gradient; }
    m = moved;
    ${spec.nesterov ? "p -= numbers.lr * (gradient + numbers.momentum * m);" : "p -= numbers.lr * m;"}`;
  return {
    states: spec.momentum ? ["m"] : [],
    numbers: {
      lr: scalar(0),
      momentum: scalar(1),
      undamped: throughScalar(2, complement),
      weight_decay: scalar(3),
      first: scalar(4),
    },
    update: `${decay}\n    ${spec.momentum ? momentum.trim() : "p -= numbers.lr * gradient;"}`,
  };
}

function adam(spec: Extract<Optimizer, { method: "adam" }>): Method {
  const decoupled = "if (decays) { p *= 1.0 - numbers.lr * numbers.weight_decay; }";
  return {
    states: ["m", "v", ...(spec.amsgrad ? ["largest"] : [])],
    numbers: {
      lr: scalar(0),
      beta1: scalar(1),
      rest1: throughScalar(1, complement),
      beta2: scalar(2),
      rest2: throughScalar(2, complement),
      eps: scalar(3),
      weight_decay: scalar(4),
      correction1: scalar(5),
      root2: throughScalar(6, Math.sqrt),
    },
    update: /* wgsl */ `${spec.decoupled ? decoupled : decay}
    m = numbers.beta1 * m + numbers.rest1 * gradient;
    v = numbers.beta2 * v + numbers.rest2 * gradient * gradient;
    ${spec.amsgrad ? "largest = larger(largest, v);" : ""}
    p -= numbers.lr / numbers.correction1 * m
      / (sqrt(${spec.amsgrad ? "largest" : "v"}) / numbers.root2 + numbers.eps);`,
  };
}

function rmsprop(spec: Extract<Optimizer, { method: "rmsprop" }>): Method {
  const centered = /* wgsl */ `
    mean = numbers.alpha * mean + numbers.rest * gradient;
    variance -= mean * mean;`;
  const momentum = "m = numbers.momentum * m + change;\n    change = m;";
  return {
    states: ["v", ...(spec.momentum ? ["m"] : []), ...(spec.centered ? ["mean"] : [])],
    numbers: {
      lr: scalar(0),
      alpha: scalar(1),
      rest: throughScalar(1, complement),
      eps: scalar(2),
      weight_decay: scalar(3),
      momentum: scalar(4),
    },
    update: /* wgsl */ `${decay}
    v = numbers.alpha * v + numbers.rest * gradient * gradient;
    var variance = v;
    ${spec.centered ? centered.trim() : ""}
    var change = gradient / (sqrt(variance) + numbers.eps);
    ${spec.momentum ? momentum : ""}
    p -= numbers.lr * change;`,
  };
}

function adagrad(): Method {
  return {
    states: ["v"],
    numbers: { lr: scalar(0), eps: scalar(1), weight_decay: scalar(2) },
    update: /* wgsl */ `${decay}
    v += gradient * gradient;
    p -= numbers.lr * gradient / (sqrt(v) + numbers.eps);`,
  };
}

export function methodOf(spec: Optimizer): Method {
  switch (spec.method) {
    case "sgd":
      return sgd(spec);
    case "adam":
      return adam(spec);
    case "rmsprop":
      return rmsprop(spec);
    case "adagrad":
      return adagrad();
  }
}
