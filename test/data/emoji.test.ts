// Emoji with captions: what the packages hold, how small pictures come out, and what is said where a package is missing.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { caption, emoji, type EmojiDataset } from "genarch/data";

describe("emoji", () => {
  let all: EmojiDataset;
  beforeAll(async () => {
    all = await emoji();
  }, 60_000);
  const find = (label: string) => all.emoji.find((one) => one.label.en === label)!;

  it("has about 1,600 pictures of 16×16, each with captions in two languages", () => {
    expect(all.count).toBeGreaterThan(1500);
    expect(all.shape).toEqual([3, 16, 16]);
    expect(all.pixels).toHaveLength(all.count * 768);
    for (const { label, tags } of all.emoji) {
      expect(label.en).toMatch(/\p{L}|\d/u);
      expect(label.ru).toMatch(/\p{L}|\d/u);
      expect([tags.en, tags.ru].every(Array.isArray)).toBe(true);
    }
    const dog = find("dog face");
    expect(dog).toMatchObject({ character: "🐶", group: "animals" });
    expect(dog.label.ru).toBe("морда собаки");
    expect(dog.tags.ru).toContain("животное");
  });

  it("draws in the right colours, channel by channel, on white", () => {
    const at = all.emoji.indexOf(find("red circle")) * 768;
    const pixel = (y: number, x: number) => [0, 1, 2].map((c) => all.pixels[at + c * 256 + y * 16 + x]!);
    expect(pixel(0, 0)).toEqual([255, 255, 255]);
    const [red, green, blue] = pixel(8, 8) as [number, number, number];
    expect(red).toBeGreaterThan(180);
    expect(Math.max(green, blue)).toBeLessThan(100);
  }); // prettier-ignore

  it("draws each once a program, in the groups and the size that are asked for", async () => {
    const food = await emoji({ only: ["food"], size: 8 });
    expect(food.shape).toEqual([3, 8, 8]);
    expect(new Set(food.emoji.map(({ group }) => group))).toEqual(new Set(["food"]));
    expect(await emoji({ only: ["food"], size: 8 })).toBe(food);
    expect(await emoji({ only: ["food"] })).not.toBe(food);
  });

  it("gives batches a caption each, the same for the same seed", () => {
    const options = { batch: 4, steps: 3, seed: 2 };
    const batches = [...all.captioned(options)];
    expect(batches.map(({ captions }) => captions.length)).toEqual([4, 4, 4]);
    expect([...all.captioned(options)]).toEqual(batches);
    const resumed = [...all.captioned({ ...options, start: 2 })];
    expect(resumed).toEqual(batches.slice(2));
    const [first] = batches;
    first!.captions.forEach((text, k) => {
      const { label, tags } = all.emoji[first!.label[k]!]!;
      const words = [label.en, ...tags.en, label.ru, ...tags.ru];
      expect(words.some((word) => text.includes(word))).toBe(true);
    });
  });

  it("captions are mostly labels, in both languages, at times with tags or tags alone", () => {
    let state = 0;
    const random = () => (state = (state + 0.618034) % 1); // spread evenly
    const dog = find("dog face");
    const said = new Set(Array.from({ length: 200 }, () => caption(dog, random)));
    expect(said).toContain("dog face");
    expect(said).toContain("морда собаки");
    expect(said.size).toBeGreaterThan(4);
  });

  it("parts hold some out", () => {
    const even = all.part((place) => place % 2 === 0);
    expect(even.emoji[1]).toBe(all.emoji[2]);
    expect(even.pixels.slice(768, 1536)).toEqual(all.pixels.slice(2 * 768, 3 * 768));
  });

  it("says what to install, and what is wrong", async () => {
    const folder = mkdtempSync(join(tmpdir(), "genarch-"));
    const elsewhere = vi.spyOn(process, "cwd").mockReturnValue(folder);
    await expect(emoji({ size: 9 })).rejects.toThrow(
      "emoji: the package @iconify-json/fluent-emoji-flat is not installed; run " +
        "`npm install @iconify-json/fluent-emoji-flat emojibase-data @resvg/resvg-wasm`.",
    );
    elsewhere.mockRestore();
    await expect(emoji({ size: 0 })).rejects.toThrow(
      "emoji: size is 0; it must be a whole number of pixels from 1.",
    );
    await expect(emoji({ only: [] })).rejects.toThrow(
      "emoji: no emoji is in no group; name some of",
    );
  });
});
