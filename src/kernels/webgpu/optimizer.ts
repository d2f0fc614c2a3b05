/**
 * The optimizers, in place: a thread an element. A dispatch takes as many parameters as fit among the eight
 * buffers that WebGPU promises: two for Adam, four for plain SGD.
 */
import type { Optimizer } from "../spec.js";
import { eachElement, scalar, throughScalar, u32, type Dispatch, type KernelBuffer, type KernelNumber } from "./kernel.js"; // prettier-ignore
import { functionsFor } from "./wgsl/functions.js";

const mostBuffers = 8;

const complement = (value: number): number => 1 - value;

/** The method's buffers after p and g, its scalars, and its update of `p`, from `gradient` (times the factor). */
type Method = { states: string[]; numbers: Record<string, KernelNumber>; update: string };

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
      factor: scalar(5),
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
      factor: scalar(7),
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
      factor: scalar(5),
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
    numbers: { lr: scalar(0), eps: scalar(1), weight_decay: scalar(2), factor: scalar(3) },
    update: /* wgsl */ `${decay}
    v += gradient * gradient;
    p -= numbers.lr * gradient / (sqrt(v) + numbers.eps);`,
  };
}

function methodOf(spec: Optimizer): Method {
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

export function lowerOptimizer(spec: Optimizer): Dispatch[] {
  const method = methodOf(spec);
  const names = ["p", "g", ...method.states];
  const together = Math.floor(mostBuffers / names.length);
  const filled = spec.sizes.flatMap((size, k) =>
    size > 0 ? [{ size, decays: spec.decay[k]!, first: k * names.length }] : [],
  );
  const dispatches: Dispatch[] = [];
  for (let k = 0; k < filled.length; k += together)
    dispatches.push(updateOf(filled.slice(k, k + together), names, method));
  return dispatches;
}

type Parameter = { size: number; decays: boolean; first: number };

/** Thread i updates element i of the parameters laid end to end. */
function updateOf(parameters: readonly Parameter[], names: string[], method: Method): Dispatch {
  const buffers: Record<string, KernelBuffer> = {};
  const numbers: Record<string, KernelNumber> = { ...method.numbers };
  let end = 0;
  const blocks = parameters.map(({ size, decays, first }, k) => {
    names.forEach((name, position) => (buffers[`${name}${k}`] = ["f32", first + position]));
    numbers[`begin${k}`] = u32(end);
    numbers[`decays${k}`] = u32(Number(decays));
    end += size;
    numbers[`end${k}`] = u32(end);
    const kept = names.filter((name) => name !== "g");
    return /* wgsl */ `
  if (i >= numbers.begin${k} && i < numbers.end${k}) {
    let at = i - numbers.begin${k};
    let decays = numbers.decays${k} != 0u;
    var gradient = numbers.factor * g${k}[at];
    ${kept.map((name) => `var ${name} = ${name}${k}[at];`).join("\n    ")}
    ${method.update.trim()}
    ${kept.map((name) => `${name}${k}[at] = ${name};`).join("\n    ")}
  }`;
  });
  const body = blocks.join("");
  return eachElement(end, { buffers, numbers, declarations: functionsFor(body), body });
}
