/**
 * MobileNets (Howard et al., 2017; Sandler et al., 2018) as TensorFlow Lite quantizes them: a list of operations
 * (graph.json) with 8-bit weights beside it (a safetensors file), computed in floats. Rounding of activations is left
 * out; their ranges, among which are the relu6 of the papers, are kept as clamps.
 */
import { Conv2d } from "../../layers/index.js";
import type { Extractor, Image } from "../../metrics/index.js";
import { load, type Tensor } from "../../tensor/index.js";
import { readSafetensors, Safetensors, type StoredTensor } from "../../tensor/safetensors/index.js";
import { imageBatch } from "./image-batch.js";
import { networkExtractor } from "./network-extractor.js";

type Pair = readonly [number, number];
type Shape4 = readonly [B: number, H: number, W: number, C: number];
type Wired = { readonly inputs: readonly number[]; readonly output: number };
type Clamped = { readonly out_shape: Shape4; readonly clamp: Pair };
/** number = (stored − zero)·scale for the weight, stored·scale for the bias. */
type Convolution = {
  readonly op: "conv" | "depthwise";
  readonly weight: string;
  readonly bias: string;
  readonly weight_scale: number;
  readonly weight_zero: number;
  readonly bias_scale: number;
  readonly stride: Pair;
  readonly padding: "SAME";
};
export type MobileNetOp = Wired &
  (
    | (Convolution & Clamped)
    | ({ readonly op: "add" | "avgpool" } & Clamped)
    | { readonly op: "reshape" | "softmax" }
  );
type ConvolutionOp = Wired & Convolution & Clamped;

/** What graph.json holds. Tensors have numbers; images are NHWC there. */
export type MobileNetGraph = {
  readonly input: {
    readonly tensor: number;
    readonly shape: Shape4;
    readonly scale: number;
    readonly zero: number;
  };
  readonly ops: readonly MobileNetOp[];
};

export class MobileNet {
  /** By the name of their weight in the file, without its end. */
  readonly convolutions: Readonly<Record<string, Conv2d>>;
  /** [height, width] of the images. */
  readonly size: Pair;

  constructor(
    readonly graph: MobileNetGraph,
    stored: Safetensors,
  ) {
    const [, height, width] = graph.input.shape;
    this.size = [height, width];
    const wanted = graph.ops.filter(isConvolution);
    this.convolutions = Object.fromEntries(
      wanted.map((op) => [nameOf(op), layerOf(op, stored.get(op.weight))]),
    );
    load(
      this,
      new Safetensors(
        wanted.flatMap((op) => floats(op, stored)),
        {},
      ),
    );
  }

  /** images [B, 3, H, W], pixels 0 to 255 → what the average pool gives [B, features], and the logits [B, classes] */
  forward(images: Tensor): { features: Tensor; logits: Tensor } {
    const { tensor, zero, scale } = this.graph.input;
    const values = new Map([[tensor, images.sub(zero).mul(scale)]]);
    let features = images;
    let logits = images;
    for (const op of this.graph.ops) {
      const [x, other] = op.inputs.map((input) => values.get(input)!) as [Tensor, Tensor?];
      if (op.op === "softmax") continue;
      const y = this.run(op, x, other);
      if (op.op === "avgpool") features = y.flatten(1);
      logits = y;
      values.set(op.output, y);
    }
    return { features, logits: logits.flatten(1) };
  }

  private convolve(op: ConvolutionOp, x: Tensor): Tensor {
    const layer = this.convolutions[nameOf(op)]!;
    return layer.forward(samePadded(x, layer.weight.shape.slice(2), op.stride)).clamp(...op.clamp);
  }

  private run(op: MobileNetOp, x: Tensor, other?: Tensor): Tensor {
    if (isConvolution(op)) return this.convolve(op, x);
    switch (op.op) {
      case "add":
        return x.add(other!).clamp(...op.clamp);
      case "avgpool":
        return x.mean([2, 3], { keepAxes: true }).clamp(...op.clamp);
      default:
        return x.flatten(1);
    }
  }
}

/** The extractor of a MobileNet: pooled features, or logits for the Inception Score. Images are resized to its size. */
export async function mobileNetExtractor(
  { graph, weights }: { graph: MobileNetGraph; weights: Uint8Array },
  { output = "features" }: { output?: "features" | "logits" } = {},
): Promise<Extractor<Image>> {
  const model = new MobileNet(graph, readSafetensors(weights));
  const layer = graph.ops.filter(isConvolution).at(-1)!; // classes from features
  const { inputs, outputs } = model.convolutions[nameOf(layer)]!;
  return networkExtractor<Image>({
    name: `mobilenet-${model.size[0]}-${output}`,
    weights: [weights],
    dimension: output === "features" ? inputs : outputs,
    forward: (batch) => model.forward(imageBatch(batch, { channels: 3, size: model.size }))[output],
  });
}

const isConvolution = (op: MobileNetOp): op is ConvolutionOp =>
  op.op === "conv" || op.op === "depthwise";
const nameOf = ({ weight }: Convolution): string => weight.replace(/\.weight$/, "");

/** Weights are [out, R, S, in], of depthwise ones [1, R, S, channels]. */
function layerOf(op: ConvolutionOp, weight: StoredTensor | undefined): Conv2d {
  const [outputs, R, S, inputs] = weight?.shape ?? [];
  if (!outputs || !R || !S || !inputs)
    throw new RangeError(
      `MobileNet: the graph names ${op.weight}, which the weights do not hold with four axes. ` +
        "Give the two files of one network.",
    );
  const { stride } = op;
  if (op.op === "conv") return new Conv2d(inputs, outputs, [R, S], { stride });
  return new Conv2d(inputs, inputs, [R, S], { stride, groups: inputs });
}

function floats(op: ConvolutionOp, stored: Safetensors): [string, StoredTensor][] {
  const weight = stored.get(op.weight)!;
  const [O, R, S, C] = weight.shape as [number, number, number, number];
  const channels = op.op === "conv" ? C : 1; // a group
  const data = new Float32Array(weight.data.length);
  weight.data.forEach((q, at) => {
    const [c, place] = [at % C, Math.floor(at / C)];
    const [o, cell] = [Math.floor(place / (R * S)), place % (R * S)];
    const plane = op.op === "conv" ? o * C + c : c;
    data[plane * R * S + cell] = (q - op.weight_zero) * op.weight_scale;
  });
  const shape = [op.op === "conv" ? O : C, channels, R, S];
  const bias = stored.get(op.bias);
  const path = `convolutions.${nameOf(op)}`;
  const weights: [string, StoredTensor] = [`${path}.weight`, { dtype: "F32", shape, data }];
  if (!bias) return [weights];
  const shifts = Float32Array.from(bias.data, (q) => q * op.bias_scale);
  return [weights, [`${path}.bias`, { dtype: "F32", shape: bias.shape, data: shifts }]];
}

/** TensorFlow's SAME: as much padding as ⌈size/stride⌉ windows want, the odd pixel behind. */
function samePadded(x: Tensor, window: readonly number[], [down, right]: Pair): Tensor {
  const [R, S] = window as Pair;
  const border = (size: number, window: number, stride: number) =>
    Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  const { H, W } = x.dims("B C H W");
  const [tall, wide] = [border(H, R, down), border(W, S, right)];
  const [above, before] = [Math.floor(tall / 2), Math.floor(wide / 2)];
  return x.pad(2, above, tall - above).pad(3, before, wide - before);
}
