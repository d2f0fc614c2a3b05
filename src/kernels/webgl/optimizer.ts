/**
 * The optimizers as PyTorch defines them (js/optimizer.ts). A draw makes one buffer, so each state of a
 * parameter is a draw, and the parameter follows from the new states. They take the old ones' places.
 */
import type { Optimizer } from "../spec.js";
import { draw, real, type Draw, type Numeric } from "./kernel.js";

/** One buffer's new value, in the order in which they are made; `uses` names what it reads. */
type Update = { of: string; uses: readonly string[]; value: string };
type Rule = {
  buffers: readonly string[];
  scalars: readonly string[];
  gradient: string;
  updates: readonly Update[];
};

const value = (name: string): string => `${name}[this.thread.x]`;
const withDecay = (decays: boolean): string => `factor * g + ${decays ? "weight_decay * p" : "0"}`;

function sgd({ momentum, nesterov }: Extract<Optimizer, { method: "sgd" }>, decays: boolean): Rule {
  const step = momentum ? (nesterov ? "gradient + momentum * m" : "m") : "gradient";
  const m = "first !== 0 ? gradient : momentum * m + rest_of_dampening * gradient";
  return {
    buffers: ["p", "g", ...(momentum ? ["m"] : [])],
    scalars: ["lr", "momentum", "dampening", "weight_decay", "first", "factor"],
    gradient: withDecay(decays),
    updates: [
      ...(momentum ? [{ of: "m", uses: ["p", "g", "m"], value: m }] : []),
      { of: "p", uses: ["p", "g", ...(momentum ? ["m"] : [])], value: `p - lr * (${step})` },
    ],
  };
}

function adam({ decoupled, amsgrad }: Extract<Optimizer, { method: "adam" }>, decays: boolean): Rule {
  const second = amsgrad ? "vmax" : "v";
  const p = decays && decoupled ? "p * (1 - lr * weight_decay)" : "p";
  const scale = `(Math.sqrt(${second}) / Math.sqrt(correction2) + eps)`;
  const states = ["m", "v", ...(amsgrad ? ["vmax"] : [])];
  return {
    buffers: ["p", "g", ...states],
    scalars: ["lr", "beta1", "beta2", "eps", "weight_decay", "correction1", "correction2", "factor"],
    gradient: withDecay(decays && !decoupled),
    updates: [
      { of: "m", uses: ["p", "g", "m"], value: "beta1 * m + rest_of_beta1 * gradient" },
      { of: "v", uses: ["p", "g", "v"], value: "beta2 * v + rest_of_beta2 * gradient * gradient" },
      ...(amsgrad ? [{ of: "vmax", uses: ["vmax", "v"], value: "larger(vmax, v)" }] : []),
      { of: "p", uses: ["p", "m", second], value: `${p} - lr / correction1 * m / ${scale}` },
    ],
  };
} // prettier-ignore

function rmsprop({ momentum, centered }: Extract<Optimizer, { method: "rmsprop" }>, decays: boolean): Rule {
  const variance = centered ? "v - mean * mean" : "v";
  const step = `gradient / (Math.sqrt(${variance}) + eps)`;
  const states = ["v", ...(centered ? ["mean"] : [])];
  return {
    buffers: ["p", "g", "v", ...(momentum ? ["m"] : []), ...(centered ? ["mean"] : [])],
    scalars: ["lr", "alpha", "eps", "weight_decay", "momentum", "factor"],
    gradient: withDecay(decays),
    updates: [
      { of: "v", uses: ["p", "g", "v"], value: "alpha * v + rest_of_alpha * gradient * gradient" },
      ...(centered ? [{ of: "mean", uses: ["p", "g", "mean"], value: "alpha * mean + rest_of_alpha * gradient" }] : []),
      ...(momentum ? [{ of: "m", uses: ["p", "g", "m", ...states], value: `momentum * m + ${step}` }] : []),
      { of: "p", uses: momentum ? ["p", "m"] : ["p", "g", ...states], value: momentum ? "p - lr * m" : `p - lr * (${step})` },
    ],
  };
} // prettier-ignore

function adagrad(_: Extract<Optimizer, { method: "adagrad" }>, decays: boolean): Rule {
  return {
    buffers: ["p", "g", "v"],
    scalars: ["lr", "eps", "weight_decay", "factor"],
    gradient: withDecay(decays),
    updates: [
      { of: "v", uses: ["p", "g", "v"], value: "v + gradient * gradient" },
      { of: "p", uses: ["p", "g", "v"], value: "p - lr * gradient / (Math.sqrt(v) + eps)" },
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

/** 1 − β is made before the numbers become float32, where it would keep half its digits. */
function numbersOf(text: string, scalars: readonly string[]): Record<string, Numeric> {
  const has = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const entries = scalars.flatMap((name, scalar): [string, Numeric][] => [
    ...(has(name) ? [[name, real(scalar)] as [string, Numeric]] : []),
    ...(has(`rest_of_${name}`) ? [[`rest_of_${name}`, restOf(scalar)] as [string, Numeric]] : []),
  ]);
  return Object.fromEntries(entries);
}

const restOf = (scalar: number): Numeric => ({
  type: "Float",
  value: { scalar, through: (value) => 1 - value },
});

export function lowerOptimizer(spec: Optimizer): Draw[] {
  return spec.sizes.flatMap((elements, k) => {
    const { buffers, scalars, gradient, updates } = ruleOf(spec, spec.decay[k]!);
    const place = (name: string): number => k * buffers.length + buffers.indexOf(name);
    return updates.map(({ of, uses, value: updated }) => {
      const needs = [updated, ...(updated.includes("gradient") ? [gradient] : [])].join(" ");
      const named = (list: readonly string[]): string[] =>
        list.filter((name) => new RegExp(`\\b${name}\\b`).test(needs));
      return draw({
        output: place(of),
        elements,
        buffers: Object.fromEntries(named(uses).map((name) => [`${name}_all`, place(name)])),
        numbers: numbersOf(needs, scalars),
        body: [
          ...named(uses).map((name) => `const ${name} = ${value(`${name}_all`)};`),
          ...(updated.includes("gradient") ? [`const gradient = ${gradient};`] : []),
          `return ${updated};`,
        ],
      });
    });
  });
} // prettier-ignore
