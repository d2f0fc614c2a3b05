import { describe, expect, it } from "vitest";
import { Rouge, corpusRouge, porterStem, rouge, rougeBootstrap } from "genarch/metrics";
import type { PorterMode } from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

describe("Porter's stemmer", () => {
  // From the paper's own lists of examples; the last column tells where NLTK departs from it.
  it.each([
    ["caresses", "caress", "caress"],
    ["ponies", "poni", "poni"],
    ["ties", "ti", "tie"],
    ["agreed", "agre", "agre"],
    ["plastered", "plaster", "plaster"],
    ["bled", "bled", "bled"],
    ["motoring", "motor", "motor"],
    ["sized", "size", "size"],
    ["hopping", "hop", "hop"],
    ["falling", "fall", "fall"],
    ["filing", "file", "file"],
    ["happy", "happi", "happi"],
    ["sky", "sky", "sky"],
    ["enjoy", "enjoi", "enjoy"],
    ["died", "di", "die"],
    ["conformabli", "conform", "conform"],
    ["electriciti", "electr", "electr"],
    ["adoption", "adopt", "adopt"],
    ["controll", "control", "control"],
    ["proceed", "proce", "proceed"],
  ])("%s: %s by the paper, %s by NLTK", (word, original, nltk) => {
    expect(porterStem(word, "original")).toBe(original);
    expect(porterStem(word)).toBe(nltk);
  });

  it("takes a run of y as long as it comes: they are consonant and vowel in turns", () => {
    expect(porterStem("y".repeat(50_001))).toBe("y".repeat(50_001));
    expect(porterStem("syyy")).toBe("syyi"); // s, vowel, consonant, and a y behind a consonant
  });

  it("knows the modes apart: logi, bli, words of two letters, -fulli", () => {
    const all = (word: string) =>
      (["original", "martin", "nltk"] as PorterMode[]).map((mode) => porterStem(word, mode));
    expect(all("archaeologi")).toEqual(["archaeologi", "archaeolog", "archaeolog"]);
    expect(all("geologi")).toEqual(["geologi", "geologi", "geolog"]);
    expect(all("possibli")).toEqual(["possibli", "possibl", "possibl"]);
    expect(all("as")).toEqual(["a", "as", "as"]);
    expect(all("hopefulli")).toEqual(["hopefulli", "hopefulli", "hope"]);
  });

  for (const one of cases("porter.json", "porterStem")) {
    it(`equals NLTK: ${one.name}`, () => {
      const mode = String(one.params["mode"]).split("_")[0]!.toLowerCase() as PorterMode;
      const stems = (one.inputs["words"]! as string[]).map((word) => porterStem(word, mode));
      expect(stems).toEqual(one.expected["stems"]);
    });
  }
});

