/** Single kernels, ours and the peers': each case gives one function a system that computes once and waits for the result. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { randn, realize, tidy, type Tensor } from "genarch";
import { Conv2d } from "genarch/layers";
import type { Once } from "./race.js";

export type Kernel = { name: string; gflop: number; systems: () => Promise<Record<string, Once>> };

const require = createRequire(import.meta.url);

/** The parts of the peers' interfaces that are used here. */
type Disposable = { dispose(): void; dataSync(): ArrayLike<number> };
type TF = {
  tidy<T>(f: () => T): T; keep<T>(x: T): T; randomNormal(shape: number[]): Disposable;
  matMul(a: unknown, b: unknown): Disposable; conv2d(x: unknown, w: unknown, stride: number, pad: string): Disposable;
  softmax(x: unknown): Disposable;
  enableProdMode(): void; setBackend(name: string): Promise<boolean>; ready(): Promise<void>;
}; // prettier-ignore
type JaxArray = { ref: JaxArray; blockUntilReady(): Promise<JaxArray>; dispose(): void };
type Jax = {
  numpy: { matmul(a: JaxArray, b: JaxArray): JaxArray };
  nn: { softmax(x: JaxArray, axis: number): JaxArray };
  lax: { convGeneralDilated(x: JaxArray, w: JaxArray, strides: number[], padding: number[][]): JaxArray };
  random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: number[]): JaxArray };
  jit<A extends JaxArray[]>(f: (...args: A) => JaxArray): (...args: A) => JaxArray;
  init(device: string): Promise<unknown>; defaultDevice(device: string): void;
}; // prettier-ignore

let peers: Promise<{ tf: TF; jax: Jax }> | null = null;
const openPeers = () => (peers ??= open());

async function open(): Promise<{ tf: TF; jax: Jax }> {
  if (!("navigator" in globalThis))
    Object.defineProperty(globalThis, "navigator", { value: { userAgent: "node" } });
  const tf = require("@tensorflow/tfjs") as TF;
  const wasm = require("@tensorflow/tfjs-backend-wasm") as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + path.sep);
  tf.enableProdMode();
  await tf.setBackend("wasm");
  await tf.ready();
  const file = path.join(path.dirname(require.resolve("@jax-js/jax")), "index.js");
  const jax = (await import(pathToFileURL(file).href)) as Jax;
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return { tf, jax };
}

/** Ours is done when `realize` returns: the wasm backend computes at once. */
function ours(compute: () => Tensor): Once {
  return () => {
    const y = tidy(compute);
    realize([y]);
    y.dispose();
  };
}

function keep(shape: number[]): Tensor {
  const x = randn(shape);
  realize([x]);
  return x;
}

function matmul(n: number): Kernel {
  return {
    name: `matmul ${n}`,
    gflop: (2 * n ** 3) / 1e9,
    systems: async () => {
      const { tf, jax } = await openPeers();
      const a = keep([n, n]), b = keep([n, n]); // prettier-ignore
      const ta = tf.randomNormal([n, n]), tb = tf.randomNormal([n, n]); // prettier-ignore
      const ja = jax.random.normal(jax.random.key(1), [n, n]), jb = jax.random.normal(jax.random.key(2), [n, n]); // prettier-ignore
      const product = jax.jit((x: JaxArray, y: JaxArray) => jax.numpy.matmul(x, y));
      return {
        genarch: ours(() => a.matmul(b)),
        tfjs: () => tf.matMul(ta, tb).dispose(),
        jax: async () => (await product(ja.ref, jb.ref).blockUntilReady()).dispose(),
      };
    },
  };
}

const convolution: Kernel = {
  name: "conv2d 32×64×28×28, 3×3",
  gflop: (2 * 32 * 64 * 64 * 9 * 28 * 28) / 1e9,
  systems: async () => {
    const { tf, jax } = await openPeers();
    const layer = new Conv2d(64, 64, 3, { padding: 1, bias: false });
    const x = keep([32, 64, 28, 28]);
    realize([layer.weight]);
    const tx = tf.randomNormal([32, 28, 28, 64]), tw = tf.randomNormal([3, 3, 64, 64]); // prettier-ignore
    const jx = jax.random.normal(jax.random.key(1), [32, 64, 28, 28]);
    const jw = jax.random.normal(jax.random.key(2), [64, 64, 3, 3]);
    const around = [[1, 1], [1, 1]]; // prettier-ignore
    const conv = jax.jit((x: JaxArray, w: JaxArray) =>
      jax.lax.convGeneralDilated(x, w, [1, 1], around),
    );
    return {
      genarch: ours(() => layer.forward(x)),
      tfjs: () => tf.conv2d(tx, tw, 1, "same").dispose(),
      jax: async () => (await conv(jx.ref, jw.ref).blockUntilReady()).dispose(),
    };
  },
};

const softmax: Kernel = {
  name: "softmax 4096×1024",
  gflop: 0,
  systems: async () => {
    const { tf, jax } = await openPeers();
    const x = keep([4096, 1024]);
    const tx = tf.randomNormal([4096, 1024]);
    const jx = jax.random.normal(jax.random.key(1), [4096, 1024]);
    const soft = jax.jit((x: JaxArray) => jax.nn.softmax(x, -1));
    return {
      genarch: ours(() => x.softmax()),
      tfjs: () => tf.softmax(tx).dispose(),
      jax: async () => (await soft(jx.ref).blockUntilReady()).dispose(),
    };
  },
};

export const kernels: Kernel[] = [64, 128, 256, 512, 1024].map(matmul).concat(convolution, softmax);
