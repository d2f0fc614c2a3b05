/** genarch's side of every row: a case builds its data, and computes once each time it is called. */
import { gradient, randn, realize, tidy, type Tensor } from "genarch";
import { Conv2d, ConvTranspose2d } from "genarch/layers";
import { collect, generate, GPT } from "genarch/models";
import { imageSteps } from "./image-steps.js";
import type { Once } from "./race.js";
import { scaleOf, sizeOf, sizes, type StepName } from "./rows.js";
import { scaledSteps, steps } from "./steps.js";

const { B, C, side, kernel } = sizes.convolution;
const trainingSteps: Record<StepName, () => Once> = { ...steps, ...imageSteps };

/** Done when `realize` returns: the wasm backend computes at once. */
function computing(compute: () => Tensor): Once {
  return () => {
    const y = tidy(compute);
    realize([y]);
    y.dispose();
  };
}

function numbers(...shape: number[]): Tensor {
  const x = randn(shape);
  realize([x]);
  return x;
}

function matmul(n: number): Once {
  const [a, b] = [numbers(n, n), numbers(n, n)];
  return computing(() => a.matmul(b));
}

const images = () => numbers(B, C, side, side);
const geometry = { padding: 1, bias: false };

function forward(): Once {
  const [layer, x] = [new Conv2d(C, C, kernel, geometry), images()];
  realize([layer.weight]);
  return computing(() => layer.forward(x));
}

/** The gradient of a convolution's input is its transpose, applied to the gradient of its output. */
function gradientOfX(): Once {
  const [layer, g] = [new ConvTranspose2d(C, C, kernel, geometry), images()];
  realize([layer.weight]);
  return computing(() => layer.forward(g));
}

function gradientOfW(): Once {
  const [layer, x, g] = [new Conv2d(C, C, kernel, geometry), images(), images()];
  realize([layer.weight]);
  return computing(() => gradient(layer.forward(x).mul(g).sum(), [layer.weight])[0]!);
}

function elementwise(op: "exp" | "tanh" | "gelu"): Once {
  const x = numbers(sizes.elementwise);
  return computing(() => x[op]());
}

function softmax(): Once {
  const x = numbers(...sizes.softmax);
  return computing(() => x.softmax());
}

/** Tokens are drawn one after the other, each read back; keys and values are kept (src/models/past.ts). */
function generation(): Once {
  const model = new GPT(sizes.generation);
  return () => collect(generate(model, [0], { count: sizes.generation.context - 1 }));
}

const cases: Record<string, () => Once> = {
  ...Object.fromEntries(sizes.matmul.map((n) => [`matmul ${n}`, () => matmul(n)])),
  "conv2d forward": forward,
  "conv2d gradient of x": gradientOfX,
  "conv2d gradient of w": gradientOfW,
  exp: () => elementwise("exp"),
  tanh: () => elementwise("tanh"),
  gelu: () => elementwise("gelu"),
  softmax,
  ...Object.fromEntries(
    Object.entries(trainingSteps).map(([name, step]) => [`${name} step`, () => step()]),
  ),
  "gpt generation": generation,
};

/** The case of a row, or of a scaled step. */
export function caseOf(name: string): Once {
  const scale = scaleOf(name);
  if (scale) return scaledSteps[scale.step](sizeOf(scale));
  const build = cases[name];
  if (!build) throw new Error(`There is no row "${name}": bench/rows.ts has the names.`);
  return build();
}
