/**
 * Every hand-written kernel by name: its sizes, its inputs, its outputs. `js/` is the definition of
 * what each computes. All buffers are row-major and contiguous, except where an input is a `View`:
 * then the kernel walks it with the given strides, so that a transpose or a slice costs no copy. Only fused
 * kernels, matmul (a, b), take and gather (x) read what is kept in f16; others get an f32 copy.
 *
 * [..] gives the shape of each input and output, in order. `scalars` of a call are run-time numbers.
 */
import type { Access, DType, Fused } from "./ir.js";

/** A strided input: `strides` has one entry for each axis named beside it. */
export type View = Access;

/** C [batch.., M, N] = A [batch.., M, K] · B [batch.., K, N] (+ bias [N]). inputs: A, B, (bias). Any strides. */
export type Matmul = {
  kernel: "matmul"; batch: readonly number[]; M: number; N: number; K: number;
  a: View; b: View; // strides: [...batch, M, K] and [...batch, K, N]
  bias: boolean;
}; // prettier-ignore

/** The geometry that the three convolutions share: x [B, C, H, W], weight [O, C/groups, R, S], y [B, O, P, Q]. */
export type ConvolutionSize = {
  B: number; C: number; H: number; W: number;
  O: number; R: number; S: number; P: number; Q: number;
  stride: readonly [number, number]; padding: readonly [number, number];
  dilation: readonly [number, number]; groups: number;
}; // prettier-ignore

/** y[b,o,p,q] = Σ_{c,r,s} x[b, c, p·stride + r·dilation − padding, …] · w[o,c,r,s] (+ bias [O]). inputs: x, w, (bias). */
export type Convolution = { kernel: "convolution"; bias: boolean } & ConvolutionSize;
/** The transpose in x: x' [B,C,H,W] from y' [B,O,P,Q] and w; also the forward pass of a transposed convolution. inputs: y', w, (bias [C]). */
export type ConvolutionInput = { kernel: "convolutionInput"; bias: boolean } & ConvolutionSize;
/** The transpose in w: w' [O,C/groups,R,S] from x and y'. inputs: x, y'. */
export type ConvolutionWeight = { kernel: "convolutionWeight" } & ConvolutionSize;

/** Row softmax, or its logarithm, with the maximum taken off. inputs: x [rows, columns] → y [rows, columns]. */
export type Softmax = { kernel: "softmax"; log: boolean; rows: number; columns: number };
/** inputs: y, g → y·(g − Σ g·y), or for log: g − exp(y)·Σ g. */
export type SoftmaxGradient = {
  kernel: "softmaxGradient";
  log: boolean;
  rows: number;
  columns: number;
};

/**
 * −Σ_j q_j log softmax(logits)_j a row, q = (1 − s)·onehot(target) + s/columns, 0 where target is `ignoreIndex`
 * (an attribute; null for none), NaN where it is another number outside. scalars: s. inputs: logits [rows, columns], target i32 [rows] → loss [rows], logsumexp [rows].
 */
export type CrossEntropy = {
  kernel: "crossEntropy";
  rows: number;
  columns: number;
  ignoreIndex: number | null;
};
/** scalars: s. inputs: logits, target, logsumexp, g [rows] → g·(softmax − q), 0 on ignored rows. */
export type CrossEntropyGradient = {
  kernel: "crossEntropyGradient";
  rows: number;
  columns: number;
  ignoreIndex: number | null;
};

/**
 * (x − mean)·rstd with statistics for each of `rows` over outer × inner; rstd = 1/√(variance + eps), variance biased.
 * `rms`: no mean is taken off. scalars: eps. inputs: x [outer, rows, inner] → y [same], mean [rows] (0 for rms), rstd [rows].
 */
export type Normalize = {
  kernel: "normalize";
  outer: number;
  rows: number;
  inner: number;
  rms: boolean;
};
/** inputs: y, rstd, g → rstd·(g − mean(g) − y·mean(g·y)); for rms without mean(g). */
export type NormalizeGradient = {
  kernel: "normalizeGradient";
  outer: number;
  rows: number;
  inner: number;
  rms: boolean;
};