describe("ROUGE", () => {
  it("counts shared n-grams: police killed the gunman, from Lin (2004)", () => {
    const target = "police killed the gunman";
    const types = ["rouge1", "rouge2", "rougeL"] as const;
    const first = rouge("police kill the gunman", target, { types });
    const second = rouge("the gunman kill police", target, { types });
    expect(first.parts?.rouge2?.fmeasure).toBe(1 / 3);
    expect(second.parts?.rouge2?.fmeasure).toBe(1 / 3);
    expect(first.parts?.rougeL?.recall).toBe(3 / 4);
    expect(second.parts?.rougeL?.recall).toBe(2 / 4);
    expect(first.value).toBe(3 / 4);
  });

  it("rougeLsum joins the lines' matches: w1 to w5 of Lin (2004), section 3.2", () => {
    const { parts } = rouge("w1 w3 w8 w9 w5\nw1 w2 w6 w7 w8", "w1 w2 w3 w4 w5");
    expect(parts?.rougeLsum?.recall).toBe(4 / 5);
    expect(parts?.rougeL?.recall).toBe(3 / 5);
  });

  it("stems words of more than three letters, if asked", () => {
    expect(rouge("testing", "tested").value).toBe(0);
    expect(rouge("testing", "tested", { stemmer: true }).value).toBe(1);
    expect(rouge("was", "wa", { stemmer: true }).value).toBe(0);
  });

  it("takes the best of several targets, for each type by itself", () => {
    const { parts } = rouge("a b c", ["c b a", "a b"], { types: ["rouge1", "rouge2"] });
    expect(parts?.rouge1?.fmeasure).toBe(1);
    expect(parts?.rouge2?.recall).toBe(1);
  });

  it("is 0 for empty texts, and for scripts beyond a-z unless told to read them", () => {
    expect(rouge("", "a").value).toBe(0);
    expect(rouge("привет мир", "привет").value).toBe(0);
    expect(rouge("привет мир", "привет", { tokenize: "unicode" }).parts?.rouge1?.recall).toBe(1);
    expect(rouge("你好", "你们", { tokenize: "unicode" }).parts?.rouge1?.recall).toBe(0.5);
  });

  it("finds the same length of a subsequence beyond one machine word", () => {
    const words = (n: number, step: number) =>
      Array.from({ length: n }, (_, i) => `w${(i * step) % 97}`);
    const [a, b] = [words(150, 7), words(130, 5)];
    const table = Array.from({ length: a.length + 1 }, () =>
      new Array<number>(b.length + 1).fill(0),
    );
    a.forEach((x, i) =>
      b.forEach((y, j) => {
        const both = table[i]![j]! + 1;
        table[i + 1]![j + 1] = x === y ? both : Math.max(table[i]![j + 1]!, table[i + 1]![j]!);
      }),
    );
    const { parts } = rouge(a.join(" "), b.join(" "), { types: ["rougeL"] });
    expect(parts?.rougeL?.precision).toBe(table[150]![130]! / 150);
  });

  it("rougeLsum walks back as rouge_score does: through the whole table, up on ties", () => {
    // Lines with few different words have many longest subsequences: the union of the two that are
    // walked depends on how ties are broken.
    const walked = (target: string[], line: string[]) => {
      const table = Array.from({ length: target.length + 1 }, () =>
        new Array<number>(line.length + 1).fill(0),
      );
      target.forEach((x, i) =>
        line.forEach((y, j) => {
          const both = table[i]![j]! + 1;
          table[i + 1]![j + 1] = x === y ? both : Math.max(table[i]![j + 1]!, table[i + 1]![j]!);
        }),
      );
      const found: number[] = [];
      let [i, j] = [target.length, line.length];
      while (i > 0 && j > 0) {
        if (target[i - 1] === line[j - 1]) {
          found.push(--i);
          j--;
        } else if (table[i]![j - 1]! > table[i - 1]![j]!) j--;
        else i--;
      }
      return found;
    };
    const words = (n: number, step: number) =>
      Array.from({ length: n }, (_, i) => `w${(i * i * step + i) % 31}`);
    const [target, lines] = [words(70, 3), [words(45, 5), words(64, 7)]];
    const union = new Set(lines.flatMap((line) => walked(target, line)));
    const count = (text: string[], word: string) => text.filter((w) => w === word).length;
    const hits = [...new Set(target)].map((word) =>
      Math.min(
        [...union].filter((at) => target[at] === word).length,
        count(lines.flat(), word),
        count(target, word),
      ),
    );
    const prediction = lines.map((line) => line.join(" ")).join("\n");
    const { parts } = rouge(prediction, target.join(" "), { types: ["rougeLsum"] });
    expect(parts?.rougeLsum?.recall).toBe(hits.reduce((a, b) => a + b) / 70);
  });

  it("takes a line of 20,000 words, whose table would be of 1.6 GB", () => {
    const words = (from: number) => Array.from({ length: 20_000 }, (_, i) => `w${from + i}`);
    const [prediction, target] = [words(10_000).join(" "), words(0).join(" ")];
    expect(rouge(prediction, target, { types: ["rougeLsum"] }).value).toBe(0.5);
  });

  it("means over a corpus do not depend on the order, and go through JSON", () => {
    const items = ["a b c", "a x", "c"].map((prediction) => ({ prediction, targets: ["a b"] }));
    const [one, two, three] = items;
    const thawed = Rouge.fromJSON(JSON.parse(JSON.stringify(new Rouge().add(two!).add(three!))));
    const other = thawed.merge(new Rouge().add(one!)).result();
    expect(other).toEqual(corpusRouge(["a b c", "a x", "c"], [["a b", "a b", "a b"]]));
  });

  it("bootstraps over given rows: the middle is the median of the resamples' means", () => {
    const scores = [0, 0.5, 1].map((x) => ({ rouge1: { precision: x, recall: x, fmeasure: x } }));
    const rows = [
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
    ];
    const { rouge1 } = rougeBootstrap(scores, rows, 0.8);
    expect(rouge1?.mid.fmeasure).toBe(0.5);
    expect(rouge1?.low.fmeasure).toBeCloseTo(0.1, 14);
    expect(rouge1?.high.fmeasure).toBeCloseTo(0.9, 14);
  });

  for (const one of cases("rouge.json", "rouge")) {
    it(`equals rouge_score: ${one.name}`, () => {
      const { use_stemmer, rouge_types } = one.params;
      const options = { stemmer: use_stemmer!, types: rouge_types! };
      const { parts } = rouge(one.inputs["prediction"]!, one.inputs["target"]!, options);
      expectClose(parts, one.expected, one);
    });
  }
});
