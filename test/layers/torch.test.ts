// Every layer, activation and loss against PyTorch: outputs, gradients, and running statistics, on each backend.
import { expect, it } from "vitest";
import {
  backprop,
  dispose,
  load,
  Parameter,
  parameter,
  State,
  tensor,
  walk,
  type Tensor,
} from "genarch";
import { Safetensors, type StoredTensor } from "genarch/data";
import * as layers from "genarch/layers";
import * as losses from "genarch/train";
import { eachBackend, noLeaks } from "../support.js";
import { expectClose, given, vectors, type LayerCase } from "./torch.js";

type Inputs = Record<string, Tensor>;
type Case = { layer: object; forward(inputs: Inputs): Tensor[] };
type Args = Record<string, number> & { shape: number[] };

const simple = (layer: { forward(x: Tensor): Tensor }): Case => ({
  layer,
  forward: ({ x }) => [layer.forward(x!)],
});

function recurrent(Layer: typeof layers.RNN | typeof layers.GRU | typeof layers.LSTM, args: Args) {
  const { inputSize, hiddenSize, layers: count, bidirectional } = args;
  const layer = new Layer(inputSize!, hiddenSize!, {
    layers: count!,
    bidirectional: Boolean(bidirectional),
  });
  const forward = ({ x, h0, c0 }: Inputs): Tensor[] => {
    if (!(layer instanceof layers.LSTM)) {
      const { output, state } = layer.forward(x!, { h: h0! });
      return [output, state.h];
    }
    const { output, state } = layer.forward(x!, { h: h0!, c: c0! });
    return [output, state.h, state.c];
  };
  return { layer, forward };
}

const loss = (f: (x: Tensor, y: Tensor) => Tensor): Case => ({
  layer: {},
  forward: ({ input, logits, target }) => [f((input ?? logits)!, target!)],
});

const activations: Record<string, (x: Tensor) => Tensor> = {
  leaky_relu: (x) => x.leakyRelu(),
  gelu_tanh: (x) => x.geluTanh(),
  logsigmoid: (x) => x.logSigmoid(),
  log_softmax: (x) => x.logSoftmax(-1),
  softmax: (x) => x.softmax(-1),
  relu: (x) => x.relu(),
  elu: (x) => x.elu(),
  selu: (x) => x.selu(),
  silu: (x) => x.silu(),
  gelu: (x) => x.gelu(),
  softplus: (x) => x.softplus(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  mish: (x) => x.mish(),
  hardtanh: (x) => x.hardtanh(),
};

/** How each kind of case is built with this library. */
const kinds: Record<string, (args: Args) => Case> = {
  Conv2d: ({ inChannels, outChannels, kernelSize, stride, padding, dilation, groups }) =>
    simple(
      new layers.Conv2d(inChannels!, outChannels!, kernelSize!, {
        stride,
        padding,
        dilation,
        groups,
      }),
    ),
  ConvTranspose2d: ({ inChannels, outChannels, kernelSize, stride, padding, outputPadding }) =>
    simple(
      new layers.ConvTranspose2d(inChannels!, outChannels!, kernelSize!, {
        stride,
        padding,
        outputPadding,
      }),
    ),
  RNN: (args) => recurrent(layers.RNN, args),
  GRU: (args) => recurrent(layers.GRU, args),
  LSTM: (args) => recurrent(layers.LSTM, args),
  attention: ({ causal, scale }) => ({
    layer: {},
    forward: ({ q, k, v }) => [layers.attention(q!, k!, v!, { causal: Boolean(causal), scale })],
  }),
  MultiheadAttention: ({ embedDim, heads }) =>
    simple(new layers.MultiheadAttention(embedDim!, heads!)),
  LayerNorm: ({ shape }) => simple(new layers.LayerNorm(shape.at(-1)!)),
  GroupNorm: ({ groups, shape }) => simple(new layers.GroupNorm(groups!, shape[1]!)),
  BatchNorm1d: ({ shape }) => simple(new layers.BatchNorm1d(shape[1]!)),
  BatchNorm2d: ({ shape }) => simple(new layers.BatchNorm2d(shape[1]!)),
  activation: ({ name }) => ({
    layer: {},
    forward: ({ x }) => [activations[String(name)]!(x!)],
  }),
  crossEntropy: ({ labelSmoothing, ignoreIndex }) =>
    loss((x, y) => losses.crossEntropy(x, y, { labelSmoothing, ignoreIndex })),
  binaryCrossEntropyWithLogits: () => loss(losses.binaryCrossEntropyWithLogits),
  mse: () => loss(losses.mse),
  l1: () => loss(losses.l1),
  smooth_l1: () => loss(losses.smoothL1),
  huber: () => loss(losses.huber),
};

/** The loss of the vectors' gradients: Σ output·w with w = cos 0, cos 1, …, over all outputs. */
function weighed(outputs: Tensor[]): Tensor {
  const sums = outputs.map((y) => {
    const w = Float64Array.from({ length: y.size }, (_, k) => Math.cos(k));
    return y.mul(tensor(w, { shape: y.shape })).sum();
  });
  return sums.reduce((total, sum) => total.add(sum));
}

/** Puts the case's numbers into the layer. The vectors leave out num_batches_tracked, which starts as 0. */
function fill(layer: object, state: LayerCase["state"]): void {
  const stored = new Map<string, StoredTensor>(
    Object.entries(state).map(([name, { shape, data }]) => [
      name,
      { dtype: "F64", shape, data: Float64Array.from(data) },
    ]),
  );
  if ("running_mean" in state)
    stored.set("num_batches_tracked", { dtype: "I32", shape: [], data: new Int32Array(1) });
  load(layer, new Safetensors(stored, {}));
}

eachBackend((backend) => {
  it.each(vectors<LayerCase>("layers").map((example) => [example.name, example] as const))(
    "%s",
    (_, example) => noLeaks(() => compare(example, backend)),
  );
});

async function compare(example: LayerCase, backend: string): Promise<void> {
  const { kind, args, state, inputs, outputs, grads, stateAfter } = example;
  const { layer, forward } = kinds[kind]!(args as unknown as Args);
  fill(layer, state);
  const plain = Object.entries(inputs).map(([name, x]) => {
    const classes = kind === "crossEntropy" && name === "target";
    return [name, given(x, classes ? "i32" : "f32")] as const;
  });
  const input = Object.fromEntries(
    plain.map(([name, x]) => [name, `input.${name}` in grads ? parameter(x) : x]),
  );
  using result = backprop({ layer, input }, () => {
    const results = forward(input);
    return { loss: weighed(results), results };
  });

  const names = ["output", "hn", "cn"].filter((name) => name in outputs);
  expect(Object.keys(outputs).length).toBe(names.length);
  for (const [k, name] of names.entries())
    await expectClose(name, result.results[k]!, outputs[name]!, backend);

  const items = new Map(walk(layer));
  for (const [name, wanted] of Object.entries(grads)) {
    const target = name.startsWith("input.") ? input[name.slice(6)] : items.get(name);
    if (!(target instanceof Parameter)) throw new Error(`there is no parameter ${name}`);
    await expectClose(`gradient of ${name}`, result.grads.of(target), wanted, backend);
  }
  for (const [name, wanted] of Object.entries(stateAfter ?? {})) {
    const item = items.get(name)!;
    const now = item instanceof State ? item.value : item;
    await expectClose(`${name} afterwards`, now, wanted, backend);
  }
  plain.forEach(([, x]) => x.dispose());
  dispose({ layer, input });
}
