/**
 * A character RNN (Elman, 1990) on any text, which then writes: the smallest language model with a memory. Its gradient
 * vanishes within some ten characters; train-lstm.ts keeps it longer.
 *
 *     npx tsx examples/train-rnn.ts input.txt [--steps 3000] [--backend wasm|js]
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, count, js, seed, tensor, tidy, use, wasm } from "genarch";
import { textDataset } from "genarch/data";
import { collect, generate, RecurrentLM } from "genarch/models";
import { adam, crossEntropy, warmupCosine } from "genarch/train";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "3000" },
    hidden: { type: "string", default: "256" },
    length: { type: "string", default: "300" }, // of the text that it writes
    backend: { type: "string", default: "wasm" },
  },
});
const [file] = positionals;
if (!file) throw new Error("train-rnn: give the path of a text to learn");
const steps = Number(values.steps);

await use(values.backend === "js" ? js : wasm);
seed(1);
const data = textDataset(await readFile(file, "utf8"), { context: 32 });
const hidden = Number(values.hidden);
const model = new RecurrentLM({ cell: "rnn", vocab: data.vocab, width: 32, hidden });
const optimizer = adam(model);
const rate = warmupCosine({ lr: 2e-3, minLr: 1e-4, warmup: 0.05 * steps, steps });
console.log(`${count(model)} parameters, ${data.train.length} characters to train on`);

for (const { step, x, y, batch, context } of data.batches({ batch: 32, steps, seed: 1 })) {
  using tokens = tensor(x, { shape: [batch, context] });
  using target = tensor(y, { shape: [batch, context] });
  using result = backprop(model, () => crossEntropy(model.forward(tokens).logits, target));
  optimizer.lr = rate(step);
  optimizer.step(result.grads.clip(1)); // a plain RNN's gradients now and then explode
  if (step % 200 === 0) console.log(`step ${step}  loss ${(await result.loss.item()).toFixed(3)}`);
}

let total = 0;
let seen = 0;
for (const { x, y, batch, context } of data.sequential({ batch: 64 })) {
  using loss = tidy(() => {
    const { logits } = model.forward(tensor(x, { shape: [batch, context] }));
    return crossEntropy(logits, tensor(y, { shape: [batch, context] }));
  });
  total += (await loss.item()) * batch * context;
  seen += batch * context;
}
console.log(`validation loss ${(total / seen).toFixed(4)} nats a character`);

const start = data.tokenizer.encode(data.tokenizer.vocabulary[0]!);
const options = { count: Number(values.length), temperature: 0.8 };
const written = await collect(generate(model, start, options));
console.log(data.tokenizer.decode(Int32Array.from(written)));
