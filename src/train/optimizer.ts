/**
 * An optimizer: changes the parameters of a model by their gradients, all in one kernel call and in place.
 * What a method is (sgd, adamw, …) stands in optimizers.ts; this is the part that all share.
 */
import {
  full,
  ParameterError,
  parameters,
  State,
  update,
  type Gradients,
  type Optimizer as Kernel,
  type Parameter,
} from "../tensor/index.js";
import { checkNumber } from "./numbers.js";

type Without<T, Keys extends PropertyKey> = T extends unknown ? Omit<T, Keys> : never;

/** A method with its options filled in. */
export type Method = {
  name: string;
  lr: number;
  kernel: Without<Kernel, "kernel" | "sizes" | "decay">;
  /** PyTorch's names of what is kept for each parameter, in the kernel's order, and what it starts from. */
  states: readonly string[];
  start?: number;
  /** The kernel's numbers for step 1, 2, … (kernels/spec.ts). */
  scalars(lr: number, step: number): number[];
  /** Whether weight decay touches a parameter; all by default. */
  decay?: Decay;
};

/** Such as `(_, p) => p.shape.length >= 2`: matrices decay, biases and norms do not. */
export type Decay = (path: string, parameter: Parameter) => boolean;

export class Optimizer {
  /** By name, then by the parameter's path; a checkpoint keeps them. */
  readonly states: Readonly<Record<string, ReadonlyMap<string, State>>>;
  readonly #method: Method;
  readonly #targets: readonly (readonly [path: string, Parameter])[];
  readonly #decay: readonly boolean[];
  #lr: number;
  #steps = 0;

  constructor(model: object, method: Method) {
    this.#method = method;
    this.#lr = checkNumber(method.name, "lr", method.lr);
    this.#targets = [...parameters(model)];
    if (!this.#targets.length)
      throw new ParameterError(
        `${method.name}: the model holds no parameters; give the object whose fields hold them`,
      );
    refuseHalves(method.name, this.#targets);
    const { decay = () => true, start = 0 } = method;
    this.#decay = this.#targets.map(([path, parameter]) => decay(path, parameter));
    const fresh = () =>
      this.#targets.map(([path, { shape }]) => [path, new State(full(shape, start))] as const);
    this.states = Object.fromEntries(method.states.map((name) => [name, new Map(fresh())]));
  }

  /** The learning rate of the next step. Setting it to what is no rate throws and changes nothing. */
  get lr(): number {
    return this.#lr;
  }
  set lr(lr: number) {
    this.#lr = checkNumber(this.#method.name, "lr", lr);
  }

  /** Steps done so far. */
  get steps(): number {
    return this.#steps;
  }

  /** One step: `optimizer.step(grads)` with what `backprop(model, …)` returned. The gradients stay yours. */
  step(grads: Gradients): void {
    const { name, kernel, scalars } = this.#method;
    refuseHalves(name, this.#targets);
    const missing = this.#targets.filter(([, parameter]) => !grads.has(parameter));
    if (missing.length)
      throw new ParameterError(
        `${name}: no gradient for ${missing.map(([path]) => path).join(", ")}; step with the gradients that backprop gave for the same model`,
      );
    const kept = (path: string) => Object.values(this.states).map((map) => map.get(path)!.value);
    const inputs = this.#targets.flatMap(([path, parameter]) => [
      parameter,
      grads.unscaled(parameter),
      ...kept(path),
    ]);
    const owned = this.#targets.flatMap(([path, parameter]) => [parameter, ...kept(path)]);
    const sizes = this.#targets.map(([, { size }]) => size);
    const { factor } = grads;
    update(
      {
        kernel: "optimizer",
        sizes,
        decay: this.#decay,
        ...kernel,
        ...(factor && { scaled: true }),
      },
      factor ? [...inputs, factor] : inputs,
      owned,
      scalars(this.#lr, this.#steps + 1),
    );
    this.#steps++;
  }

  /** What a checkpoint keeps beside `states`, and takes back. */
  progress(): { method: string; lr: number; steps: number } {
    return { method: this.#method.name, lr: this.#lr, steps: this.#steps };
  }
  resume({ lr, steps }: { lr: number; steps: number }): void {
    const { name } = this.#method;
    checkNumber(name, "steps", steps);
    this.lr = lr;
    this.#steps = steps;
  }
}

/** A parameter whose memory is f16 cannot be written in place. */
export function refuseHalves(
  name: string,
  targets: readonly (readonly [string, Parameter])[],
): void {
  const [path] = targets.find(([, { dtype }]) => dtype === "f16") ?? [];
  if (path === undefined) return;
  throw new ParameterError(
    `${name}: parameter ${path} is f16, in which small steps are lost; keep it in f32, and cast it where it is used, with .cast("f16")`,
  );
}
