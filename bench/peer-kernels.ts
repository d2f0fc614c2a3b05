/**
 * The peers' side of the kernels' rows, at their best: convolution in NHWC, its gradients by kernels that they have fast
 * (tfjs: convolutions of turned operands; jax-js: matmuls of im2col patches), whole expressions under jax-js's jit.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Once } from "./race.js";
import { sizes } from "./rows.js";

const require = createRequire(import.meta.url);
const { B, C, side, kernel } = sizes.convolution;

/** The parts of the peers' interfaces that are used here. */
type TFTensor = { dispose(): void };
type TF = {
  tidy<T>(f: () => T): T; randomNormal(shape: readonly number[]): TFTensor;
  matMul(a: TFTensor, b: TFTensor): TFTensor; exp(x: TFTensor): TFTensor; tanh(x: TFTensor): TFTensor;
  erf(x: TFTensor): TFTensor; mul(a: TFTensor, b: TFTensor | number): TFTensor; add(a: TFTensor, b: number): TFTensor;
  softmax(x: TFTensor): TFTensor; transpose(x: TFTensor, axes: number[]): TFTensor; reverse(x: TFTensor, axes: number[]): TFTensor;
  conv2d(x: TFTensor, w: TFTensor, stride: number, pad: string | number[][]): TFTensor;
  enableProdMode(): void; setBackend(name: string): Promise<boolean>; ready(): Promise<void>;
}; // prettier-ignore
type JaxArray = {
  ref: JaxArray; dispose(): void; blockUntilReady(): Promise<JaxArray>; reshape(shape: number[]): JaxArray;
  slice(...ranges: number[][]): JaxArray;
}; // prettier-ignore
type Unary = (x: JaxArray) => JaxArray;
type Jax = {
  numpy: {
    matmul(a: JaxArray, b: JaxArray): JaxArray; dot(a: JaxArray, b: JaxArray): JaxArray; exp: Unary; tanh: Unary;
    pad(x: JaxArray, border: number[][]): JaxArray; concatenate(x: JaxArray[], axis: number): JaxArray;
    transpose(x: JaxArray, axes?: number[]): JaxArray;
  };
  nn: { softmax(x: JaxArray, axis: number): JaxArray; gelu(x: JaxArray, options: { approximate: boolean }): JaxArray };
  random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: readonly number[]): JaxArray };
  jit<A extends JaxArray[]>(f: (...args: A) => JaxArray): (...args: A) => JaxArray;
  init(device: string): Promise<unknown>; defaultDevice(device: string): void;
}; // prettier-ignore

/** TensorFlow.js on its wasm backend. */
export async function openTensorFlow(): Promise<TF> {
  const tf = require("@tensorflow/tfjs") as TF;
  const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + path.sep);
  tf.enableProdMode();
  await tf.setBackend("wasm");
  await tf.ready();
  return tf;
}

/** jax-js on its wasm device; it asks for a navigator, which Node 20 has not. */
export async function openJax(): Promise<Jax> {
  if (!("navigator" in globalThis))
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: "node" } });
  const file = path.join(path.dirname(require.resolve("@jax-js/jax")), "index.js");
  const jax = (await import(pathToFileURL(file).href)) as Jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return jax;
}

export async function tensorFlowCase(name: string): Promise<Once> {
  const tf = await openTensorFlow();
  const [op, size] = name.split(" ") as [string, string?];
  if (op === "matmul") {
    const [a, b] = [square(Number(size)), square(Number(size))].map((s) => tf.randomNormal(s)) as [TFTensor, TFTensor]; // prettier-ignore
    return () => tf.matMul(a, b).dispose();
  }
  if (op === "conv2d") return tensorFlowConvolution(tf, name);
  if (op === "softmax") {
    const x = tf.randomNormal(sizes.softmax);
    return () => tf.softmax(x).dispose();
  }
  const x = tf.randomNormal([sizes.elementwise]);
  const gelu = () => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const once = { exp: () => tf.exp(x), tanh: () => tf.tanh(x), gelu }[op];
  if (!once) throw new Error(`tfjs has no case "${name}".`);
  return () => tf.tidy(once).dispose();
}

