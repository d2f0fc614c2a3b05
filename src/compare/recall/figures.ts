/** What the experiment on memory shows, how it is measured, and what it says of common claims. */
import { claimOf } from "../claim.js";
import type { Claim, Contestant, Criterion, Figure, LinesFigure } from "../results.js";
import { said, words } from "../words.js";
import { KEYS, LENGTH } from "./task.js";

/** What a contestant told: its row of the table, its curve, its share of right answers by distance from 1 on. */
export type Told = { contestant: Contestant; curve: [number, number][]; accuracy: number[] };

export const criteria: Record<string, Criterion> = {
  recalled: {
    title: words("recalled", "вспомнено"),
    unit: "%",
    about: words(
      "The share of keys told right, over all distances; 12.5 for a guess.",
      "Доля верно названных ключей по всем расстояниям; наугад — 12,5.",
    ),
    better: "higher",
    digits: 1,
  },
  reach: {
    title: words("remembers over", "помнит через"),
    unit: "symbols",
    about: words(
      "The largest distance of the key up to which 90 % of the answers are right; 63 is the most there is.",
      "Наибольшее расстояние до ключа, до которого верны 90 % ответов; больше 63 не бывает.",
    ),
    better: "higher",
    digits: 0,
  },
};

export const figuresOf = (told: readonly Told[]): Figure[] => [byDistance(told), loss(told)];

const STEP = 4; // distances that a point of the curve averages

function byDistance(told: readonly Told[]): LinesFigure {
  const points = (accuracy: readonly number[]): [number, number][] =>
    Array.from({ length: Math.ceil(accuracy.length / STEP) }, (_, k) => {
      const some = accuracy.slice(k * STEP, (k + 1) * STEP);
      const share = some.reduce((sum, x) => sum + x, 0) / some.length;
      return [k * STEP + (some.length + 1) / 2, Number((100 * share).toFixed(2))];
    });
  const guess = 100 / KEYS;
  return {
    kind: "lines",
    id: "recall-distance",
    title: words("What is remembered, by distance", "Что помнится, по расстоянию"),
    caption: words(
      "The share of keys told right by how many symbols before the question they stood. Grey: a guess.",
      "Доля верно названных ключей по тому, за сколько символов до вопроса они стояли. Серым: наугад.",
    ),
    x: { title: words("symbols back", "символов назад"), scale: "linear" },
    y: { title: words("right, %", "верно, %"), scale: "linear" },
    series: [
      ...told.map(({ contestant: { id, name }, accuracy }) => ({
        contestant: id,
        name,
        points: points(accuracy),
      })),
      {
        contestant: "guess",
        name: words("a guess", "наугад"),
        reference: true,
        points: [[1, guess], [LENGTH - 1, guess]], // prettier-ignore
      },
    ],
    claims: [rnnClaim(told), gatesClaim(told), attentionClaim(told)],
  };
}

const loss = (told: readonly Told[]): LinesFigure => ({
  kind: "lines",
  id: "recall-loss",
  title: words("How fast it is learned", "Как быстро это выучивается"),
  caption: words(
    "Loss of the answer in nats by steps of training; a guess costs 2.08.",
    "Потеря на ответе в натах по шагам обучения; наугад — 2,08.",
  ),
  x: { title: words("step", "шаг"), scale: "log" },
  y: { title: words("nats", "наты"), scale: "linear" },
  series: told.map(({ contestant: { id, name }, curve }) => ({
    contestant: id,
    name,
    points: curve,
  })),
  claims: [],
});

// ** claims **

const recalled = (told: readonly Told[], id: string) =>
  told.find(({ contestant }) => contestant.id === id)?.contestant.criteria.recalled?.value;
const reach = (told: readonly Told[], id: string) =>
  told.find(({ contestant }) => contestant.id === id)?.contestant.criteria.reach?.value;

const rnnClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "rnn-short-memory",
    claim: words(
      "A plain RNN does not learn to remember over dozens of places.",
      "Простая RNN не выучивается помнить через десятки мест.",
    ),
    source: "Bengio et al. (1994)",
    values: { reach: reach(told, "rnn"), recalled: recalled(told, "rnn") },
    held: ({ reach }) => reach < 24,
    measured: ({ reach, recalled }) =>
      said(
        (w) =>
          `The RNN is right in 90 % of the rows up to a distance of ${w.number(reach)}, and in ${w.number(recalled, 1)} % of all; below 24 counts as short.`,
        (w) =>
          `RNN отвечает верно в 90 % рядов до расстояния ${w.number(reach)} и в ${w.number(recalled, 1)} % всех; короткой считается память до 24.`,
      ),
  });

const LEAD = 5; // points of percent: beyond what another seed may do

const gatesClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "gates-remember-longer",
    claim: words(
      "With gates (GRU, LSTM) a recurrent network remembers longer.",
      "С вентилями (GRU, LSTM) рекуррентная сеть помнит дольше.",
    ),
    source: "Hochreiter and Schmidhuber (1997); Cho et al. (2014)",
    values: {
      rnn: recalled(told, "rnn"),
      gru: recalled(told, "gru"),
      lstm: recalled(told, "lstm"),
    },
    held: ({ rnn, gru, lstm }) => Math.min(gru, lstm) > rnn + LEAD,
    measured: ({ rnn, gru, lstm }) =>
      said(
        (w) =>
          `Keys recalled after the same time of training: RNN ${w.number(rnn, 1)} %, GRU ${w.number(gru, 1)} %, LSTM ${w.number(lstm, 1)} %; a lead of ${LEAD} points is asked.`,
        (w) =>
          `Вспомнено ключей после одинакового времени обучения: RNN ${w.number(rnn, 1)} %, GRU ${w.number(gru, 1)} %, LSTM ${w.number(lstm, 1)} %; порог — перевес в ${LEAD} пунктов.`,
      ),
  });

const attentionClaim = (told: readonly Told[]): Claim =>
  claimOf({
    id: "attention-recalls",
    claim: words(
      "Attention finds what it is asked for at any distance.",
      "Внимание находит то, что спросили, на любом расстоянии.",
    ),
    source: "Vaswani et al. (2017), table 1; Graves et al. (2014)",
    values: { gpt: recalled(told, "gpt"), reach: reach(told, "gpt") },
    held: ({ reach }) => reach === LENGTH - 1,
    measured: ({ gpt, reach }) =>
      said(
        (w) =>
          `The GPT recalls ${w.number(gpt, 1)} % of the keys, and 90 % or more up to a distance of ${w.number(reach)} of ${LENGTH - 1}.`,
        (w) =>
          `GPT вспоминает ${w.number(gpt, 1)} % ключей, а 90 % и больше — до расстояния ${w.number(reach)} из ${LENGTH - 1}.`,
      ),
  });
