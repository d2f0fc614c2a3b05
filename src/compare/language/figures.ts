/** What the experiment on language shows, and what it says of common claims. */
import { claimOf } from "../claim.js";
import type { Claim, Contestant, Figure, Series } from "../results.js";
import { said, words } from "../words.js";

/** What a contestant told: its row of the table, its curves, a sample. */
export type Told = {
  contestant: Contestant;
  text?: { prompt: string; text: string };
  curve?: [number, number][];
  /** Norms by distance, before and after training. */
  gradients?: { before: number[]; after: number[] };
};

/** How many characters back the gradient is asked for in the table. */
export const FAR = 32;

export const figuresOf = (told: readonly Told[]): Figure[] => [
  lossFigure(told),
  gradientFigure(told),
  textsFigure(told),
];

function lossFigure(told: readonly Told[]): Figure {
  const last = Math.max(2, ...told.flatMap(({ curve }) => (curve ?? []).map(([step]) => step)));
  const levels = told.filter(({ contestant }) => contestant.id === "5-gram");
  return {
    kind: "lines",
    id: "language-loss",
    title: words("What a character costs, by steps of training", "Цена символа по шагам обучения"),
    caption: words(
      "Loss on the text that is learned, in nats a character. Grey: what the 5-gram needs on the text that was kept back.",
      "Потери на обучающем тексте, наты на символ. Серым: сколько нужно 5-граммам на отложенном тексте.",
    ),
    x: { title: words("step", "шаг"), scale: "log" },
    y: { title: words("nats per character", "наты на символ"), scale: "linear" },
    series: [
      ...told.flatMap(({ contestant: { id, name }, curve }): Series[] => (curve ? [{ contestant: id, name, points: curve }] : [])), // prettier-ignore
      ...levels.map(({ contestant: { id, name, criteria } }): Series => {
        const level = criteria.natsPerCharacter!.value!;
        return { contestant: id, name, reference: true, points: [[1, level], [last, level]] }; // prettier-ignore
      }),
    ],
    claims: [betterClaim(told), controlClaim(told), speedClaim(told)],
  };
}

function gradientFigure(told: readonly Told[]): Figure {
  const series = told.flatMap(({ contestant: { id, name }, gradients }): Series[] =>
    gradients
      ? [
          { contestant: id, name, points: relative(gradients.after) },
          {
            contestant: id,
            name: words(`${name.en}, untrained`, `${name.ru}, без обучения`),
            reference: true,
            points: relative(gradients.before),
          },
        ]
      : [],
  );
  return {
    kind: "lines",
    id: "language-gradient",
    title: words("How far back a prediction reaches", "Как далеко назад смотрит предсказание"),
    caption: words(
      "The norm of the gradient of the last prediction's loss in each character before it, relative to the last character; after training, and (grey) before.",
      "Норма градиента потери последнего предсказания по каждому из предыдущих символов относительно последнего; после обучения и (серым) до него.",
    ),
    x: { title: words("characters back", "символов назад"), scale: "linear" },
    y: { title: words("norm of the gradient", "норма градиента"), scale: "log" },
    series,
    claims: [forgetClaim(told), gatesClaim(told), attentionClaim(told)],
  };
}

/** A norm of exactly 0 has no place on a logarithmic axis. */
const relative = (norms: readonly number[]): [number, number][] =>
  norms.flatMap((norm, d): [number, number][] =>
    norm > 0 ? [[d, Number((norm / norms[0]!).toPrecision(5))]] : [],
  );

function textsFigure(told: readonly Told[]): Figure {
  return {
    kind: "texts",
    id: "language-texts",
    title: words("What they write", "Что они пишут"),
    caption: words(
      "The same beginning from the text that was kept back, continued at temperature 0.8.",
      "Одно и то же начало из отложенного текста, продолженное при температуре 0,8.",
    ),
    texts: told.flatMap(({ contestant: { id, name }, text }) =>
      text ? [{ contestant: id, name, ...text }] : [],
    ),
    claims: [],
  };
}

// ** claims **

const valueOf = (told: readonly Told[], id: string, criterion: string) =>
  told.find(({ contestant }) => contestant.id === id)?.contestant.criteria[criterion]?.value;
const each = (told: readonly Told[], criterion: string) => ({
  rnn: valueOf(told, "rnn", criterion),
  gru: valueOf(told, "gru", criterion),
  lstm: valueOf(told, "lstm", criterion),
  gpt: valueOf(told, "gpt", criterion),
});

const betterClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "transformer-better",
    claim: words(
      "Given the same time, a transformer foretells text better than recurrent networks of its size.",
      "За то же время трансформер предсказывает текст лучше рекуррентных сетей того же размера.",
    ),
    source: "Vaswani et al. (2017); Radford et al. (2019)",
    values: each(told, "bitsPerCharacter"),
    held: ({ rnn, gru, lstm, gpt }) => gpt < Math.min(rnn, gru, lstm),
    measured: ({ rnn, gru, lstm, gpt }) =>
      said(
        (w) =>
          `Bits per character on text that none has seen: RNN ${w.number(rnn, 3)}, GRU ${w.number(gru, 3)}, LSTM ${w.number(lstm, 3)}, GPT ${w.number(gpt, 3)}.`,
        (w) =>
          `Биты на символ на невиданном тексте: RNN ${w.number(rnn, 3)}, GRU ${w.number(gru, 3)}, LSTM ${w.number(lstm, 3)}, GPT ${w.number(gpt, 3)}.`,
      ),
  });

const controlClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "networks-beat-counting",
    claim: words(
      "Neural networks foretell text better than counts of short sequences do.",
      "Нейронные сети предсказывают текст лучше, чем счётчики коротких последовательностей.",
    ),
    source: "Bengio et al. (2003); control: Witten and Bell (1991)",
    values: { ...each(told, "bitsPerCharacter"), counts: valueOf(told, "5-gram", "bitsPerCharacter") }, // prettier-ignore
    held: ({ rnn, gru, lstm, gpt, counts }) => Math.max(rnn, gru, lstm, gpt) < counts,
    measured: ({ rnn, gru, lstm, gpt, counts }) => {
      const better = Object.entries({ RNN: rnn, GRU: gru, LSTM: lstm, GPT: gpt }).filter(([, bits]) => bits < counts).map(([name]) => name); // prettier-ignore
      return said(
        (w) =>
          `The 5-gram, built in a second or two, needs ${w.number(counts, 3)} bits per character; ${better.length ? `below it: ${w.list(better)}` : "no network came below it in this time"}.`,
        (w) =>
          `5-граммам, собранным за секунду-другую, нужно ${w.number(counts, 3)} бита на символ; ${better.length ? `меньше: ${w.list(better)}` : "за это время меньше не получилось ни у одной сети"}.`,
      );
    },
  });

const speedClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "transformer-parallel",
    claim: words(
      "A transformer trains on more characters a second, because it reads all places at once.",
      "Трансформер за секунду обучается на большем числе символов, потому что читает все места сразу.",
    ),
    source: "Vaswani et al. (2017), section 1",
    values: each(told, "tokensPerSecond"),
    held: ({ rnn, gru, lstm, gpt }) => gpt > Math.max(rnn, gru, lstm),
    measured: ({ rnn, gru, lstm, gpt }) =>
      said(
        (w) =>
          `Characters a second in training: RNN ${w.number(rnn)}, GRU ${w.number(gru)}, LSTM ${w.number(lstm)}, GPT ${w.number(gpt)}. On a few CPU cores there is little to gain from places at once; a GPU has thousands.`,
        (w) =>
          `Символов в секунду при обучении: RNN ${w.number(rnn)}, GRU ${w.number(gru)}, LSTM ${w.number(lstm)}, GPT ${w.number(gpt)}. Нескольким ядрам процессора параллельность мест даёт мало; у видеокарты их тысячи.`,
      ),
  });

const forgetClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "recurrent-forgets",
    claim: words(
      "In a plain RNN the gradient vanishes with distance, so that it forgets.",
      "В простой RNN градиент с расстоянием исчезает, поэтому она забывает.",
    ),
    source: "Hochreiter (1991); Bengio et al. (1994)",
    values: { rnn: valueOf(told, "rnn", "gradientFar") },
    held: ({ rnn }) => rnn < 1,
    measured: ({ rnn }) =>
      said(
        (w) =>
          `${FAR} characters back, the RNN's gradient is ${w.short(rnn)} % of that at the last character; the claim counts as held below 1 %.`,
        (w) =>
          `На ${FAR} символа назад градиент RNN составляет ${w.short(rnn)} % от градиента у последнего символа; порог утверждения — 1 %.`,
      ),
  });

const gatesClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "gates-remember",
    claim: words(
      "Gates (GRU, LSTM) let the gradient reach further back than in a plain RNN.",
      "Вентили (GRU, LSTM) проводят градиент дальше назад, чем простая RNN.",
    ),
    source: "Hochreiter and Schmidhuber (1997); Cho et al. (2014)",
    values: {
      rnn: valueOf(told, "rnn", "gradientFar"),
      gru: valueOf(told, "gru", "gradientFar"),
      lstm: valueOf(told, "lstm", "gradientFar"),
    },
    held: ({ rnn, gru, lstm }) => Math.min(gru, lstm) > rnn,
    measured: ({ rnn, gru, lstm }) =>
      said(
        (w) =>
          `${FAR} characters back are left, in % of the last: RNN ${w.short(rnn)}, GRU ${w.short(gru)}, LSTM ${w.short(lstm)}.`,
        (w) =>
          `На ${FAR} символа назад осталось, в % от последнего: RNN ${w.short(rnn)}, GRU ${w.short(gru)}, LSTM ${w.short(lstm)}.`,
      ),
  });

const attentionClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "attention-reaches",
    claim: words(
      "Attention reaches every place directly, so that its gradient does not fade with distance as a recurrent one does.",
      "Внимание достаёт до любого места напрямую, и его градиент не слабеет с расстоянием, как у рекуррентных сетей.",
    ),
    source: "Vaswani et al. (2017), table 1",
    values: each(told, "gradientFar"),
    held: ({ rnn, gru, lstm, gpt }) => gpt > Math.max(rnn, gru, lstm),
    measured: ({ rnn, gru, lstm, gpt }) =>
      said(
        (w) =>
          `${FAR} characters back the GPT has ${w.short(gpt)} % of the gradient at the last character; the best recurrent network has ${w.short(Math.max(rnn, gru, lstm))} %.`,
        (w) =>
          `На ${FAR} символа назад у GPT ${w.short(gpt)} % градиента последнего символа; у лучшей рекуррентной сети ${w.short(Math.max(rnn, gru, lstm))} %.`,
      ),
  });
