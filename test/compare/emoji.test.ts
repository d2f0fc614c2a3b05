// Text to image in the comparison: how recall of captions is counted, and the model of both parts in small.
import { beforeAll, describe, expect, it } from "vitest";
import { memory, parameters, seed, use, wasm } from "genarch";
import { EmojiDataset, type Emoji } from "genarch/data";
import { CaptionDiffusion, emojiDiffusion } from "../../src/compare/caption-diffusion.js";
import { contestantsOf, shareWithin, type Findings } from "../../src/compare/emoji/findings.js";
import { ranksOf, shuffledWish, within } from "../../src/compare/retrieval.js";

describe("ranks", () => {
  const candidates = { numbers: [0, 0, 1, 0, 5, 5], size: 2 }; // (0, 0), (1, 0), (5, 5)

  it("count the candidates that lie nearer than the wanted one", () => {
    const drawn = { numbers: [0.2, 0, 0.2, 0, 4, 4], size: 2 };
    expect(ranksOf(drawn, candidates, [0, 1, 0])).toEqual([0, 1, 2]);
    expect(within([0, 1, 2, 7], 2)).toBe(0.5);
  });

  it("exchanged wishes belong to others", () => {
    expect(shuffledWish([4, 5, 6, 7])).toEqual([6, 7, 4, 5]);
    expect(shuffledWish([4, 5, 6])).toEqual([6, 4, 5]);
  });

  it("become shares with Wilson's interval, in percent", () => {
    const { value, interval } = shareWithin([0, 0, 3, 9], 1);
    expect(value).toBe(50);
    expect(interval!.low).toBeCloseTo(15.0, 1);
    expect(interval!.high).toBeCloseTo(85.0, 1);
    expect(shareWithin([], 1).value).toBeNull();
  });

  it("stand in the table beside a guess and exchanged captions", () => {
    const ranks = {
      seen: { en: [0, 2], ru: [0, 40] },
      shuffled: { en: [9, 9], ru: [9, 9] },
      unseen: { en: [1], ru: [49] },
    };
    const found = { parameters: 7, steps: 1, seconds: 1, emoji: 50, ranks } as Findings;
    const rows = contestantsOf(found).map(({ id, criteria }) => [id, criteria.captionTop5?.value]);
    expect(rows).toEqual([
      ["emoji-guess", 10],
      ["emoji-shuffled", 0],
      ["text-to-image", 75],
    ]);
    expect(contestantsOf(found)[2]!.criteria.captionUnseen!.value).toBe(50);
  });
});

describe("CaptionDiffusion", () => {
  /** Pictures of one colour each, called by it. */
  const colours = [
    { en: "red", ru: "красный", rgb: [255, 0, 0] },
    { en: "blue", ru: "синий", rgb: [0, 0, 255] },
  ];
  const emoji = colours.map(({ en, ru }): Emoji => {
    return { character: "●", group: "symbols", label: { en, ru }, tags: { en: [], ru: [] } };
  });
  const pixels = Uint8Array.from(colours.flatMap(({ rgb }) => rgb.flatMap((byte) => Array<number>(64).fill(byte)))); // prettier-ignore
  const data = new EmojiDataset([...emoji, ...emoji], Uint8Array.from([...pixels, ...pixels]), 8);
  const recipe = {
    ...emojiDiffusion,
    side: 8,
    vocabulary: 40,
    text: { context: 4, width: 16, layers: 1, heads: 2 },
    unet: { width: 8, multipliers: [1, 1] },
    gamma: undefined, // what has one colour is settled where noise is strongest
    batch: 4,
    lr: 1e-2,
    decay: 0.9,
  };
  let model: CaptionDiffusion;

  beforeAll(async () => {
    await use(wasm);
    seed(1);
    model = new CaptionDiffusion(data.texts(), recipe);
    const STEPS = 200;
    for (const batch of data.captioned({ batch: 4, steps: STEPS, range: "signed" }))
      await model.step(batch, batch.step / STEPS);
  }, 120_000);

  it("draws the colour that it is told, in both languages", async () => {
    const drawn = await model.draw(["red", "blue", "красный", "синий"], { steps: 8 });
    const mean = (k: number, channel: number) =>
      drawn.subarray((3 * k + channel) * 64, (3 * k + channel + 1) * 64).reduce((a, b) => a + b) / 64;
    const redder = [0, 1, 2, 3].map((k) => mean(k, 0) - mean(k, 2));
    expect(redder.map(Math.sign)).toEqual([1, -1, 1, -1]);
    expect(Math.min(...redder.map(Math.abs))).toBeGreaterThan(1); // of 2
  }); // prettier-ignore

  it("trains the encoder with the U-Net, as one model", () => {
    const paths = [...parameters(model.model)].map(([path]) => path.split(".")[0]);
    expect(new Set(paths)).toEqual(new Set(["text", "unet"]));
  });

  it("leaves no memory behind when it draws", async () => {
    await model.draw(["blue", "red"], { steps: 2 }); // plans, which stay
    const { tensors } = memory();
    await model.draw(["red", "blue"], { steps: 2 });
    expect(memory().tensors).toBe(tensors);
  });
});
