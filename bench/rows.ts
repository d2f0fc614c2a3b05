/** What `npm run bench` measures: the rows of its table, and the sizes along which two steps are scaled. */

/** `gflop`: multiplications and additions of one run, in 10⁹; `numbers`: how many it makes; `tokens`: how many it writes. */
export type Row = {
  name: string;
  group: "kernel" | "step" | "generation";
  gflop?: number;
  numbers?: number;
  tokens?: number;
};

/** Side lengths, images, rows and lengths that every system must build alike. */
export const sizes = {
  matmul: [64, 128, 256, 512, 1024],
  convolution: { B: 32, C: 64, side: 28, kernel: 3 },
  elementwise: 4 * 2 ** 20,
  softmax: [4096, 1024],
  /** A GPT as in the step, with room for 256 tokens: it writes 255 after the first. */
  generation: { vocab: 65, context: 256, layers: 4, heads: 4, width: 128 },
} as const;

export const elementwise = ["exp", "tanh", "gelu"] as const;
export const convolutions = ["conv2d forward", "conv2d gradient of x", "conv2d gradient of w"] as const; // prettier-ignore
export const stepNames = ["rnn", "gru", "lstm", "gpt", "vae", "dcgan", "ddpm"] as const;
export type StepName = (typeof stepNames)[number];

const { B, C, side, kernel } = sizes.convolution;
const ofConvolution = (2 * B * C * C * kernel ** 2 * side ** 2) / 1e9;
const kernelRow = (name: string, more: Partial<Row>): Row => ({ name, group: "kernel", ...more });

export const rows: readonly Row[] = [
  ...sizes.matmul.map((n) => kernelRow(`matmul ${n}`, { gflop: (2 * n ** 3) / 1e9 })),
  ...convolutions.map((name) => kernelRow(name, { gflop: ofConvolution })),
  ...elementwise.map((name) => kernelRow(name, { numbers: sizes.elementwise })),
  kernelRow("softmax", { numbers: sizes.softmax[0] * sizes.softmax[1] }),
  ...stepNames.map((name): Row => ({ name: `${name} step`, group: "step" })),
  { name: "gpt generation", group: "generation", tokens: sizes.generation.context - 1 },
];

/** One point of a scaling series: a step with one of its sizes doubled `times` times. */
export type Scale = { step: "gpt" | "lstm"; axis: "batch" | "width" | "context"; times: number };

const axes = ["batch", "width", "context"] as const;

/** Each axis of each step: the step as it is, and doubled once, twice, three times. */
export const series: readonly Scale[][] = (["gpt", "lstm"] as const).flatMap((step) =>
  axes.map((axis) => [0, 1, 2, 3].map((times) => ({ step, axis, times }))),
);

export const nameOf = ({ step, axis, times }: Scale): string => `${step} ${axis} ×${2 ** times}`;

/** The scale that a name is of, or null. */
export function scaleOf(name: string): Scale | null {
  return series.flat().find((scale) => nameOf(scale) === name) ?? null;
}

/** Batch, tokens each and width. */
export type Size = { B: number; T: number; C: number };

/** As torch_rows.py has them; rnn and gru are as large as lstm. */
export const stepSizes: Record<Scale["step"], Size> = {
  gpt: { B: 12, T: 64, C: 128 },
  lstm: { B: 32, T: 64, C: 256 },
};

/** The size of a step with one of its sizes doubled. */
export function sizeOf({ step, axis, times }: Scale): Size {
  const { B, T, C } = stepSizes[step];
  const more = (name: Scale["axis"]) => (name === axis ? 2 ** times : 1);
  return { B: B * more("batch"), T: T * more("context"), C: C * more("width") };
}
