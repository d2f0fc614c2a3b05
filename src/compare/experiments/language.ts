/** RNN, GRU, LSTM and GPT of about equal size learn one text for one time each, beside what counts n-grams. */
import { textDataset, type TextDataset } from "../../data/index.js";
import { backprop, count, dispose, tensor } from "../../tensor/index.js";
import { adamw, crossEntropy, warmupCosine } from "../../train/index.js";
import type { Context, Experiment, Found } from "../experiment.js";
import {
  build,
  fullScale,
  learningRate,
  logitsOf,
  names,
  quickScale,
  tinyScale,
  type LanguageModel,
  type Name,
  type Scale,
} from "../language/contestants.js";
import { FAR, figuresOf, type Told } from "../language/figures.js";
import { NGram } from "../language/ngram.js";
import { counting, network, type Predictor } from "../language/predictor.js";
import { gradientByDistance } from "../language/reach.js";
import { criteria, foretelling, variety, writing } from "../language/scores.js";
import type { Contestant, Measure } from "../results.js";
import type { Trained } from "../training.js";
import { named, words } from "../words.js";

export const language: Experiment = {
  id: "language",
  title: words("Language", "Язык"),
  about: words(
    "Recurrent networks (RNN, GRU, LSTM) and a transformer (GPT) of about equally many parameters learn to foretell the next character of one text for the same time. The last tenth of the text is kept from all. Beside them stand controls that learn nothing: a uniform guess, the frequencies of characters, and counts of up to five characters with Witten–Bell smoothing.",
    "Рекуррентные сети (RNN, GRU, LSTM) и трансформер (GPT) с примерно равным числом параметров одно и то же время учатся предсказывать следующий символ одного текста. Последнюю десятую часть текста не видит никто. Рядом — контроль, который ничему не учится: равновероятная догадка, частоты символов и счётчики до пяти символов подряд со сглаживанием Уиттена — Белла.",
  ),
  contestants: names,
  seconds: { tiny: 1, quick: 11, full: 150 },
  measuring: { tiny: 1, quick: 10, full: 60 },
  criteria,
  run,
};

type Setting = {
  data: TextDataset;
  windows: number;
  prompts: Int32Array[];
  /** How the text goes on after each prompt. */
  continuations: string[];
};

const TEMPERATURE = 0.8;
const NAMES: Record<Name, string> = { rnn: "RNN", gru: "GRU", lstm: "LSTM", gpt: "GPT" };
const FAMILIES = { rnn: "recurrent", gru: "recurrent", lstm: "recurrent", gpt: "transformer" } as const; // prettier-ignore

async function run(context: Context): Promise<Found> {
  const setting = settingOf(context);
  const told = await context.part("controls", () => controls(context, setting));
  for (const name of names.filter((one) => context.has(one)))
    told.push(await context.part(name, () => neural(context, setting, name)));
  return { contestants: told.map(({ contestant }) => contestant), figures: figuresOf(told) };
}

const scaleOf = (context: Context) => context.size({ tiny: tinyScale, quick: quickScale, full: fullScale }); // prettier-ignore

function settingOf(context: Context): Setting {
  const data = textDataset(context.text.text, { context: scaleOf(context).context });
  const length = context.size({ tiny: 40, quick: 160, full: 240 });
  const wanted = context.size({ tiny: 2, quick: 8, full: 24 });
  const asked = data.context / 2;
  const room = data.validation.length - asked - length;
  const starts = Array.from({ length: room < 1 ? 1 : wanted }, (_, k) => Math.floor((k * Math.max(0, room)) / wanted)); // prettier-ignore
  const part = (from: number, to: number) => data.validation.slice(from, to);
  return {
    data,
    windows: context.size({ tiny: 8, quick: 256, full: Infinity }),
    prompts: starts.map((start) => part(start, start + asked)),
    continuations: starts.map((start) => data.tokenizer.decode(part(start + asked, start + asked + length))), // prettier-ignore
  };
}

async function measures(predictor: Predictor, setting: Setting) {
  const { data, windows, prompts, continuations } = setting;
  const found = await predictor.foretell(data.validation, data.context, windows);
  const length = Math.max(...continuations.map((text) => [...text].length));
  const written = (await predictor.write(prompts, length, TEMPERATURE)).map((tokens) => data.tokenizer.decode(tokens)); // prettier-ignore
  const scores: Record<string, Measure> = {
    ...foretelling(found, data.validation, data.tokenizer, data.context),
    ...writing(written, continuations),
  };
  return { scores, text: { prompt: data.tokenizer.decode(prompts[0]!), text: written[0]! } };
}

