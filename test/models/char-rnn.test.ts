// A two-layer LSTM that others trained on Shakespeare (ml5's charRNN, in TensorFlow) reproduces its numbers.
import { it } from "vitest";
import { load, tensor, tidy } from "genarch";
import { Embedding, Linear, LSTM } from "genarch/layers";
import { crossEntropy } from "genarch/train";
import { close, drawn, eachBackend, numbers } from "../support.js";
import { floatsOf, isHere, jsonOf, stored } from "./trained.js";

const GOLDEN = "golden/ml5-charrnn.json";
const WEIGHTS = "weights/ml5-charrnn-shakespeare";
type Golden = { text: string; mean_nll_nats: number; logits_after_100_chars: number[] };
const HIDDEN = 128;
const here = isHere(GOLDEN) && isHere(WEIGHTS);

class CharRNN {
  readonly embedding = new Embedding(65, HIDDEN);
  readonly lstm = new LSTM(HIDDEN, HIDDEN, { layers: 2 });
  readonly head = new Linear(HIDDEN, 65);
}

const raw = (name: string) => floatsOf(`${WEIGHTS}/${name.replaceAll("/", "_")}`);

/** [rows, columns] → [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return data.map((_, k) => data[(k % rows) * columns + Math.floor(k / rows)]!);
}

/** Blocks of `size` numbers from TensorFlow's gate order i, j, f, o to PyTorch's i, f, g (= j), o. */
function reordered(data: Float32Array, size: number): Float32Array {
  const blocks = [0, 2, 1, 3].flatMap((gate) => [...data.slice(gate * size, (gate + 1) * size)]);
  return Float32Array.from(blocks);
}

type Named = Record<string, [shape: number[], data: Float32Array]>;

/**
 * A BasicLSTMCell as layer `layer` of an LSTM. It holds one matrix [inputs and then hidden, 4·hidden] and a bias
 * [4·hidden], to whose forget gate it adds 1 whenever it runs.
 */
function cell(matrix: Float32Array, bias: Float32Array, inputs: number, layer = 0): Named {
  const hidden = bias.length / 4;
  const weight = (part: Float32Array, width: number): Named[string] => [
    [4 * hidden, width],
    reordered(transposed(part, width, 4 * hidden), hidden * width),
  ];
  const forgetful = reordered(bias, hidden).map((b, k) =>
    Math.floor(k / hidden) === 1 ? b + 1 : b,
  );
  return {
    [`weight_ih_l${layer}`]: weight(matrix.slice(0, inputs * 4 * hidden), inputs),
    [`weight_hh_l${layer}`]: weight(matrix.slice(inputs * 4 * hidden), hidden),
    [`bias_ih_l${layer}`]: [[4 * hidden], forgetful],
    [`bias_hh_l${layer}`]: [[4 * hidden], new Float32Array(4 * hidden)],
  };
}

const under = (path: string, named: Named): Named =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [`${path}.${name}`, value]));

/** One step of the cell as TensorFlow defines it: [i j f o] = [x h]·W + b, c ← σ(f + 1)·c + σ(i)·tanh(j), h = σ(o)·tanh(c). */
function basicLSTMCell(
  matrix: Float32Array,
  bias: Float32Array,
  x: number[],
  h: number[],
  c: number[],
) {
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const H = h.length;
  const z = Array.from(bias, (b, k) =>
    [...x, ...h].reduce((sum, value, row) => sum + value * matrix[row * 4 * H + k]!, b),
  );
  const next = c.map(
    (old, k) => sigmoid(z[2 * H + k]! + 1) * old + sigmoid(z[k]!) * Math.tanh(z[H + k]!),
  );
  return { h: next.map((value, k) => sigmoid(z[3 * H + k]!) * Math.tanh(value)), c: next };
}

eachBackend(() => {
  it("a BasicLSTMCell is an LSTM with its gates in another order", async () => {
    const [inputs, hidden] = [3, 2];
    const matrix = Float32Array.from(drawn("matrix", (inputs + hidden) * 4 * hidden));
    const bias = Float32Array.from(drawn("bias", 4 * hidden));
    const lstm = new LSTM(inputs, hidden);
    load(lstm, stored(cell(matrix, bias, inputs)));
    const xs = [drawn("first", inputs), drawn("second", inputs)];
    let state = { h: [0, 0], c: [0, 0] };
    for (const x of xs) state = basicLSTMCell(matrix, bias, x, state.h, state.c);
    const { state: found } = lstm.forward(tensor([xs]));
    close(await numbers(found.h), state.h);
    close(await numbers(found.c), state.c);
  });

  if (!here) return;
  it("ml5's charRNN: loss over the text, and logits within it", async () => {
    const model = new CharRNN();
    const of = (layer: number) => {
      const scope = `rnnlm/multi_rnn_cell/cell_${layer}/basic_lstm_cell/`;
      return cell(raw(`${scope}weights`), raw(`${scope}biases`), HIDDEN, layer);
    };
    const all: Named = {
      "embedding.weight": [[65, HIDDEN], raw("embedding")],
      ...under("lstm", { ...of(0), ...of(1) }),
      "head.weight": [[65, HIDDEN], transposed(raw("rnnlm/softmax_w"), HIDDEN, 65)],
      "head.bias": [[65], raw("rnnlm/softmax_b")],
    };
    load(model, stored(all));

    const golden = jsonOf<Golden>(GOLDEN);
    const vocabulary = jsonOf<Record<string, number>>(`${WEIGHTS}/vocab.json`);
    const codes = [...golden.text].map((character) => vocabulary[character]!);
    const tokens = tensor([codes], { dtype: "i32" });
    const logits = tidy(() =>
      tokens.pipe(model.embedding, (x) => model.lstm.forward(x).output, model.head),
    );
    const T = codes.length;
    const loss = crossEntropy(logits.slice(1, 0, T - 1), tokens.slice(1, 1, T));
    close([await loss.item()], [golden.mean_nll_nats], { relative: 1e-5, absolute: 0 });
    const found = await numbers(logits.at(1, 99)); // the hundredth character was the last one seen
    close(found, golden.logits_after_100_chars, { relative: 1e-4, absolute: 1e-4 });
  });
});
