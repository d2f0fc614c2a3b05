/** Convolution over images [B, channels, H, W] and its transpose, with PyTorch's geometry. */
import {
  NumberError,
  pair,
  ShapeError,
  show,
  type ConvolutionSize,
  type Parameter,
  type Tensor,
} from "../tensor/index.js";
import { weightAndBias, type Start } from "./initial.js";
import { checkChannels, checkDivides, checkSizes } from "./sizes.js";

type Pair = number | readonly [number, number];
export type ConvolutionOptions = Start & {
  stride?: Pair;
  padding?: Pair;
  dilation?: Pair;
  groups?: number;
};

/** What both layers have: options made whole, and the sentences about them. */
function geometry(
  layer: string,
  inputs: number,
  outputs: number,
  kernel: Pair,
  options: ConvolutionOptions,
) {
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const found = {
    kernel: pair(kernel),
    stride: pair(stride),
    padding: pair(padding),
    dilation: pair(dilation),
    groups,
  };
  checkSizes(layer, { in: inputs, out: outputs, groups });
  checkDivides(layer, ["in", inputs], ["groups", groups]);
  checkDivides(layer, ["out", outputs], ["groups", groups]);
  for (const name of ["kernel", "stride", "dilation"] as const)
    for (const size of found[name]) checkSizes(layer, { [name]: size });
  for (const size of found.padding) checkBorder(layer, "padding", size);
  return found;
}

function checkBorder(layer: string, name: string, size: number): void {
  if (Number.isInteger(size) && size >= 0) return;
  throw new NumberError(`${layer}: ${name} is ${size}; it must be a whole number from 0`);
}

/** y[b, o] = Σ_c x[b, c] ⋆ weight[o, c] + bias[o]: weight [out, in/groups, R, S], bias [out]. */
export class Conv2d {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #geometry;

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    kernel: Pair,
    options: ConvolutionOptions = {},
  ) {
    this.#geometry = geometry("Conv2d", inputs, outputs, kernel, options);
    const { groups, kernel: window } = this.#geometry;
    const fanIn = (inputs / groups) * window[0] * window[1];
    const start = weightAndBias([outputs, inputs / groups, ...window], outputs, fanIn, options);
    ({ weight: this.weight, bias: this.bias } = start);
  }

  /** [B, in, H, W] → [B, out, P, Q], P = ⌊(H + 2·padding − dilation·(R − 1) − 1)/stride⌋ + 1 */
  forward(x: Tensor): Tensor {
    const size = this.sizeFor(x);
    return x.convolution(this.weight, size, this.bias ?? undefined);
  }

  private sizeFor(x: Tensor): ConvolutionSize {
    const { B, C, H, W } = x.dims("B C H W", "Conv2d");
    checkChannels("Conv2d", x, this.inputs, 4);
    const { kernel, stride, padding, dilation, groups } = this.#geometry;
    const [P, Q] = [H, W].map((length, k) => {
      const reach = dilation[k]! * (kernel[k]! - 1) + 1;
      return Math.floor((length + 2 * padding[k]! - reach) / stride[k]!) + 1;
    }) as [number, number];
    if (P < 1 || Q < 1)
      throw new ShapeError(
        `Conv2d: a kernel ${show(kernel)} with dilation ${show(dilation)} does not fit ${show(x.shape)} with padding ${show(padding)}; use a larger image or more padding`,
      );
    const [R, S] = kernel;
    return { B, C, H, W, O: this.outputs, R, S, P, Q, stride, padding, dilation, groups };
  }
}

/** Conv2d's transpose, which makes images larger: weight [in, out/groups, R, S], bias [out]. */
export class ConvTranspose2d {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly #geometry;
  readonly #outputPadding: readonly [number, number];

  constructor(
    readonly inputs: number,
    readonly outputs: number,
    kernel: Pair,
    options: ConvolutionOptions & { outputPadding?: Pair } = {},
  ) {
    this.#geometry = geometry("ConvTranspose2d", inputs, outputs, kernel, options);
    this.#outputPadding = pair(options.outputPadding ?? 0);
    this.checkOutputPadding();
    const { groups, kernel: window } = this.#geometry;
    const fanIn = (outputs / groups) * window[0] * window[1]; // PyTorch counts the weight's axis 1
    const start = weightAndBias([inputs, outputs / groups, ...window], outputs, fanIn, options);
    ({ weight: this.weight, bias: this.bias } = start);
  }

  /** [B, in, P, Q] → [B, out, H, W], H = (P − 1)·stride − 2·padding + dilation·(R − 1) + outputPadding + 1 */
  forward(x: Tensor): Tensor {
    const size = this.sizeFor(x);
    return x.convolutionInput(this.weight, size, this.bias ?? undefined);
  }

  /** The geometry of the convolution whose transpose this is: it goes from `out` channels to `in`. */
  private sizeFor(x: Tensor): ConvolutionSize {
    const { B, C: O, H: P, W: Q } = x.dims("B C H W", "ConvTranspose2d");
    checkChannels("ConvTranspose2d", x, this.inputs, 4);
    const { kernel, stride, padding, dilation, groups } = this.#geometry;
    const [H, W] = [P, Q].map((length, k) => {
      const reach = dilation[k]! * (kernel[k]! - 1) + 1;
      return (length - 1) * stride[k]! - 2 * padding[k]! + reach + this.#outputPadding[k]!;
    }) as [number, number];
    if (H < 1 || W < 1)
      throw new ShapeError(
        `ConvTranspose2d: ${show(x.shape)} with padding ${show(padding)} leaves an image ${show([H, W])}; use less padding`,
      );
    const [R, S] = kernel;
    return { B, C: this.outputs, H, W, O, R, S, P, Q, stride, padding, dilation, groups };
  }

  /** More than that would be rows that no input reaches. */
  private checkOutputPadding(): void {
    const { stride, dilation } = this.#geometry;
    this.#outputPadding.forEach((size, k) => {
      checkBorder("ConvTranspose2d", "outputPadding", size);
      if (size >= Math.max(stride[k]!, dilation[k]!))
        throw new NumberError(
          `ConvTranspose2d: outputPadding is ${size}; it must be below the stride ${stride[k]} or the dilation ${dilation[k]}`,
        );
    });
  }
}