const square = (n: number) => [n, n];
const around = [[0, 0], [1, 1], [1, 1], [0, 0]]; // prettier-ignore

function tensorFlowConvolution(tf: TF, name: string): Once {
  const [x, g] = [0, 1].map(() => tf.randomNormal([B, side, side, C])) as [TFTensor, TFTensor];
  const w = tf.randomNormal([kernel, kernel, C, C]); // [R, S, in, out]
  const turned = () => tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2]);
  // Σ over images and places: images become channels, and g the filter.
  const weight = () => {
    const images = tf.transpose(x, [3, 1, 2, 0]); // [C, H, W, B]
    const filter = tf.transpose(g, [1, 2, 0, 3]); // [H, W, B, O]
    return tf.transpose(tf.conv2d(images, filter, 1, around), [1, 2, 0, 3]);
  };
  const once = {
    "conv2d forward": () => tf.conv2d(x, w, 1, "same"),
    "conv2d gradient of x": () => tf.conv2d(g, turned(), 1, "same"),
    "conv2d gradient of w": weight,
  }[name]!;
  return () => tf.tidy(once).dispose();
}

export async function jaxCase(name: string): Promise<Once> {
  const jax = await openJax();
  const { numpy: np, nn } = jax;
  const noise = (shape: readonly number[], key = 1) => jax.random.normal(jax.random.key(key), shape);
  const [op, size] = name.split(" ") as [string, string?];
  if (op === "matmul")
    return waiting(jax.jit(np.matmul), noise(square(Number(size))), noise(square(Number(size)), 2));
  if (op === "conv2d") return jaxConvolution(jax, name, noise);
  if (op === "softmax")
    return waiting(jax.jit((x: JaxArray) => nn.softmax(x, -1)), noise(sizes.softmax));
  const gelu: Unary = (x) => nn.gelu(x, { approximate: false });
  const f = { exp: np.exp, tanh: np.tanh, gelu }[op];
  if (!f) throw new Error(`jax-js has no case "${name}".`);
  return waiting(jax.jit((x: JaxArray) => f(x)), noise([sizes.elementwise]));
} // prettier-ignore

/** A call uses its arguments up: `ref` keeps them. */
function waiting<A extends JaxArray[]>(f: (...args: A) => JaxArray, ...args: A): Once {
  return async () =>
    (await f(...(args.map((x) => x.ref) as A)).blockUntilReady()).dispose();
} // prettier-ignore

type Noise = (shape: readonly number[], key?: number) => JaxArray;

function jaxConvolution(jax: Jax, name: string, noise: Noise): Once {
  const { numpy: np } = jax;
  const rows = B * side * side;
  /** x [B, H, W, C] → [B·H·W, R·S·C] */
  const patches = (x: JaxArray) => {
    const padded = np.pad(x, around);
    const parts: JaxArray[] = [];
    for (let r = 0; r < kernel; r++)
      for (let s = 0; s < kernel; s++)
        parts.push(padded.ref.slice([], [r, r + side], [s, s + side], []));
    padded.dispose();
    return np.concatenate(parts, 3).reshape([rows, kernel ** 2 * C]);
  };
  const x = noise([B, side, side, C]);
  if (name !== "conv2d gradient of w") {
    // Forward and, of a filter that was turned, the gradient of x: the same work.
    const w = noise([kernel ** 2 * C, C], 2);
    return waiting(
      jax.jit((x: JaxArray, w: JaxArray) => np.dot(patches(x), w)),
      x,
      w,
    );
  }
  const g = noise([rows, C], 2);
  const weight = (x: JaxArray, g: JaxArray) => np.dot(np.transpose(patches(x)), g);
  return waiting(jax.jit(weight), x, g);
}
