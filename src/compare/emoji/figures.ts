/** What the experiment on emoji shows, and what it says of common claims. */
import { emojiDiffusion } from "../caption-diffusion.js";
import { claimOf } from "../claim.js";
import type { Claim, Figure, Words } from "../results.js";
import { within } from "../retrieval.js";
import { said, words } from "../words.js";
import { sharesOf, type Findings } from "./findings.js";
import type { Sheet } from "./sheets.js";

const name = words("text-to-image diffusion", "диффузия по тексту");

export const figuresOf = (found: Findings): Figure[] => [
  pictures(found.sheets.seen, {
    id: "emoji-captions",
    title: words("Emoji from captions", "Эмодзи по подписям"),
    caption: words(
      "Above: drawn from English captions. Middle: from Russian ones. Below: the emoji that the captions belong to.",
      "Сверху: по английским подписям. В середине: по русским. Внизу: эмодзи, которым подписи принадлежат.",
    ),
    rows: [
      words("from English", "по-английски"),
      words("from Russian", "по-русски"),
      words("itself", "само эмодзи"),
    ],
    claims: [steersClaim(found), languagesClaim(found)],
  }),
  pictures(found.sheets.invented, {
    id: "emoji-inventions",
    title: words("What no emoji is called", "Чего среди эмодзи нет"),
    caption: words(
      "Captions that belong to no emoji, in English above and in Russian below. Not measured: look.",
      "Подписи, которым не отвечает ни одно эмодзи: сверху по-английски, внизу по-русски. Не измерено: смотрите сами.",
    ),
    rows: [words("from English", "по-английски"), words("from Russian", "по-русски")],
    claims: [unseenClaim(found)],
  }),
  guidanceFigure(found),
  lossFigure(found),
];

type About = { id: string; title: Words; caption: Words; rows: Words[]; claims: Claim[] };

function pictures({ saved, columns }: Sheet, { rows, ...about }: About): Figure {
  const list = (language: "en" | "ru") => columns.map((column) => column[language]).join(", ");
  const alt = words(`Small emoji: ${list("en")}.`, `Маленькие эмодзи: ${list("ru")}.`);
  return { kind: "picture", ...about, pictures: [{ contestant: "text-to-image", name, alt, ...saved, rows, columns }] }; // prettier-ignore
}

function guidanceFigure(found: Findings): Figure {
  const { guidance, emoji } = found;
  const level = 500 / emoji;
  const scales = guidance.map(({ scale }) => scale);
  return {
    kind: "lines",
    id: "emoji-guidance",
    title: words("How much guidance", "Сколько направлять"),
    caption: words(
      "The share of drawings whose emoji is among the nearest five, by the scale of classifier-free guidance: 0 is without the caption, 1 the network alone. Grey: a guess.",
      "Доля картинок, эмодзи которых среди пяти ближайших, по силе направления: 0 — без подписи, 1 — сама сеть. Серым: наугад.",
    ),
    x: { title: words("scale of the guidance", "сила направления"), scale: "linear" },
    y: { title: words("top 5, %", "первая пятёрка, %"), scale: "linear" },
    series: [
      {
        contestant: "text-to-image",
        name,
        points: guidance.map(({ scale, ranks }) => [scale, 100 * within(ranks, 5)]),
      },
      {
        contestant: "emoji-guess",
        name: words("a guess", "наугад"),
        reference: true,
        points: [Math.min(...scales), Math.max(...scales, 1)].map((scale) => [scale, level]),
      },
    ],
    claims: [guidanceClaim(found)],
  };
}

const lossFigure = ({ curve }: Findings): Figure => ({
  kind: "lines",
  id: "emoji-loss",
  title: words("What is learned", "Чему учится"),
  caption: words(
    "The mean square of what is wrong in the foretold picture, by steps of training.",
    "Средний квадрат ошибки предсказанной картинки по шагам обучения.",
  ),
  x: { title: words("step", "шаг"), scale: "log" },
  y: { title: words("loss", "потеря"), scale: "log" },
  series: [{ contestant: "text-to-image", name, points: curve }],
  claims: [],
});

// ** claims **

const GUIDED = emojiDiffusion.scale;

