// Emoji with captions, the text-to-image set: pictures of the npm package @iconify-json/fluent-emoji-flat (MIT,
// Microsoft), drawn small by @resvg/resvg-wasm (MPL-2.0), and what they are called in English and Russian from
// emojibase-data (MIT, words of Unicode CLDR). All three are optional packages.

import type * as Resvg from "@resvg/resvg-wasm";
import seedrandom from "seedrandom";
import { ImageDataset, type ImageBatch, type ShuffledBatches } from "./images.js";
import { installedFile } from "./installed.js";

export type CaptionLanguage = "en" | "ru";

/** In the order of emojibase's numbers, whose 2 holds parts of emoji and whose 9 flags of countries. */
const groups = ["smileys", "people", "parts", "animals", "food", "travel", "activities", "objects", "symbols", "flags"] as const; // prettier-ignore
export type EmojiGroup = (typeof groups)[number];

export type Emoji = {
  /** As "🐶". */
  character: string;
  group: EmojiGroup;
  /** As "dog face", "морда собаки". */
  label: Record<CaptionLanguage, string>;
  /** As "animal", "pet", "puppy". */
  tags: Record<CaptionLanguage, readonly string[]>;
};

export type EmojiOptions = {
  /** Pixels a side. */
  size?: number;
  /** All by default. */
  only?: readonly EmojiGroup[];
};

export type CaptionedBatch = ImageBatch & { captions: string[] };

/** RGB pictures on white; the label of a picture is its place in `emoji`. */
export class EmojiDataset extends ImageDataset {
  constructor(
    readonly emoji: readonly Emoji[],
    pixels: Uint8Array,
    readonly size: number,
  ) {
    super(
      pixels,
      [3, size, size],
      Int32Array.from(emoji, (_, k) => k),
    );
  }

  /** The emoji that `keeps` says yes to, by their place: to hold some out. */
  part(keeps: (place: number) => boolean): EmojiDataset {
    const area = 3 * this.size ** 2;
    const places = [...this.emoji.keys()].filter(keeps);
    const pixels = new Uint8Array(places.length * area);
    places.forEach((place, k) =>
      pixels.set(this.pixels.subarray(place * area, (place + 1) * area), k * area),
    );
    return new EmojiDataset(places.map((place) => this.emoji[place]!), pixels, this.size); // prettier-ignore
  }

  /** Every label and every list of tags: what a tokenizer learns from. */
  texts(): string[] {
    return this.emoji.flatMap(({ label, tags }) =>
      languages.flatMap((language) => [label[language], tags[language].join(" ")]),
    );
  }

  /** Batches with a caption each, drawn anew each time by `caption`. */
  *captioned(options: ShuffledBatches): Generator<CaptionedBatch, void> {
    for (const batch of this.batches(options)) {
      const random = seedrandom(JSON.stringify(["captions", options.seed ?? 0, batch.step]));
      const captions = Array.from(batch.label, (k) => caption(this.emoji[k]!, random));
      yield { ...batch, captions };
    }
  }
}

/**
 * What a person may say of an emoji, in either language: mostly its label, at times with a few tags, or tags alone.
 * `random` gives numbers from 0 up to 1.
 */
export function caption({ label, tags }: Emoji, random: () => number): string {
  const language = random() < 0.5 ? "en" : "ru";
  const some = tags[language].filter(() => random() < 0.3);
  const how = random();
  if (!some.length || how < 0.6) return label[language];
  return (how < 0.8 ? [label[language], ...some] : some).join(" ");
}

const languages: readonly CaptionLanguage[] = ["en", "ru"];
const made = new Map<string, EmojiDataset>();

/**
 * Emoji that have both a picture and captions, about 1,600; drawn once a size and program, in a second. In Node.
 * @throws Error naming the package to install where one is missing.
 */
