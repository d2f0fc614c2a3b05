/** How it is measured that pictures follow their captions. */
import type { Criterion } from "../results.js";
import { words } from "../words.js";

const about = words(
  "A picture is drawn from an emoji's caption; its share among drawings whose nearest real emoji, by the squared differences of pixels, is that emoji.",
  "По подписи эмодзи рисуется картинка; доля картинок, для которых ближайшее настоящее эмодзи, по квадратам разностей пикселей, — то самое.",
);
const amongFive = words(
  "The same, where that emoji is among the nearest five.",
  "То же, если оно среди пяти ближайших.",
);

export const criteria: Record<string, Criterion> = {
  captionTop1: {
    title: words("caption found, top 1", "подпись узнана, первое место"),
    unit: "%",
    about,
    better: "higher",
    digits: 1,
    source: "after Xu et al. (2018), R-precision",
  },
  captionTop5: {
    title: words("caption found, top 5", "подпись узнана, первая пятёрка"),
    unit: "%",
    about: amongFive,
    better: "higher",
    digits: 1,
  },
  captionTop5Russian: {
    title: words("the same in Russian", "то же по-русски"),
    unit: "%",
    about: words(
      "Top 5 with Russian captions alone; both languages count in the columns before.",
      "Первая пятёрка только по русским подписям; в предыдущих столбцах считаются оба языка.",
    ),
    better: "higher",
    digits: 1,
  },
  captionUnseen: {
    title: words("held-out captions, nearer half", "отложенные подписи, ближняя половина"),
    unit: "%",
    about: words(
      "Emoji that were held out of training, picture and caption: the share of drawings for which the real one lies in the nearer half of all. A guess gives 50.",
      "Эмодзи, отложенные из обучения вместе с подписью: доля картинок, для которых настоящее попадает в ближнюю половину всех. Наугад — 50.",
    ),
    better: "higher",
    digits: 0,
  },
};
