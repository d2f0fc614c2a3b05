/**
 * An LSTM (Hochreiter and Schmidhuber, 1997) reads a text from beginning to end, as char-rnn does: the state that it ends a
 * window with begins the next one (truncated backpropagation through time), so that it may remember beyond a window.
 *
 *     npx tsx examples/train-lstm.ts input.txt [--steps 3000] [--backend wasm|js]
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, count, dispose, js, seed, tensor, use, wasm } from "genarch";
import { textDataset } from "genarch/data";
import { collect, generate, RecurrentLM, type RecurrentState } from "genarch/models";
import { adam, crossEntropy, linear } from "genarch/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "3000" },
    hidden: { type: "string", default: "128" },
    length: { type: "string", default: "300" }, // of the text that it writes
    backend: { type: "string", default: "wasm" },
  },
});
const [file] = positionals;
if (!file) throw new Error("train-lstm: give the path of a text to learn");
const [steps, hidden] = [Number(values.steps), Number(values.hidden)];
const [ROWS, WINDOW] = [16, 50];

await use(values.backend === "js" ? js : wasm);
seed(1);
const { train, tokenizer, vocab } = textDataset(await readFile(file, "utf8"), { context: WINDOW });
const model = new RecurrentLM({ cell: "lstm", vocab, width: 64, hidden, layers: 2, dropout: 0.1 });
const optimizer = adam(model);
const rate = linear({ from: 3e-3, to: 3e-4, steps });
console.log(`${count(model)} parameters, ${train.length} characters`);

const each = Math.floor((train.length - 1) / ROWS); // the text in as many rows, read side by side
const windows = Math.floor(each / WINDOW);
if (windows < 1) throw new Error(`train-lstm: the text is short; it takes ${ROWS * WINDOW} characters`); // prettier-ignore
const cut = (at: number) =>
  Int32Array.from({ length: ROWS * WINDOW }, (_, k) => train[Math.floor(k / WINDOW) * each + at + (k % WINDOW)]!); // prettier-ignore

let state: RecurrentState | undefined;
for (let step = 0; step < steps; step++) {
  const at = (step % windows) * WINDOW;
  if (at === 0 && state) state = void dispose(state); // a new pass begins with no memory
  using x = tensor(cut(at), { shape: [ROWS, WINDOW] });
  using y = tensor(cut(at + 1), { shape: [ROWS, WINDOW] });
  const { grads, loss, after } = backprop(model, () => {
    const { logits, state: after } = model.forward(x, state);
    return { loss: crossEntropy(logits, y), after };
  });
  optimizer.lr = rate(step);
  optimizer.step(grads.clip(1));
  if (step % 100 === 0 || step === steps - 1)
    console.log(`step ${step}  loss ${(await loss.item()).toFixed(3)}`);
  dispose([grads, loss, state]);
  state = after; // a number by now: no gradient goes back into the window before
}
dispose([state]);

const options = { count: Number(values.length), temperature: 0.8 };
const written = await collect(generate(model, tokenizer.encode(tokenizer.vocabulary[0]!), options));
console.log(tokenizer.decode(Int32Array.from(written)));
