/** Who remembers a symbol over how many others: RNN, GRU, LSTM and GPT on the same task, where only memory helps. */
import { backprop, count, dispose, tensor, tidy } from "../../tensor/index.js";
import { adamw, crossEntropy, warmupCosine } from "../../train/index.js";
import type { Context, Experiment, Found } from "../experiment.js";
import { build, logitsOf, names, type LanguageModel, type Name, type Scale } from "../language/contestants.js"; // prettier-ignore
import { criteria, figuresOf, type Told } from "../recall/figures.js";
import { LENGTH, rowsOf, VOCABULARY } from "../recall/task.js";
import type { Contestant } from "../results.js";
import type { Trained } from "../training.js";
import { named, words } from "../words.js";

export const recall: Experiment = {
  id: "recall",
  title: words("Memory", "Память"),
  about: words(
    "A row of 63 symbols mean nothing, but for one, a key of eight, which stands anywhere among them; after the last symbol the key is asked for. The same networks as for language, made smaller, learn this for the same time. A guess is right in an eighth of the rows.",
    "Ряд из 63 символов ничего не значит, кроме одного ключа из восьми, который стоит где угодно; после последнего символа спрашивают ключ. Те же сети, что и для языка, но меньше, учатся этому одно и то же время. Наугад верна восьмая часть ответов.",
  ),
  contestants: names,
  seconds: { tiny: 0.5, quick: 6, full: 20 },
  measuring: { tiny: 1, quick: 2, full: 4 },
  criteria,
  run,
};

const NAMES: Record<Name, string> = { rnn: "RNN", gru: "GRU", lstm: "LSTM", gpt: "GPT" };
/** Highest learning rate of each. */
const RATES: Record<Name, number> = { rnn: 1e-3, gru: 4e-3, lstm: 4e-3, gpt: 2e-3 };
const BATCH = 32;

async function run(context: Context): Promise<Found> {
  const told: Told[] = [];
  for (const name of names.filter((one) => context.has(one)))
    told.push(await context.part(name, () => neural(context, name)));
  return { contestants: told.map(({ contestant }) => contestant), figures: figuresOf(told) };
}

const sizes = { context: LENGTH, batch: BATCH, embedding: 16 };
const small: Scale = { ...sizes, layers: 2, heads: 2, width: 32 };
const tiny: Scale = { ...sizes, layers: 1, heads: 1, width: 8 };

async function neural(context: Context, name: Name): Promise<Told> {
  const model = build(name, VOCABULARY, context.size({ tiny, quick: small, full: small }));
  const trained = await teach(context, model, name);
  const accuracy = await accuracies(model, context.size({ tiny: 1, quick: 16, full: 48 }));
  const mean = accuracy.reduce((sum, share) => sum + share, 0) / accuracy.length;
  const contestant: Contestant = {
    id: name,
    name: named(NAMES[name]),
    family: name === "gpt" ? "transformer" : "recurrent",
    parameters: count(model),
    steps: trained.steps,
    seconds: trained.seconds,
    criteria: { recalled: { value: 100 * mean }, reach: { value: reachOf(accuracy) } },
  };
  dispose(model);
  return { contestant, curve: trained.curve, accuracy };
}

async function teach(context: Context, model: LanguageModel, name: Name): Promise<Trained> {
  const lr = RATES[name];
  const optimizer = adamw(model, { lr, weightDecay: 0 });
  const schedule = warmupCosine({ lr, minLr: lr / 10, warmup: 50, steps: 1000 });
  const trained = await context.train({
    name,
    parts: { model, optimizer },
    batches: function* (start) {
      for (let step = start; ; step++) yield rowsOf(BATCH, `recall ${context.seed} ${step}`);
    },
    step: async ({ x, y }, way) => {
      optimizer.lr = schedule(1000 * way);
      using tokens = tensor(x, { shape: [BATCH, LENGTH] });
      using target = tensor(y);
      using result = backprop(model, () => crossEntropy(logitsOf(model, tokens).at(1, -1), target));
      optimizer.step(result.grads.clip(1));
      return result.loss.item();
    },
  });
  dispose(optimizer);
  return trained;
}

/** The share of right answers by distance, from 1 on, over `each` new rows of every distance. */
async function accuracies(model: LanguageModel, each: number): Promise<number[]> {
  const distances = LENGTH - 1;
  const right = Array<number>(distances).fill(0);
  for (let round = 0; round < each; round++) {
    const { x, y, distance } = rowsOf(distances, `recall test ${round}`, (row) => row + 1);
    using found = tidy(() => {
      const logits = logitsOf(model, tensor(x, { shape: [distances, LENGTH] }));
      return logits.at(1, -1).argmax();
    });
    (await found.data()).forEach((key, row) => (right[distance[row]! - 1]! += Number(key === y[row])));
  }
  return right.map((count) => count / each);
} // prettier-ignore

const SURE = 0.9;
const BESIDE = 4; // distances to either side that are averaged with each

/** The largest distance up to which 90 % of the answers are right. */
export function reachOf(accuracy: readonly number[]): number {
  const smooth = accuracy.map((_, k) => {
    const some = accuracy.slice(Math.max(0, k - BESIDE), k + BESIDE + 1);
    return some.reduce((sum, share) => sum + share, 0) / some.length;
  });
  const lost = smooth.findIndex((share) => share < SURE);
  return lost < 0 ? accuracy.length : lost;
}
