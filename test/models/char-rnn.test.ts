// A two-layer LSTM that others trained on Shakespeare (ml5's charRNN, in TensorFlow) reproduces its numbers.
import { describe, expect, it } from "vitest";
import { load, tensor, tidy } from "genarch";
import { Embedding, Linear, LSTM } from "genarch/layers";
import { crossEntropy } from "genarch/train";
import { eachBackend, numbers } from "../support.js";
import { floatsOf, isHere, jsonOf, stored } from "./trained.js";

const GOLDEN = "golden/ml5-charrnn.json";
const WEIGHTS = "weights/ml5-charrnn-shakespeare";
type Golden = { text: string; mean_nll_nats: number; logits_after_100_chars: number[] };
const HIDDEN = 128;

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

/** One BasicLSTMCell: a single matrix [x and h, gates] and a bias, to whose forget gate it adds 1 when it runs. */
function cell(layer: number): Record<string, [number[], Float32Array]> {
  const scope = `rnnlm/multi_rnn_cell/cell_${layer}/basic_lstm_cell/`;
  const [matrix, given] = [raw(`${scope}weights`), raw(`${scope}biases`)];
  const half = HIDDEN * 4 * HIDDEN;
  const weight = (part: Float32Array): [number[], Float32Array] => [
    [4 * HIDDEN, HIDDEN],
    reordered(transposed(part, HIDDEN, 4 * HIDDEN), HIDDEN * HIDDEN),
  ];
  const bias = reordered(given, HIDDEN).map((b, k) => (k >> 7 === 1 ? b + 1 : b));
  return {
    [`lstm.weight_ih_l${layer}`]: weight(matrix.slice(0, half)),
    [`lstm.weight_hh_l${layer}`]: weight(matrix.slice(half)),
    [`lstm.bias_ih_l${layer}`]: [[4 * HIDDEN], bias],
    [`lstm.bias_hh_l${layer}`]: [[4 * HIDDEN], new Float32Array(4 * HIDDEN)],
  };
}

describe.runIf(isHere(GOLDEN) && isHere(WEIGHTS))("ml5's charRNN", () => {
  eachBackend(() => {
    it("loss over the text, and logits within it", async () => {
      const model = new CharRNN();
      const all = {
        ...{ "embedding.weight": [[65, HIDDEN], raw("embedding")] as [number[], Float32Array] },
        ...cell(0),
        ...cell(1),
        ...{
          "head.weight": [[65, HIDDEN], transposed(raw("rnnlm/softmax_w"), HIDDEN, 65)] as [number[], Float32Array],
          "head.bias": [[65], raw("rnnlm/softmax_b")] as [number[], Float32Array],
        },
      }; // prettier-ignore
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
      const off = Math.abs((await loss.item()) / golden.mean_nll_nats - 1);
      expect(off).toBeLessThan(1e-5);
      const found = await numbers(logits.at(1, 99)); // the hundredth character was the last one seen
      golden.logits_after_100_chars.forEach((x, k) =>
        expect(Math.abs(found[k]! - x)).toBeLessThan(1e-4 * Math.abs(x) + 1e-4),
      );
    });
  });
});
