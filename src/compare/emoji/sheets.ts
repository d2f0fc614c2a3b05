/** Sheets of emoji that were drawn from captions. */
import { sheet, type EmojiDataset } from "../../data/index.js";
import type { CaptionDiffusion } from "../caption-diffusion.js";
import type { Context, Saved } from "../experiment.js";
import { languages, type Words } from "../results.js";
import { words } from "../words.js";

/** A picture in the run's folder, with what its columns were asked for. */
export type Sheet = { saved: Saved; columns: Words[] };

const COLUMNS = 12;
const SCALE = 3; // times larger

/** What no emoji is called. */
const inventions: readonly Words[] = [
  words("green cat", "зелёный кот"),
  words("blue apple", "синее яблоко"),
  words("red fish", "красная рыба"),
  words("purple heart with eyes", "фиолетовое сердце с глазами"),
  words("happy tomato", "весёлый помидор"),
  words("angry banana", "злой банан"),
];

/** Three rows: drawn from English captions, drawn from Russian ones, the emoji themselves. */
export async function seenSheet(
  context: Context,
  model: CaptionDiffusion,
  { emoji, pixels, size, count }: EmojiDataset,
): Promise<Sheet> {
  const places = Array.from({ length: COLUMNS }, (_, k) => Math.floor(((k + 0.5) * count) / COLUMNS)); // prettier-ignore
  const drawn = [];
  for (const language of languages)
    drawn.push(await model.draw(places.map((place) => emoji[place]!.label[language])));
  const area = 3 * size ** 2;
  const themselves = places.flatMap((place) => [...pixels.subarray(place * area, (place + 1) * area)]); // prettier-ignore
  const numbers = [...drawn[0]!, ...drawn[1]!, ...themselves.map((byte) => byte / 127.5 - 1)];
  const columns = places.map((place) => emoji[place]!.label);
  return { saved: await saved(context, "emoji-captions", numbers, COLUMNS, size), columns };
}

/** Two rows of drawings of what no emoji is: English, Russian. */
export async function inventedSheet(context: Context, model: CaptionDiffusion): Promise<Sheet> {
  const captions = languages.flatMap((language) => inventions.map((caption) => caption[language]));
  const numbers = await model.draw(captions);
  const { side } = model.recipe;
  const file = await saved(context, "emoji-inventions", numbers, inventions.length, side);
  return { saved: file, columns: [...inventions] };
}

function saved(
  context: Context,
  name: string,
  numbers: ArrayLike<number>,
  columns: number,
  side: number,
): Promise<Saved> {
  const shape = [numbers.length / (3 * side ** 2), 3, side, side] as const;
  return context.picture(name, sheet(numbers, shape, { columns, range: "signed", scale: SCALE }));
}