export async function emoji({
  size = 16,
  only = groups,
}: EmojiOptions = {}): Promise<EmojiDataset> {
  if (!(Number.isInteger(size) && size >= 1))
    throw new RangeError(`emoji: size is ${size}; it must be a whole number of pixels from 1.`);
  const key = JSON.stringify([size, only]);
  const known = made.get(key);
  if (known) return known;
  const found = (await captionedIcons()).filter(({ emoji }) => only.includes(emoji.group));
  if (!found.length) throw new RangeError(`emoji: no emoji is in ${only.join(", ") || "no group"}; name some of ${groups.join(", ")}.`); // prettier-ignore
  const render = await renderer(size);
  const pixels = new Uint8Array(found.length * 3 * size * size);
  found.forEach(({ svg }, k) => pixels.set(render(svg), k * 3 * size * size));
  const dataset = new EmojiDataset(found.map(({ emoji }) => emoji), pixels, size); // prettier-ignore
  made.set(key, dataset);
  return dataset;
}

// ** the packages **

const PACKAGES = ["@iconify-json/fluent-emoji-flat", "emojibase-data", "@resvg/resvg-wasm"];

type Icons = { width: number; height: number; icons: Record<string, { body: string; width?: number; height?: number }> }; // prettier-ignore
type Named = { hexcode: string; unicode: string; label: string; tags?: string[]; group?: number };

/** Both packages write an emoji's code points; with or without U+FE0F, "in colour", which tells nothing apart. */
const codes = (hex: string) => hex.toLowerCase().replaceAll("-fe0f", "");

async function captionedIcons(): Promise<{ emoji: Emoji; svg: string }[]> {
  const [set, names, english, russian] = await Promise.all([
    readJson<Icons>("@iconify-json/fluent-emoji-flat/icons.json"),
    readJson<Record<string, string>>("@iconify-json/fluent-emoji-flat/chars.json"),
    readJson<Named[]>("emojibase-data/en/compact.json"),
    readJson<Named[]>("emojibase-data/ru/compact.json"),
  ]);
  const icons = new Map(Object.entries(names).map(([hex, name]) => [codes(hex), set.icons[name]]));
  const inRussian = new Map(russian.map((named) => [named.hexcode, named]));
  return english.flatMap((en) => {
    const [icon, ru] = [icons.get(codes(en.hexcode)), inRussian.get(en.hexcode)];
    if (!icon || !ru || en.group === undefined) return [];
    const { width = set.width, height = set.height, body } = icon;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}">${body}</svg>`;
    const label = { en: en.label, ru: ru.label };
    const tags = { en: en.tags ?? [], ru: ru.tags ?? [] };
    return [{ emoji: { character: en.unicode, group: groups[en.group]!, label, tags }, svg }];
  });
}

/** A drawer of SVG texts: → bytes [3, size, size]. */
async function renderer(size: number): Promise<(svg: string) => Uint8Array> {
  const { Resvg } = await resvg();
  return (svg) => {
    const drawing = new Resvg(svg, { fitTo: { mode: "width", value: size }, background: "#fff" });
    const image = drawing.render();
    const rgba = image.pixels;
    image.free();
    drawing.free();
    const area = size * size;
    return Uint8Array.from({ length: 3 * area }, (_, k) => rgba[4 * (k % area) + Math.floor(k / area)]!); // prettier-ignore
  };
}

let started: Promise<typeof Resvg> | undefined;

/** The drawer's WASM is given once a program. */
function resvg(): Promise<typeof Resvg> {
  return (started ??= (async () => {
    const bytes = await readInstalled("@resvg/resvg-wasm/index_bg.wasm");
    const module = await import("@resvg/resvg-wasm");
    await module.initWasm(bytes);
    return module;
  })());
}

async function readJson<T>(file: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await readInstalled(file))) as T;
}

async function readInstalled(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = await installedFile(file, { who: "emoji", packages: PACKAGES });
  const { readFile } = await import("node:fs/promises");
  return new Uint8Array(await readFile(path));
}