/**
 * softmax(q·kᵀ·scale + mask)·v. scalars: scale. inputs: q [B, heads, T, D], k [B, heads, S, D], v [B, heads, S, D], (mask [B, heads, T, S])
 * as views whose last stride is 1 (mask: any) → out [B, T, heads, D], logsumexp [B, heads, T]. causal: query t sees keys ≤ t + S − T.
 * A row that sees nothing is 0 (logsumexp −Infinity).
 */
export type Attention = {
  kernel: "attention"; B: number; heads: number; T: number; S: number; D: number;
  causal: boolean; q: View; k: View; v: View; mask: View | null;
}; // prettier-ignore
/**
 * scalars: scale. inputs: q, k, v, (mask), out, logsumexp, g (out and g are views [B, heads, T, D], too) → dq [B, T, heads, D],
 * dk and dv [B, S, heads, D]; `packed` (where T = S): one output [B, T, 3, heads, D], as q, k and v are parts of one projection.
 */
export type AttentionGradient = Omit<Attention, "kernel"> & {
  kernel: "attentionGradient";
  out: View;
  g: View;
  packed: boolean;
};

/**
 * A recurrent layer over a whole sequence, one direction. xw [B, T, gates·H] is x·W_ihᵀ + b_ih for all steps, made beforehand.
 * `reverse` walks time from the end. Gate order and equations are PyTorch's (LSTM i f g o; GRU r z n, reset applied after the matmul).
 * inputs: xw, w_hh [gates·H, H], b_hh [gates·H], h0 [B, H], (c0 [B, H] for lstm)
 * outputs: rnn: h [B, T, H]. gru: h [B, T, H], gates [B, T, 4·H] = r z n and (h·W_hn + b_hn).
 *          lstm: h [B, T, H], c [B, T, H], gates [B, T, 4·H] = i f g o after their activations.
 */
export type Recurrent = {
  kernel: "recurrent"; cell: "rnn" | "gru" | "lstm"; nonlinearity: "tanh" | "relu"; // the latter for rnn
  reverse: boolean; B: number; T: number; H: number;
}; // prettier-ignore
/**
 * inputs: w_hh, h0, (c0), h, (c), (gates), gh [B, T, H], (gc [B, T, H] for lstm: gradient of every c)
 * outputs: dxw [B, T, gates·H], dhw [B, T, gates·H] (of h·W_hhᵀ + b_hh; for rnn and lstm it equals dxw and is not an output), dh0, (dc0).
 * dW_hh = Σ dhwᵀ · h_previous and db_hh = Σ dhw are left to matmul and sum.
 */
export type RecurrentGradient = Omit<Recurrent, "kernel"> & { kernel: "recurrentGradient" };

/** y[o, j, i] = x[o, index[j], i]: rows of a table. inputs: x [outer, size, inner], index i32 [count] → [outer, count, inner]. An index outside is NaN (0 for integers). Of f16 y is f32. */
export type Take = {
  kernel: "take";
  outer: number;
  size: number;
  inner: number;
  count: number;
  dtype: DType;
};
/** The transpose of take: x[o, index[j], i] += g[o, j, i], in the order of j. inputs: g, index → [outer, size, inner]; indices outside are left out. */
export type TakeAdd = {
  kernel: "takeAdd";
  outer: number;
  size: number;
  inner: number;
  count: number;
};
/** y[o, j, i] = x[o, index[o, j, i], i]. inputs: x [outer, size, inner], index i32 [outer, count, inner]. Outside as in take. */
export type Gather = {
  kernel: "gather";
  outer: number;
  size: number;
  inner: number;
  count: number;
  dtype: DType;
};
/** x[o, index[o, j, i], i] += g[o, j, i], in the order of j. inputs: g, index → [outer, size, inner]; indices outside are left out. */
export type ScatterAdd = {
  kernel: "scatterAdd";
  outer: number;
  size: number;
  inner: number;
  count: number;
};