// ** controls **

const untrained = { family: "control", steps: 0, seconds: 0 } as const;

async function controls(context: Context, setting: Setting): Promise<Told[]> {
  const { data, continuations, prompts } = setting;
  const itself: Contestant = {
    id: "text",
    name: words("the text itself", "сам текст"),
    ...untrained,
    parameters: null,
    criteria: variety(continuations),
  };
  const prompt = data.tokenizer.decode(prompts[0]!);
  const told: Told[] = [{ contestant: itself, text: { prompt, text: continuations[0]! } }];
  for (const { id, order, name } of tables) {
    await context.pause(`language ${id}`);
    const start = performance.now();
    const model = new NGram(order, data.vocab, order ? data.train : []);
    const seconds = (performance.now() - start) / 1e3;
    const predictor = counting(model, `${context.seed} ${id}`);
    const { scores, text } = await measures(predictor, setting);
    const contestant = { id, name, ...untrained, seconds, parameters: model.size || null, criteria: scores }; // prettier-ignore
    told.push({ contestant, text: order > 1 ? text : undefined });
  }
  return told;
}

const tables = [
  { id: "uniform", order: 0, name: words("uniform", "равновероятно") },
  { id: "unigram", order: 1, name: words("unigram", "частоты символов") },
  { id: "5-gram", order: 5, name: words("5-gram, Witten–Bell", "5-граммы, Уиттен — Белл") },
];

// ** networks **

async function neural(context: Context, setting: Setting, name: Name): Promise<Told> {
  const { data } = setting;
  const scale = scaleOf(context);
  const model = build(name, data.vocab, scale);
  const before = await gradients(model, setting);
  const trained = await teach(context, data, model, name, scale);
  context.reseed(`${name} measured`); // every model draws with the same random numbers, resumed or not
  const pause = () => context.pause(`language ${name}: measuring`);
  const { scores, text } = await measures(network(model, pause), setting);
  const after = await gradients(model, setting);
  const tokens = trained.steps * scale.batch * scale.context;
  const contestant: Contestant = {
    id: name,
    name: named(NAMES[name]),
    family: FAMILIES[name],
    parameters: count(model),
    steps: trained.steps,
    seconds: trained.seconds,
    criteria: {
      ...scores,
      tokensPerSecond: { value: tokens / trained.seconds },
      gradientFar: { value: 100 * (after[FAR]! / after[0]!) },
    },
  };
  dispose(model);
  return { contestant, text, curve: trained.curve, gradients: { before, after } };
}

async function teach(
  context: Context,
  data: TextDataset,
  model: LanguageModel,
  name: Name,
  scale: Scale,
): Promise<Trained> {
  const { batch } = scale;
  const lr = learningRate(name, scale);
  const decay = (_: string, { shape }: { shape: readonly number[] }) => shape.length >= 2;
  const optimizer = adamw(model, { lr, betas: [0.9, 0.99], weightDecay: 0.1, decay });
  const schedule = warmupCosine({ lr, minLr: lr / 50, warmup: 50, steps: 1000 });
  const trained = await context.train({
    name,
    parts: { model, optimizer },
    batches: (start) => data.batches({ batch, steps: Number.MAX_SAFE_INTEGER, seed: context.seed, start }), // prettier-ignore
    step: async ({ x, y, context: T }, way, step) => {
      optimizer.lr = schedule(1000 * way);
      using tokens = tensor(x, { shape: [batch, T] });
      using target = tensor(y, { shape: [batch, T] });
      using result = backprop(model, () => crossEntropy(logitsOf(model, tokens), target));
      await context.check(`language ${name}, step ${step + 1}`, [result.loss, ...result.grads.tensors()]); // prettier-ignore
      optimizer.step(result.grads.clip(1));
      return result.loss.item();
    },
  });
  dispose(optimizer);
  return trained;
}

const PROBED = 64; // windows

/** On windows of the text that was kept from the model. */
function gradients(model: LanguageModel, { data }: Setting): Promise<number[]> {
  const [first] = data.sequential({ batch: PROBED });
  const { x, y, batch, context } = first!;
  const targets = Int32Array.from({ length: batch }, (_, k) => y[(k + 1) * context - 1]!);
  return gradientByDistance(model, x, targets);
}
