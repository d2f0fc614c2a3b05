/**
 * An exponential moving average of a model's parameters (Polyak and Juditsky, 1992, with a window that
 * moves): smoother weights to sample from and to judge than the last step's.
 */
import {
  parameters,
  ParameterError,
  State,
  tidy,
  update,
  zeros,
  type Parameter,
  type Tensor,
} from "../tensor/index.js";
import { checkNumber } from "./numbers.js";
import { refuseHalves } from "./optimizer.js";

export class Average {
  /** The averages by the parameter's path; a checkpoint keeps them. */
  readonly values: ReadonlyMap<string, State>;
  readonly #paths: readonly (readonly [path: string, Parameter])[];
  readonly #pairs: readonly (readonly [average: State, Parameter])[];
  readonly #decay: number;

  constructor(model: object, decay: number) {
    this.#decay = checkNumber("average", "decay", decay, 1);
    const paths = (this.#paths = [...parameters(model)].filter(([, p]) => isReal(p)));
    if (!paths.length) throw new ParameterError("average: the model holds no parameters of f32");
    refuseHalves("average", paths);
    this.#pairs = paths.map(([, parameter]) => [new State(parameter), parameter]);
    this.values = new Map(paths.map(([path], k) => [path, this.#pairs[k]![0]]));
  }

  /**
   * average ← average + (1 − decay)·(parameter − average), after each `optimizer.step`. A young average may
   * follow faster: `update(Math.min(0.999, (1 + step) / (10 + step)))`.
   */
  update(decay = this.#decay): void {
    const share = 1 - checkNumber("average", "decay", decay, 1);
    const averages = this.#pairs.map(([{ value }]) => value);
    // A step of gradient descent on ½·(average − parameter)², whose gradient is the difference.
    const slopes = tidy(() => this.#pairs.map(([{ value }, parameter]) => value.sub(parameter)));
    const inputs = averages.flatMap((value, k) => [value, slopes[k]!]);
    descend(averages, inputs, [], [share, 0, 0, 0, 0]);
    slopes.forEach((slope) => slope.dispose());
  }

  /** Runs `body` with the averages in the model's place, and puts the model's own numbers back, bit for bit. */
  async during<T>(body: () => T | Promise<T>): Promise<T> {
    this.swap();
    try {
      return await body();
    } finally {
      this.swap();
    }
  }

  /** Exchanges the averages and the model's numbers. */
  swap(): void {
    refuseHalves("average", this.#paths); // in place, f32 is written
    const copies = tidy(() => this.#pairs.flatMap(([{ value }, p]) => [value.copy(), p.copy()]));
    const targets = this.#pairs.flatMap(([{ value }, parameter]) => [parameter, value]);
    assign(targets, copies);
    copies.forEach((copy) => copy.dispose());
  }
}

/**
 * Averages of the parameters of `model`, which start as they are now. Running statistics are averages already, and whole
 * numbers and bools have none: those stay the model's own, as they are when the averages stand in.
 */
export const average = (model: object, { decay = 0.999 } = {}): Average =>
  new Average(model, decay);

const isReal = ({ dtype }: Parameter): boolean => dtype !== "i32" && dtype !== "bool";

/** target ← value, in place: the first step of sgd with momentum writes m ← g, and does nothing else at rate 0. */
function assign(targets: readonly Tensor[], values: readonly Tensor[]): void {
  const still = targets.map(({ shape }) => zeros(shape));
  const inputs = targets.flatMap((target, k) => [still[k]!, values[k]!, target]);
  descend(targets, inputs, still, [0, 0, 0, 0, 1]);
  still.forEach((tensor) => tensor.dispose());
}

/** One step of sgd, without weight decay, that writes `targets`, and what it keeps of each as momentum, if anything. */
function descend(
  targets: readonly Tensor[],
  inputs: readonly Tensor[],
  momenta: readonly Tensor[],
  numbers: readonly number[],
): void {
  const sizes = targets.map(({ size }) => size);
  const decay = targets.map(() => false);
  const kernel = { method: "sgd", momentum: momenta.length > 0, nesterov: false } as const;
  update(
    { kernel: "optimizer", sizes, decay, ...kernel },
    inputs,
    [...momenta, ...targets],
    numbers,
  );
}