/** inputs: x of `shape` → shape + before + after, the border holding scalar 0 of the call. */
export type Pad = {
  kernel: "pad";
  shape: readonly number[];
  before: readonly number[];
  after: readonly number[];
  dtype: "f32" | "i32" | "bool";
};
/** inputs: one [outer, sizes[k], inner] each → [outer, Σ sizes, inner]. */
export type Concat = {
  kernel: "concat";
  outer: number;
  sizes: readonly number[];
  inner: number;
  dtype: "f32" | "i32" | "bool";
};

/** Running sum along the middle axis [outer, size, inner]; `reverse` sums from the end. f32 or i32. */
export type Cumsum = {
  kernel: "cumsum";
  outer: number;
  size: number;
  inner: number;
  reverse: boolean;
  dtype: "f32" | "i32";
};
/** Position of the first largest (smallest) on the middle axis → i32 [outer, inner]. NaN counts as largest and as smallest. f32 or i32. */
export type ArgReduce = {
  kernel: "argReduce";
  op: "max" | "min";
  outer: number;
  size: number;
  inner: number;
  dtype: "f32" | "i32";
};
/** Stable order of each row: inputs: x [rows, columns] → positions i32 [rows, columns] such that x at them is ascending (descending); NaN last (first). */
export type Sort = {
  kernel: "sort";
  rows: number;
  columns: number;
  descending: boolean;
  dtype: "f32" | "i32";
};

/**
 * Threefry-2x32-20 (Salmon et al., 2011) with key (k0, k1) over the counters (element >> 1, stream); an even element
 * takes word 0, an odd one word 1. scalars: k0, k1, stream (each a 32-bit integer as a number), then low, high.
 * "bits": i32 words. "uniform": low + (high − low)·(word >>> 8)·2⁻²⁴. "normal": mean low, deviation high, by Box–Muller of
 * words 0 (u = ((word >>> 8) + 1)·2⁻²⁴) and 1 (v = (word >>> 8)·2⁻²⁴) of ONE counter: even √(−2 ln u)·cos 2πv, odd …·sin 2πv.
 * "integer": low + floor((word >>> 0)·(high − low)·2⁻³²), i32.
 */
export type Random = {
  kernel: "random";
  count: number;
  distribution: "bits" | "uniform" | "normal" | "integer";
};

/** Σ x² over every number of all inputs, one of each of `sizes` → [1]. */
export type SquareSum = { kernel: "squareSum"; sizes: readonly number[] };

/**
 * Optimizers: one call for all parameters of a model, changed IN PLACE, as PyTorch defines them. Inputs repeat for each of `sizes`:
 * sgd: p, g, (m)   adam: p, g, m, v, (vmax)   rmsprop: p, g, v, (m), (mean)   adagrad: p, g, v
 * `decay[k]`: whether weight decay touches parameter k. `scaled`: the last input is a factor [1] that multiplies each
 * gradient first, made on the device (a clipped norm). No outputs: p and the states are written.
 * scalars: sgd: lr, momentum, dampening, weightDecay, first (1 in the first step: m = g; else 0)
 *          adam: lr, beta1, beta2, eps, weightDecay, 1 − beta1^t, 1 − beta2^t;   rmsprop: lr, alpha, eps, weightDecay, momentum
 *          adagrad: lr (already decayed), eps, weightDecay.
 */
export type Optimizer = {
  kernel: "optimizer"; sizes: readonly number[]; decay: readonly boolean[]; scaled?: true;
} & (
  | { method: "sgd"; momentum: boolean; nesterov: boolean }
  | { method: "adam"; decoupled: boolean; amsgrad: boolean } // decoupled: AdamW
  | { method: "rmsprop"; momentum: boolean; centered: boolean }
  | { method: "adagrad" }
); // prettier-ignore

export type Kernel =
  | Fused | Matmul | Convolution | ConvolutionInput | ConvolutionWeight | Softmax | SoftmaxGradient | CrossEntropy | CrossEntropyGradient
  | Normalize | NormalizeGradient | Attention | AttentionGradient | Recurrent | RecurrentGradient | Take | TakeAdd | Gather | ScatterAdd
  | Pad | Concat | Cumsum | ArgReduce | Sort | Random | SquareSum | Optimizer; // prettier-ignore

export type KernelName = Kernel["kernel"];
