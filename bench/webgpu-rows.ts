/** What `npm run bench:webgpu` measures: each row gives one function a system that computes once and reads the result. */
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { create, globals } from "webgpu";
import { backprop, parameter, randn, realize, seed, tidy, use, webgpu, type Tensor } from "genarch";
import { attention, Conv2d } from "genarch/layers";
import type { Once } from "./race.js";
import { steps } from "./steps.js";
import { peerStep } from "./peers.mjs";

export type Row = { name: string; systems: () => Promise<Record<string, Once>> };

const require = createRequire(import.meta.url);

/** The parts of the peers' interfaces that are used here. */
type TFTensor = { dispose(): void; data(): Promise<ArrayLike<number>> };
type TF = {
  tidy<T>(f: () => T): T; randomNormal(shape: number[]): TFTensor;
  matMul(a: TFTensor, b: TFTensor, turnA?: boolean, turnB?: boolean): TFTensor;
  mul(a: TFTensor, b: TFTensor | number): TFTensor; softmax(x: TFTensor): TFTensor; sum(x: TFTensor): TFTensor;
  conv2d(x: TFTensor, w: TFTensor, stride: number, pad: string): TFTensor;
  grads(f: (...x: TFTensor[]) => TFTensor): (x: TFTensor[]) => TFTensor[];
  enableProdMode(): void; setBackend(name: string): Promise<boolean>; ready(): Promise<void>;
}; // prettier-ignore
type JaxArray = {
  ref: JaxArray; mul(x: JaxArray | number): JaxArray; sum(): JaxArray; data(): Promise<ArrayLike<number>>;
}; // prettier-ignore
type Function = (...x: JaxArray[]) => JaxArray;
type Jax = {
  numpy: { matmul(a: JaxArray, b: JaxArray): JaxArray; transpose(x: JaxArray, axes: number[]): JaxArray };
  nn: { softmax(x: JaxArray, axis: number): JaxArray };
  lax: { convGeneralDilated(x: JaxArray, w: JaxArray, strides: number[], padding: number[][]): JaxArray };
  random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: number[]): JaxArray };
  jit<R>(f: (...x: JaxArray[]) => R): (...x: JaxArray[]) => R;
  grad(f: Function, options: { argnums: number[] }): (...x: JaxArray[]) => JaxArray[];
  init(device: string): Promise<unknown>; defaultDevice(device: string): void;
}; // prettier-ignore

/** One Dawn for all; what it is asked for spares every system the clearing of workgroup memory. */
const gpu = create(["enable-dawn-features=disable_workgroup_init"]);
Object.assign(globalThis, globals); // GPUBufferUsage and its like
Object.defineProperty(globalThis, "navigator", { value: { userAgent: "node", gpu } });

export async function adapterName(): Promise<string> {
  const adapter = await gpu.requestAdapter();
  return adapter ? adapter.info.description || adapter.info.device : "no adapter";
}

export async function rowsOf(): Promise<Row[]> {
  await use(webgpu.with({ software: true }));
  seed(1);
  const tf = require("@tensorflow/tfjs") as TF;
  require("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  await tf.setBackend("webgpu");
  await tf.ready();
  const file = path.join(path.dirname(require.resolve("@jax-js/jax")), "index.js");
  const jax = (await import(pathToFileURL(file).href)) as Jax;
  await jax.init("webgpu");
  jax.defaultDevice("webgpu");
  return [...rowsWith(tf, jax), step];
}

/** A training step of a GPT of 4 layers, width 128, on 12 × 64 tokens. */
const step: Row = {
  name: "GPT step",
  systems: async () => ({
    genarch: steps.gpt(),
    tfjs: await peerStep("tfjs", "gpt", "webgpu"),
    jax: await peerStep("jax", "gpt", "webgpu"),
  }),
};

function rowsWith(tf: TF, jax: Jax): Row[] {
  const noise = (shape: number[], key = 1) => jax.random.normal(jax.random.key(key), shape);
  const matmul = (n: number): Row => ({
    name: `matmul ${n}`,
    systems: async () => {
      const [a, b] = [keep([n, n]), keep([n, n])];
      const [ta, tb] = [tf.randomNormal([n, n]), tf.randomNormal([n, n])];
      const [ja, jb] = [noise([n, n]), noise([n, n], 2)];
      const product = jax.jit((x, y) => jax.numpy.matmul(x!, y!));
      return {
        genarch: () => readOurs(tidy(() => a.matmul(b))),
        tfjs: () => readTensors([tf.matMul(ta, tb)]),
        jax: () => readArrays([product(ja.ref, jb.ref)]),
      };
    },
  });
  const convolution: Row = {
    name: "conv2d 8×32×28×28, 64 of 3×3",
    systems: async () => {
      const layer = new Conv2d(32, 64, 3, { padding: 1, bias: false });
      const x = keep([8, 32, 28, 28]);
      const [tx, tw] = [tf.randomNormal([8, 28, 28, 32]), tf.randomNormal([3, 3, 32, 64])];
      const [jx, jw] = [noise([8, 32, 28, 28]), noise([64, 32, 3, 3], 2)];
      const around = [[1, 1], [1, 1]]; // prettier-ignore
      const convolve = jax.jit((x, w) => jax.lax.convGeneralDilated(x!, w!, [1, 1], around));
      return {
        genarch: () => readOurs(tidy(() => layer.forward(x))),
        tfjs: () => readTensors([tf.conv2d(tx, tw, 1, "same")]),
        jax: () => readArrays([convolve(jx.ref, jw.ref)]),
      };
    },
  };
  return [matmul(256), matmul(512), convolution, forward(tf, jax, noise), backward(tf, jax, noise)];
}

const shape = [2, 4, 128, 32]; // [B, heads, T, D]
const scale = 1 / Math.sqrt(32);

const tfAttention = (tf: TF) => (q: TFTensor, k: TFTensor, v: TFTensor) =>
  tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), scale)), v);

