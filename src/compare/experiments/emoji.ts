/** Text to image: emoji of 16×16 pixels from captions in English and Russian, and whether they follow their captions. */
import { emoji as emojiOf, type EmojiDataset } from "../../data/index.js";
import { count, dispose } from "../../tensor/index.js";
import { CaptionDiffusion, emojiDiffusion, type CaptionDiffusionRecipe } from "../caption-diffusion.js"; // prettier-ignore
import { criteria } from "../emoji/criteria.js";
import { figuresOf } from "../emoji/figures.js";
import { contestantsOf, type Findings } from "../emoji/findings.js";
import { inventedSheet, seenSheet } from "../emoji/sheets.js";
import type { Context, Experiment, Found } from "../experiment.js";
import { languages, type Language } from "../results.js";
import { ranksOf, shuffledWish } from "../retrieval.js";
import { words } from "../words.js";

export const emoji: Experiment = {
  id: "emoji",
  title: words("Text to image: emoji", "Картинка по тексту: эмодзи"),
  about: words(
    "A small transformer reads a caption in English or Russian, and a U-Net whose pixels attend to its words draws an emoji of 16×16 pixels. Both learn together, from pictures with their names and tags. Every twentieth emoji is held out, with its captions.",
    "Небольшой трансформер читает подпись на английском или русском, а U-Net, пиксели которой смотрят на её слова, рисует эмодзи 16×16. Обе сети учатся вместе, на картинках с названиями и метками. Каждое двадцатое эмодзи отложено вместе с подписями.",
  ),
  contestants: ["text-to-image"],
  seconds: { tiny: 1, quick: 20, full: 440 },
  measuring: { tiny: 2, quick: 10, full: 60 },
  criteria,
  run,
};

const HELD_OUT = 20; // one in so many
const isHeldOut = (place: number): boolean => place % HELD_OUT === HELD_OUT / 2;

function recipeOf(context: Context): CaptionDiffusionRecipe {
  const text = { context: 12, width: 16, layers: 1, heads: 2 };
  const tiny = { text, unet: { width: 8, multipliers: [1, 1, 1] }, batch: 4, sampling: 2 };
  return context.size({
    tiny: { ...emojiDiffusion, ...tiny, groups: ["food"] },
    quick: { ...emojiDiffusion, groups: ["food"], unet: { width: 16, multipliers: [1, 2, 2] }, sampling: 10 }, // prettier-ignore
    full: emojiDiffusion,
  });
}

async function run(context: Context): Promise<Found> {
  if (!context.has("text-to-image")) return { contestants: [], figures: [] };
  const recipe = recipeOf(context);
  const all = await emojiOf({ size: recipe.side, only: recipe.groups });
  const found = await context.part("text-to-image", () => findings(context, recipe, all));
  return { contestants: contestantsOf(found), figures: figuresOf(found) };
}

async function findings(
  context: Context,
  recipe: CaptionDiffusionRecipe,
  all: EmojiDataset,
): Promise<Findings> {
  const learned = all.part((place) => !isHeldOut(place));
  const model = new CaptionDiffusion(learned.texts(), recipe);
  const { curve, steps, seconds } = await context.train({
    name: "text-to-image",
    parts: model.training.parts,
    batches: (start) =>
      learned.captioned({ batch: recipe.batch, steps: Number.MAX_SAFE_INTEGER, range: "signed", seed: context.seed, start }), // prettier-ignore
    step: (batch, way) => model.step(batch, way),
  });
  context.reseed("text-to-image measured");
  const ranks = await ranked(context, model, all);
  const guidance = await byScale(context, model, all);
  const sheets = {
    seen: await seenSheet(context, model, learned),
    invented: await inventedSheet(context, model),
  };
  const parameters = count(model.model);
  dispose(model.training.parts);
  return { parameters, steps, seconds, curve, emoji: all.count, ranks, guidance, sheets };
}

/** Places to ask for, of those that were learned or of those that were held out. */
function asked(context: Context, all: EmojiDataset, heldOut: boolean): number[] {
  const every = heldOut ? 1 : context.size({ tiny: 20, quick: 2, full: 4 });
  return [...all.emoji.keys()].filter((place) => isHeldOut(place) === heldOut && place % every === 0); // prettier-ignore
}

async function ranked(
  context: Context,
  model: CaptionDiffusion,
  all: EmojiDataset,
): Promise<Findings["ranks"]> {
  const [seen, unseen] = [asked(context, all, false), asked(context, all, true)];
  const ranks: Findings["ranks"] = { seen: { en: [], ru: [] }, shuffled: { en: [], ru: [] }, unseen: { en: [], ru: [] } }; // prettier-ignore
  for (const language of languages) {
    const drawn = await drawnOf(context, model, all, seen, language);
    ranks.seen[language] = ranksOf(drawn, rowsOf(all), seen);
    ranks.shuffled[language] = ranksOf(drawn, rowsOf(all), shuffledWish(seen));
    const others = await drawnOf(context, model, all, unseen, language);
    ranks.unseen[language] = ranksOf(others, rowsOf(all), unseen);
  }
  return ranks;
}

/** Ranks of English captions by the scale of the guidance, all from the same noise. */
async function byScale(context: Context, model: CaptionDiffusion, all: EmojiDataset) {
  const some = asked(context, all, false).filter((_, k) => k % 2 === 0);
  const found: Findings["guidance"] = [];
  for (const scale of context.size({ tiny: [1], quick: [1, 5], full: [0, 1, 2, 3, 5, 8] })) {
    context.reseed("text-to-image by scale");
    const drawn = await drawnOf(context, model, all, some, "en", scale);
    found.push({ scale, ranks: ranksOf(drawn, rowsOf(all), some) });
  }
  return found;
}

async function drawnOf(
  context: Context,
  model: CaptionDiffusion,
  { emoji, size }: EmojiDataset,
  places: readonly number[],
  language: Language,
  scale?: number,
) {
  const guidance = scale === undefined ? "" : `, guidance ${scale}`;
  await context.pause(`emoji: drawing ${places.length} captions in ${language}${guidance}`);
  const captions = places.map((place) => emoji[place]!.label[language]);
  return { numbers: await model.draw(captions, { scale }), size: 3 * size ** 2 };
}

const rowsOf = ({ pixels, size }: EmojiDataset) => ({
  numbers: Float32Array.from(pixels, (byte) => byte / 127.5 - 1),
  size: 3 * size ** 2,
});
