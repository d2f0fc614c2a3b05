// What layers say, word for word, when sizes do not fit: what was asked, what came, what to do.
import { beforeAll, expect, it } from "vitest";
import { backprop, js, use, zeros } from "genarch";
import * as layers from "genarch/layers";

beforeAll(async () => void (await use(js)));

it.each<[() => unknown, string]>([
  [() => new layers.Linear(0, 2), "Linear: in is 0; it must be a whole number from 1"],
  [
    () => new layers.Linear(4, 2).forward(zeros([2, 3])),
    "Linear: expected [.., 4], got [2, 3]; the last axis must hold the layer's 4 inputs",
  ],
  [
    () => new layers.Embedding(4, 2).forward(zeros([2])),
    'Embedding: row numbers are i32, got f32; make them with { dtype: "i32" } or .cast("i32")',
  ],
  [
    () => new layers.Conv2d(3, 4, 3, { groups: 2 }),
    "Conv2d: in is 3, which does not split into 2 groups; make it a multiple",
  ],
  [
    () => new layers.Conv2d(3, 4, 3, { padding: -1 }),
    "Conv2d: padding is -1; it must be a whole number from 0",
  ],
  [
    () => new layers.Conv2d(3, 4, 3).forward(zeros([3, 8, 8])),
    "Conv2d: expected [B, C, H, W] (4 axes), got [3, 8, 8]",
  ],
  [
    () => new layers.Conv2d(3, 4, 3).forward(zeros([1, 2, 8, 8])),
    "Conv2d: expected [B, 3, .., ..], got [1, 2, 8, 8]; axis 1 must hold the layer's 3 channels",
  ],
  [
    () => new layers.Conv2d(3, 4, 5).forward(zeros([1, 3, 4, 8])),
    "Conv2d: a kernel [5, 5] with dilation [1, 1] does not fit [1, 3, 4, 8] with padding [0, 0]; use a larger image or more padding",
  ],
  [
    () => new layers.ConvTranspose2d(3, 4, 3, { stride: 2, outputPadding: 2 }),
    "ConvTranspose2d: outputPadding is 2; it must be below the stride 2 or the dilation 1",
  ],
  [
    () => new layers.ConvTranspose2d(3, 4, 2, { padding: 2 }).forward(zeros([1, 3, 2, 9])),
    "ConvTranspose2d: [1, 3, 2, 9] with padding [2, 2] leaves an image [-1, 6]; use less padding",
  ],
  [
    () => new layers.LSTM(3, 4).forward(zeros([2, 3])),
    "LSTM: expected [B, T, C] (3 axes), got [2, 3]",
  ],
  [
    () => new layers.GRU(3, 4).forward(zeros([2, 5, 4])),
    "GRU: expected [B, T, 3], got [2, 5, 4]; the last axis must hold the layer's 3 inputs, and there must be a step",
  ],
  [
    () => new layers.RNN(3, 4, { layers: 2 }).forward(zeros([2, 5, 3]), { h: zeros([1, 2, 4]) }),
    "RNN: a state is [1, 2, 4]; [layers·directions, B, hidden] = [2, 2, 4] is wanted",
  ],
  [
    () => new layers.RNN(3, 4, { nonlinearity: "sigmoid" as "relu" }),
    'RNN: the nonlinearity is sigmoid; it must be "tanh" or "relu"',
  ],
  [
    () => new layers.MultiheadAttention(6, 4),
    "MultiheadAttention: width is 6, which does not split into 4 heads; make it a multiple",
  ],
  [
    () => layers.attention(zeros([2, 4, 8]), zeros([2, 4, 8]), zeros([2, 4, 8])),
    "attention: q: expected [B, heads, T, D] (4 axes), got [2, 4, 8]",
  ],
  [
    () => new layers.MultiheadAttention(4, 2).forward(zeros([1, 3, 4]), { mask: zeros([5, 5]) }),
    "attention: the mask is [5, 5]; it must spread to [B, heads, T, S], here [1, 2, 3, 3]",
  ],
  [
    () => new layers.LayerNorm([3, 4]).forward(zeros([2, 4])),
    "LayerNorm: expected [.., 3, 4], got [2, 4]; its last axes must be the layer's",
  ],
  [
    () => new layers.LayerNorm(3, { eps: NaN }),
    "LayerNorm: eps is NaN; it must be a finite number from 0",
  ],
  [
    () => new layers.GroupNorm(3, 4),
    "GroupNorm: channels is 4, which does not split into 3 groups; make it a multiple",
  ],
  [
    () => new layers.BatchNorm1d(3).forward(zeros([2, 4])),
    "BatchNorm1d: expected [B, 3, ..], got [2, 4]; axis 1 must hold the layer's 3 channels",
  ],
  [
    () => new layers.BatchNorm2d(3).forward(zeros([2, 3])),
    "BatchNorm2d: got [2, 3]; it takes 4 axes, [B, channels, H, W]",
  ],
  [
    () => new layers.BatchNorm1d(3).forward(zeros([2, 3, 4, 4])),
    "BatchNorm1d: got [2, 3, 4, 4]; it takes 2 or 3 axes, [B, channels] or [B, channels, T]",
  ],
  [() => new layers.Dropout(1.5), "Dropout: the probability is 1.5; it must be from 0 up to 1"],
  [
    () => layers.rotary(zeros([4, 3])),
    "rotary: expected [.., T, D] with D even, got [4, 3]; the numbers turn in pairs",
  ],
])("%#: %s", (make, sentence) => {
  expect(make).toThrow(new RegExp(`^${sentence.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
});

it("a batch of one number a channel has no variance to train on", () => {
  const norm = new layers.BatchNorm1d(3);
  expect(() => backprop(norm, () => norm.forward(zeros([1, 3])).sum())).toThrow(
    "BatchNorm1d: [1, 3] has one number a channel, which has no variance; train on a larger batch",
  );
});