function steersClaim(found: Findings): Claim {
  const { top1, top5, shuffled5 } = sharesOf(found);
  return claimOf({
    id: "captions-steer",
    claim: words(
      "A diffusion model that attends to a caption draws what the caption says.",
      "Диффузионная модель с вниманием к подписи рисует то, что в подписи сказано.",
    ),
    source: "Rombach et al. (2022); Saharia et al. (2022)",
    values: {
      top1: top1.value,
      top5: top5.value,
      low: top5.interval?.low,
      shuffled: shuffled5.value,
      shuffledHigh: shuffled5.interval?.high,
    },
    held: ({ low, shuffledHigh }) => low > shuffledHigh,
    measured: ({ top1, top5, shuffled }) =>
      said(
        (w) =>
          `Among ${found.emoji} emoji the one that the caption belongs to is the nearest to ${w.number(top1, 1)} % of the drawings and among the nearest five for ${w.number(top5, 1)} %; with captions exchanged for ${w.number(shuffled, 1)} %, and by a guess for ${w.number(500 / found.emoji, 1)} %.`,
        (w) =>
          `Из ${found.emoji} эмодзи то, которому принадлежит подпись, — ближайшее для ${w.number(top1, 1)} % картинок и среди пяти ближайших для ${w.number(top5, 1)} %; с переставленными подписями — для ${w.number(shuffled, 1)} %, наугад — для ${w.number(500 / found.emoji, 1)} %.`,
      ),
  });
}

function languagesClaim(found: Findings): Claim {
  const { english, russian, shuffledRussian } = sharesOf(found);
  return claimOf({
    id: "captions-in-two-languages",
    claim: words(
      "One text encoder serves two languages.",
      "Один кодировщик текста годится для двух языков.",
    ),
    source: "Saharia et al. (2022), section 2.1",
    values: {
      english: english.value,
      russian: russian.value,
      low: russian.interval?.low,
      shuffledHigh: shuffledRussian.interval?.high,
    },
    held: ({ english, russian, low, shuffledHigh }) => low > shuffledHigh && russian > english / 2,
    measured: ({ english, russian }) =>
      said(
        (w) => `Top 5 from English captions ${w.number(english, 1)} %, from Russian ones ${w.number(russian, 1)} %.`, // prettier-ignore
        (w) => `Первая пятёрка по английским подписям ${w.number(english, 1)} %, по русским ${w.number(russian, 1)} %.`, // prettier-ignore
      ),
  });
}

function unseenClaim(found: Findings): Claim {
  const { unseen } = sharesOf(found);
  return claimOf({
    id: "captions-compose",
    claim: words(
      "Such a model draws what it was never shown, from words that it knows.",
      "Такая модель рисует и то, чего ей не показывали, по знакомым словам.",
    ),
    source: "Ramesh et al. (2021)",
    values: { unseen: unseen.value, low: unseen.interval?.low },
    held: ({ low }) => low > 50,
    measured: ({ unseen }) =>
      said(
        (w) =>
          `Of emoji that were held out, with their captions, the real one lies in the nearer half of all for ${w.number(unseen)} % of the drawings; a guess gives 50 %.`,
        (w) =>
          `Для эмодзи, отложенных вместе с подписями, настоящее попадает в ближнюю половину всех у ${w.number(unseen)} % картинок; наугад — у 50 %.`,
      ),
  });
}

function guidanceClaim(found: Findings): Claim {
  const at = (wanted: number) => {
    const ranks = found.guidance.find(({ scale }) => scale === wanted)?.ranks;
    return ranks && 100 * within(ranks, 5);
  };
  return claimOf({
    id: "guidance-follows",
    claim: words(
      "Classifier-free guidance makes pictures follow the caption more.",
      "С направлением без классификатора картинки следуют подписи точнее.",
    ),
    source: "Ho and Salimans (2022)",
    values: { alone: at(1), guided: at(GUIDED) },
    held: ({ alone, guided }) => guided > alone,
    measured: ({ alone, guided }) =>
      said(
        (w) => `Top 5 without guidance ${w.number(alone, 1)} %, with a scale of ${GUIDED} ${w.number(guided, 1)} %.`, // prettier-ignore
        (w) => `Первая пятёрка без направления ${w.number(alone, 1)} %, с силой ${GUIDED} — ${w.number(guided, 1)} %.`, // prettier-ignore
      ),
  });
}
