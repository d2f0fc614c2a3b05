/**
 * The peers' side of the row "gpt generation", at their best: each token is read once, keys and values are kept, and the
 * next token is drawn on the host from the 65 logits. tfjs grows its past by concat; jax-js keeps room for all of it,
 * which lets one jit serve every token. Weights are random: what they are costs nothing.
 */
import { openJax, openTensorFlow } from "./peer-kernels.js";
import type { Once } from "./race.js";
import { sizes } from "./rows.js";

const { vocab, context, layers, heads, width } = sizes.generation;
const D = width / heads;
const scale = D ** -0.5;
const epsilon = 1e-5;

/** The parts of the peers' interfaces that are used here. */
type TFTensor = { dispose(): void; dataSync(): Float32Array };
type TF = {
  tidy<T>(f: () => T): T; keep(x: TFTensor): TFTensor; randomNormal(shape: number[], mean: number, deviation: number): TFTensor;
  zeros(shape: number[]): TFTensor; ones(shape: number[]): TFTensor; slice(x: TFTensor, begin: number[], size: number[]): TFTensor;
  matMul(a: TFTensor, b: TFTensor): TFTensor; add(a: TFTensor, b: TFTensor | number): TFTensor;
  sub(a: TFTensor, b: TFTensor): TFTensor; mul(a: TFTensor, b: TFTensor | number): TFTensor; mean(x: TFTensor, axis: number, keep: boolean): TFTensor;
  square(x: TFTensor): TFTensor; rsqrt(x: TFTensor): TFTensor; erf(x: TFTensor): TFTensor; softmax(x: TFTensor): TFTensor;
  concat(x: TFTensor[], axis: number): TFTensor; reshape(x: TFTensor, shape: number[]): TFTensor; split(x: TFTensor, parts: number, axis: number): TFTensor[];
}; // prettier-ignore
type JaxArray = {
  ref: JaxArray; dispose(): void; data(): Promise<Float32Array>; add(x: JaxArray | number): JaxArray; sub(x: JaxArray): JaxArray;
  mul(x: JaxArray | number): JaxArray; reshape(shape: number[]): JaxArray;
}; // prettier-ignore
type Jax = {
  numpy: {
    array(x: Float32Array): JaxArray; zeros(shape: number[]): JaxArray; ones(shape: number[]): JaxArray;
    dot(a: JaxArray, b: JaxArray): JaxArray; matmul(a: JaxArray, b: JaxArray): JaxArray; mean(x: JaxArray, axis: number, options: { keepdims: boolean }): JaxArray;
    square(x: JaxArray): JaxArray; sqrt(x: JaxArray): JaxArray; reciprocal(x: JaxArray): JaxArray;
    split(x: JaxArray, parts: number, axis: number): JaxArray[]; transpose(x: JaxArray, axes: number[]): JaxArray;
  };
  nn: { softmax(x: JaxArray, axis: number): JaxArray; gelu(x: JaxArray, options: { approximate: boolean }): JaxArray };
  random: { key(seed: number): JaxArray; normal(key: JaxArray, shape: number[]): JaxArray };
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R; tree: { ref<T>(x: T): T; dispose(x: unknown): void };
}; // prettier-ignore

/** Names and shapes of the weights, [in, out]. */
const shapes: Record<string, number[]> = {
  token: [vocab, width], position: [context, width], normGain: [width], normBias: [width], head: [width, vocab],
  ...Object.fromEntries(
    Array.from({ length: layers }, (_, l) => Object.entries({
      gain1: [width], bias1: [width], gain2: [width], bias2: [width],
      qkv: [width, 3 * width], qkvBias: [3 * width], out: [width, width], outBias: [width],
      up: [width, 4 * width], upBias: [4 * width], down: [4 * width, width], downBias: [width],
    }).map(([name, shape]) => [`${name}${l}`, shape])).flat(),
  ),
}; // prettier-ignore

/** A place drawn by the probabilities of 65 logits. */
function draw(logits: Float32Array): number {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((x) => Math.exp(x - most));
  let left = Math.random() * weights.reduce((a, b) => a + b);
  const place = weights.findIndex((w) => (left -= w) < 0);
  return place < 0 ? vocab - 1 : place;
}

export async function tensorFlowGeneration(): Promise<Once> {
  const tf = (await openTensorFlow()) as unknown as TF;
  const p = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, tf.randomNormal(shape, 0, 0.1)]),
  );
  return () => {
    let past: TFTensor[][] = Array.from({ length: layers }, () => []);
    let token = 0;
    for (let place = 0; place < context - 1; place++) {
      const next = tf.tidy(() => tensorFlowStep(tf, p, token, place, past));
      past.flat().forEach((x) => x.dispose());
      ({ past, token } = next);
    }
    past.flat().forEach((x) => x.dispose());
    return token;
  };
}

type Weights<T> = Record<string, T>;

