/** What the experiment on emoji found, and its rows of the table. */
import { proportionInterval } from "../../metrics/index.js";
import type { Contestant, Language, Measure } from "../results.js";
import type { Sheet } from "./sheets.js";
import { within } from "../retrieval.js";
import { words } from "../words.js";

type ByLanguage = Record<Language, number[]>;

export type Findings = {
  parameters: number;
  steps: number;
  seconds: number;
  curve: [step: number, loss: number][];
  /** How many a drawing is compared with. */
  emoji: number;
  /** See `ranksOf`; "shuffled" are the drawings of "seen", each asked for another one's emoji. */
  ranks: { seen: ByLanguage; shuffled: ByLanguage; unseen: ByLanguage };
  guidance: { scale: number; ranks: number[] }[];
  sheets: { seen: Sheet; invented: Sheet };
};

const both = ({ en, ru }: ByLanguage): number[] => [...en, ...ru];

/** The share of ranks below `n` in percent, with Wilson's interval. */
export function shareWithin(ranks: readonly number[], n: number): Measure {
  const trials = ranks.length;
  if (!trials) return { value: null, note: words("Nothing was asked for.", "Ничего не спрошено.") };
  const successes = Math.round(trials * within(ranks, n));
  const interval = proportionInterval({ successes, trials });
  const { low, high, level, method } = interval;
  return {
    value: (100 * successes) / trials,
    interval: { low: 100 * low, high: 100 * high, level, method },
  };
}

export function sharesOf({ ranks, emoji }: Findings) {
  return {
    top1: shareWithin(both(ranks.seen), 1),
    top5: shareWithin(both(ranks.seen), 5),
    english: shareWithin(ranks.seen.en, 5),
    russian: shareWithin(ranks.seen.ru, 5),
    shuffled1: shareWithin(both(ranks.shuffled), 1),
    shuffled5: shareWithin(both(ranks.shuffled), 5),
    shuffledRussian: shareWithin(ranks.shuffled.ru, 5),
    unseen: shareWithin(both(ranks.unseen), emoji / 2),
  };
}

export function contestantsOf(found: Findings): Contestant[] {
  const shares = sharesOf(found);
  const { parameters, steps, seconds, emoji } = found;
  const none = { family: "control", parameters: null, steps: 0, seconds: 0 } as const;
  const guess = { captionTop1: { value: 100 / emoji }, captionTop5: { value: 500 / emoji } };
  return [
    {
      id: "emoji-guess",
      name: words("a guess", "наугад"),
      ...none,
      criteria: { ...guess, captionTop5Russian: { value: 500 / emoji }, captionUnseen: { value: 50 } }, // prettier-ignore
    },
    {
      id: "emoji-shuffled",
      name: words("the same drawings, captions exchanged", "те же картинки, подписи переставлены"),
      ...none,
      criteria: { captionTop1: shares.shuffled1, captionTop5: shares.shuffled5, captionTop5Russian: shares.shuffledRussian }, // prettier-ignore
    },
    {
      id: "text-to-image",
      name: words("text-to-image diffusion", "диффузия по тексту"),
      family: "diffusion",
      parameters,
      steps,
      seconds,
      criteria: {
        captionTop1: shares.top1,
        captionTop5: shares.top5,
        captionTop5Russian: shares.russian,
        captionUnseen: shares.unseen,
      },
    },
  ];
}