const jaxAttention = (jax: Jax): Function => (q, k, v) => {
  const scores = jax.numpy.matmul(q!, jax.numpy.transpose(k!, [0, 1, 3, 2])).mul(scale);
  return jax.numpy.matmul(jax.nn.softmax(scores, -1), v!);
}; // prettier-ignore

type Noise = (shape: number[], key?: number) => JaxArray;

const forward = (tf: TF, jax: Jax, noise: Noise): Row => ({
  name: "attention 2×4×128×32 forward",
  systems: async () => {
    const [q, k, v] = [keep(shape), keep(shape), keep(shape)];
    const [tq, tk, tv] = [tf.randomNormal(shape), tf.randomNormal(shape), tf.randomNormal(shape)];
    const [jq, jk, jv] = [noise(shape), noise(shape, 2), noise(shape, 3)];
    const attend = jax.jit(jaxAttention(jax));
    return {
      genarch: () => readOurs(tidy(() => attention(q, k, v))),
      tfjs: () => readTensors([tf.tidy(() => tfAttention(tf)(tq, tk, tv))]),
      jax: () => readArrays([attend(jq.ref, jk.ref, jv.ref)]),
    };
  },
});

/** Forward, and the gradients of Σ out·w to q, k and v. */
const backward = (tf: TF, jax: Jax, noise: Noise): Row => ({
  name: "attention 2×4×128×32 forward and backward",
  systems: async () => {
    const model = { q: parameter(randn(shape)), k: parameter(randn(shape)), v: parameter(randn(shape)) }; // prettier-ignore
    const w = keep(shape);
    const [tq, tk, tv, tw] = [1, 2, 3, 4].map(() => tf.randomNormal(shape)) as [TFTensor, TFTensor, TFTensor, TFTensor]; // prettier-ignore
    const [jq, jk, jv, jw] = [1, 2, 3, 4].map((key) => noise(shape, key)) as [JaxArray, JaxArray, JaxArray, JaxArray]; // prettier-ignore
    const slopes = tf.grads((q, k, v) => tf.sum(tf.mul(tfAttention(tf)(q!, k!, v!), tw)));
    const loss: Function = (q, k, v, w) => jaxAttention(jax)(q!, k!, v!).mul(w!).sum();
    const gradients = jax.jit(jax.grad(loss, { argnums: [0, 1, 2] }));
    return {
      genarch: async () => {
        const { q, k, v } = model;
        using result = backprop(model, () => attention(q, k, v).mul(w).sum());
        const grads = [q, k, v].map((x) => result.grads.of(x)!);
        await Promise.all(grads.map((grad) => grad.data()));
      },
      tfjs: () => readTensors(tf.tidy(() => slopes([tq, tk, tv]))),
      jax: () => readArrays(gradients(jq.ref, jk.ref, jv.ref, jw.ref)),
    };
  },
});

function keep(shape: number[]): Tensor {
  const x = randn(shape);
  realize([x]);
  return x;
}

async function readOurs(x: Tensor): Promise<void> {
  await x.data();
  x.dispose();
}

async function readTensors(results: TFTensor[]): Promise<void> {
  await Promise.all(results.map((x) => x.data()));
  for (const x of results) x.dispose();
}

/** A read of jax-js uses its array up. */
const readArrays = (results: JaxArray[]): Promise<unknown> =>
  Promise.all(results.map((x) => x.data()));