function tensorFlowStep(tf: TF, p: Weights<TFTensor>, token: number, place: number, past: TFTensor[][]) {
  const linear = (x: TFTensor, name: string, l: number) => tf.add(tf.matMul(x, p[`${name}${l}`]!), p[`${name}Bias${l}`]!);
  const norm = (x: TFTensor, gain: string, bias: string) => {
    const c = tf.sub(x, tf.mean(x, -1, true));
    const unit = tf.mul(c, tf.rsqrt(tf.add(tf.mean(tf.square(c), -1, true), epsilon)));
    return tf.add(tf.mul(unit, p[gain]!), p[bias]!);
  };
  const gelu = (x: TFTensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const row = (table: TFTensor, at: number) => tf.slice(table, [at, 0], [1, width]);
  let h = tf.add(row(p["token"]!, token), row(p["position"]!, place)); // [1, C]
  const longer = past.map(([keys, values], l) => {
    const parts = tf.split(linear(norm(h, `gain1${l}`, `bias1${l}`), "qkv", l), 3, 1);
    const [q, k, v] = [[heads, 1, D], [heads, D, 1], [heads, 1, D]].map((shape, n) => tf.reshape(parts[n]!, shape)) as [TFTensor, TFTensor, TFTensor];
    const allKeys = tf.keep(keys ? tf.concat([keys, k], 2) : tf.concat([k], 2)); // [heads, D, T]
    const allValues = tf.keep(values ? tf.concat([values, v], 1) : tf.concat([v], 1)); // [heads, T, D]
    const mixed = tf.matMul(tf.softmax(tf.mul(tf.matMul(q, allKeys), scale)), allValues); // [heads, 1, D]
    h = tf.add(h, linear(tf.reshape(mixed, [1, width]), "out", l));
    h = tf.add(h, linear(gelu(linear(norm(h, `gain2${l}`, `bias2${l}`), "up", l)), "down", l));
    return [allKeys, allValues];
  });
  const logits = tf.matMul(norm(h, "normGain", "normBias"), p["head"]!);
  return { past: longer, token: draw(logits.dataSync()) };
} // prettier-ignore

type JaxState = { keys: JaxArray[]; values: JaxArray[] }; // each [heads, T, D]

export async function jaxGeneration(): Promise<Once> {
  const jax = (await openJax()) as unknown as Jax;
  const { numpy: np } = jax;
  const p = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], k) => [
      name,
      jax.random.normal(jax.random.key(k), shape).mul(0.1),
    ]),
  );
  const step = jax.jit((p: Weights<JaxArray>, token: JaxArray, here: JaxArray, mask: JaxArray, past: JaxState) => jaxStep(jax, p, token, here, mask, past)); // prettier-ignore
  const room = () => Array.from({ length: layers }, () => np.zeros([heads, context, D]));
  return async () => {
    let past: JaxState = { keys: room(), values: room() };
    let token = 0;
    for (let place = 0; place < context - 1; place++) {
      const one = np.array(oneHot(vocab, token)).reshape([1, vocab]);
      const here = np.array(oneHot(context, place)).reshape([1, context]);
      const mask = np.array(Float32Array.from({ length: context }, (_, k) => (k > place ? -1e9 : 0))); // prettier-ignore
      const [logits, longer] = step(jax.tree.ref(p), one, here, mask, past);
      past = longer;
      token = draw(await logits.data());
    }
    jax.tree.dispose(past);
    return token;
  };
}

function oneHot(size: number, at: number): Float32Array {
  const x = new Float32Array(size);
  x[at] = 1;
  return x;
}

function jaxStep(
  jax: Jax, p: Weights<JaxArray>, token: JaxArray, here: JaxArray, mask: JaxArray, past: JaxState,
): [JaxArray, JaxState] {
  const { numpy: np, nn } = jax;
  const linear = (x: JaxArray, name: string, l: number) => np.dot(x, p[`${name}${l}`]!.ref).add(p[`${name}Bias${l}`]!.ref);
  const norm = (x: JaxArray, gain: string, bias: string) => {
    const c = x.ref.sub(np.mean(x, -1, { keepdims: true }));
    const variance = np.mean(np.square(c.ref), -1, { keepdims: true });
    return c.mul(np.reciprocal(np.sqrt(variance.add(epsilon)))).mul(p[gain]!.ref).add(p[bias]!.ref);
  };
  const at = here.ref.reshape([1, context, 1]);
  const rest = np.ones([1, context, 1]).sub(at.ref);
  const join = (all: JaxArray, one: JaxArray) => all.mul(rest.ref).add(at.ref.mul(one)); // [heads, T, D]
  let h = np.dot(token, p["token"]!.ref).add(np.dot(here, p["position"]!.ref)); // [1, C]
  const longer: JaxState = { keys: [], values: [] };
  for (let l = 0; l < layers; l++) {
    const parts = np.split(linear(norm(h.ref, `gain1${l}`, `bias1${l}`), "qkv", l), 3, 1);
    const [q, k, v] = parts.map((x) => x.reshape([heads, 1, D])) as [JaxArray, JaxArray, JaxArray];
    const keys = join(past.keys[l]!, k);
    const values = join(past.values[l]!, v);
    const scores = np.matmul(q, np.transpose(keys.ref, [0, 2, 1])).mul(scale).add(mask.ref);
    const mixed = np.matmul(nn.softmax(scores, -1), values.ref).reshape([1, width]);
    longer.keys.push(keys);
    longer.values.push(values);
    h = h.add(linear(mixed, "out", l));
    const up = nn.gelu(linear(norm(h.ref, `gain2${l}`, `bias2${l}`), "up", l), { approximate: false });
    h = h.add(linear(up, "down", l));
  }
  const logits = np.dot(norm(h, "normGain", "normBias"), p["head"]!.ref);
  jax.tree.dispose([p, at, rest, mask]);
  return [logits, longer];
} // prettier-ignore
