/**
 * The optimizers as PyTorch defines them (js/optimizer.ts). A draw makes one buffer, so each state of a
 * parameter is a draw, and the parameter follows from the new states. They take the old ones' places.
 */
import type { Optimizer } from "../spec.js";
import { draw, real, type Draw, type Numeric } from "./kernel.js";

/** `buffers` and `scalars` in their order in the call; `updates` name what they read of them, and `gradient`. */
type Rule = {
  buffers: readonly string[];
  scalars: readonly string[];
  gradient: string;
  updates: readonly Update[];
};
/** One buffer's new value, in the order in which they are made. */
type Update = { of: string; value: string };

const withDecay = (decays: boolean): string => `g + ${decays ? "weight_decay * p" : "0"}`;

/** The last input, where it is a factor of the gradients. */
const scaledBy = "given_factor[0]";

function sgd({ momentum, nesterov }: Extract<Optimizer, { method: "sgd" }>, decays: boolean): Rule {
  const step = momentum ? (nesterov ? "gradient + momentum * m" : "m") : "gradient";
  const m = "first !== 0 ? gradient : momentum * m + rest_of_dampening * gradient";
  return {
    buffers: ["p", "g", ...(momentum ? ["m"] : [])],
    scalars: ["lr", "momentum", "dampening", "weight_decay", "first"],
    gradient: withDecay(decays),
    updates: [
      ...(momentum ? [{ of: "m", value: m }] : []),
      { of: "p", value: `p - lr * (${step})` },
    ],
  };
}

function adam({ decoupled, amsgrad }: Extract<Optimizer, { method: "adam" }>, decays: boolean): Rule {
  const second = amsgrad ? "vmax" : "v";
  const p = decays && decoupled ? "p * (1 - lr * weight_decay)" : "p";
  const scale = `(Math.sqrt(${second}) / Math.sqrt(correction2) + eps)`;
  return {
    buffers: ["p", "g", "m", "v", ...(amsgrad ? ["vmax"] : [])],
    scalars: ["lr", "beta1", "beta2", "eps", "weight_decay", "correction1", "correction2"],
    gradient: withDecay(decays && !decoupled),
    updates: [
      { of: "m", value: "beta1 * m + rest_of_beta1 * gradient" },
      { of: "v", value: "beta2 * v + rest_of_beta2 * gradient * gradient" },
      ...(amsgrad ? [{ of: "vmax", value: "larger(vmax, v)" }] : []),
      { of: "p", value: `${p} - lr / correction1 * m / ${scale}` },
    ],
  };
} // prettier-ignore

function rmsprop({ momentum, centered }: Extract<Optimizer, { method: "rmsprop" }>, decays: boolean): Rule {
  const variance = centered ? "v - mean * mean" : "v";
  const step = `gradient / (Math.sqrt(${variance}) + eps)`;
  return {
    buffers: ["p", "g", "v", ...(momentum ? ["m"] : []), ...(centered ? ["mean"] : [])],
    scalars: ["lr", "alpha", "eps", "weight_decay", "momentum"],
    gradient: withDecay(decays),
    updates: [
      { of: "v", value: "alpha * v + rest_of_alpha * gradient * gradient" },
      ...(centered ? [{ of: "mean", value: "alpha * mean + rest_of_alpha * gradient" }] : []),
      ...(momentum ? [{ of: "m", value: `momentum * m + ${step}` }] : []),
      { of: "p", value: momentum ? "p - lr * m" : `p - lr * (${step})` },
    ],
  };
} // prettier-ignore

function adagrad(_: Extract<Optimizer, { method: "adagrad" }>, decays: boolean): Rule {
  return {
    buffers: ["p", "g", "v"],
    scalars: ["lr", "eps", "weight_decay"],
    gradient: withDecay(decays),
    updates: [
      { of: "v", value: "v + gradient * gradient" },
      { of: "p", value: "p - lr * gradient / (Math.sqrt(v) + eps)" },
    ],
  };
}

function ruleOf(spec: Optimizer, decays: boolean): Rule {
  switch (spec.method) {
    case "sgd":
      return sgd(spec, decays);
    case "adam":
      return adam(spec, decays);
    case "rmsprop":
      return rmsprop(spec, decays);
    case "adagrad":
      return adagrad(spec, decays);
  }
}

/** Whether the text has the name as a word. */
const mentions = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);

/** The scalars that the text names; 1 − β is made before the numbers become float32, where it would keep half its digits. */
function numbersOf(text: string, scalars: readonly string[]): Record<string, Numeric> {
  const all = scalars.flatMap((name, scalar): [string, Numeric][] => [
    [name, real(scalar)],
    [`rest_of_${name}`, restOf(scalar)],
  ]);
  return Object.fromEntries(all.filter(([name]) => mentions(text, name)));
}

const restOf = (scalar: number): Numeric => ({
  type: "Float",
  value: { scalar, through: (value) => 1 - value },
});

export function lowerOptimizer(spec: Optimizer): Draw[] {
  return spec.sizes.flatMap((elements, k) => {
    const { buffers, scalars, gradient, updates } = ruleOf(spec, spec.decay[k]!);
    const given = buffers.length * spec.sizes.length;
    const scaled = spec.scaled ? `${scaledBy} * ${gradient}` : gradient;
    const place = (name: string): number => k * buffers.length + buffers.indexOf(name);
    return updates.map(({ of, value }) => {
      const lines = [
        ...(mentions(value, "gradient") ? [`const gradient = ${scaled};`] : []),
        `return ${value};`,
      ];
      const text = lines.join("\n");
      const read = buffers.filter((name) => mentions(text, name));
      return draw({
        output: place(of),
        elements,
        buffers: {
          ...Object.fromEntries(read.map((name) => [`${name}_all`, place(name)])),
          ...(text.includes(scaledBy) ? { given_factor: given } : {}),
        },
        numbers: numbersOf(text, scalars),
        body: [...read.map((name) => `const ${name} = ${name}_all[this.thread.x];`), ...lines],
      });
    });
  });
} // prettier-ignore
