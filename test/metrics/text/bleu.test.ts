import { describe, expect, it } from "vitest";
import {
  Bleu,
  bleu,
  bleuFromCounts,
  type BleuOptions,
  sentenceBleu,
  tokenizers,
} from "genarch/metrics";
import { cases, expectClose } from "./vectors.js";

describe("corpus BLEU", () => {
  it("is 100 for a copy and 0 without a single match, whatever the smoothing", () => {
    expect(bleu(["the cat sat on the mat"], [["the cat sat on the mat"]]).value).toBeCloseTo(
      100,
      10,
    );
    expect(bleu(["a b c d e"], [["v w x y z"]]).value).toBe(0);
    expect(bleu([""], [["v w x y z"]]).value).toBe(0);
  });

  it("follows the formula by hand: 5/6, 3/5, 2/4, 1/3 and no brevity penalty", () => {
    const result = bleu(["the cat sat on a mat"], [["the cat sat on the mat"]]);
    expect(result.parts?.counts).toEqual([5, 3, 2, 1]);
    expect(result.parts?.totals).toEqual([6, 5, 4, 3]);
    expect(result.value).toBeCloseTo(100 * ((5 / 6) * (3 / 5) * (2 / 4) * (1 / 3)) ** 0.25, 10);
  });

  it("clips a repeated word at the reference's count, and takes the larger of two references", () => {
    const result = bleu(["the the the the"], [["the cat the"], ["the dog"]]);
    expect(result.parts?.counts[0]).toBe(2);
  });

  it("compares with the nearest reference length, of two as near with the shorter", () => {
    const lengths = (references: string[]) =>
      bleu(
        ["a b c d"],
        references.map((reference) => [reference]),
      ).parts?.refLen;
    expect(lengths(["a b", "a b c d e"])).toBe(5);
    expect(lengths(["a b c d e", "a b c"])).toBe(3);
  });

  it("ignores missing references and says in the signature that their number varies", () => {
    const result = bleu(
      ["a b", "c d"],
      [
        ["a b", "c d"],
        ["a", null],
      ],
    );
    expect(result.signature).toMatch(/^bleu\|nrefs:var\|case:mixed\|eff:no\|tok:13a\|smooth:exp\|/);
  });

  it("carries an interval from two segments on, within 0 and 100", () => {
    const result = bleu(["a b c d", "a b x d"], [["a b c d", "a b c d"]]);
    expect(result.value !== null && result.interval?.high).toBeLessThanOrEqual(100);
    expect(result.value !== null && result.interval?.low).toBeGreaterThanOrEqual(0);
    expect(bleu(["a"], [["a"]])).not.toHaveProperty("interval");
  });

  it("is the same under any order of adding and merging, and through JSON", () => {
    const segments = ["a b c d e", "f g h", "a b x y"].map((hypothesis, i) => ({
      hypothesis,
      references: [["a b c d e f", "f g h", "a b c y"][i]!],
    }));
    const whole = new Bleu();
    for (const segment of segments) whole.add(segment);
    const part = new Bleu().add(segments[2]!).merge(new Bleu().add(segments[1]!));
    const thawed = Bleu.fromJSON(JSON.parse(JSON.stringify(part)) as ReturnType<Bleu["toJSON"]>);
    expect(new Bleu().merge(thawed).add(segments[0]!).result()).toEqual(whole.result());
  });

  it("gives a reason for no segments, and a sentence for lists that do not fit", () => {
    expect(bleu([], [[]])).toMatchObject({ value: null, reason: "no-items", n: 0 });
    expect(() => bleu(["a", "b"], [["a"]])).toThrow(
      "Reference stream 0 has 1 segments, the hypotheses 2. " +
        "Streams are references[stream][segment]; give each the same length.",
    );
    expect(() => new Bleu().merge(new Bleu({ lowercase: true }))).toThrow("different settings");
    const method1 = { smoothMethod: "method1" } as unknown as BleuOptions; // NLTK's name
    expect(() => new Bleu(method1)).toThrow(
      'No smoothing of BLEU is called "method1"; there are floor, add-k, exp, none.',
    );
  });

  for (const one of cases("bleu.json", "bleu.corpus")) {
    it(`equals sacreBLEU: ${one.name}`, () => {
      const { tokenize, smooth_method, smooth_value, effective_order } = one.params;
      const result = bleu(one.inputs["hypotheses"]!, one.inputs["references"]!, {
        tokenize: tokenize!,
        smoothMethod: smooth_method!,
        smoothValue: smooth_value!,
        effectiveOrder: effective_order!,
        lowercase: one.params["lowercase"]!,
        maxNgramOrder: one.params["max_ngram_order"]!,
      });
      const { score, counts, totals, precisions, bp, sys_len, ref_len } = one.expected;
      expectClose(result.value, score, one);
      const { brevityPenalty, sysLen, refLen, ...parts } = result.parts!;
      expectClose({ ...parts, bp: brevityPenalty }, { counts, totals, precisions, bp }, one);
      expect([sysLen, refLen]).toEqual([sys_len, ref_len]);
    });
  }
});

describe("BLEU as other libraries have it", () => {
  const hypotheses = [
    "the cat sat on the mat today",
    "a dog ran over the hill",
    "it's 3.5, they say!",
  ];
  const references = [
    ["the cat is on the mat", "a dog ran up the hill now", "it's 3.5, she says!"],
    ["a cat sat on the mat this very day", "the dog ran over a hill", "they say it's 3.5!"],
  ];
  const of = (options: BleuOptions) => bleu(hypotheses, references, options).value;

  it("torchmetrics: 0 to 1, blanks, add 1 above the first order (1.9.0, float32)", () => {
    const compat = "torchmetrics";
    expect(of({ compat })).toBeCloseTo(0.5173183679580688, 6);
    expect(of({ compat, smoothMethod: "add-k" })).toBeCloseTo(0.5730574131011963, 6);
    expect(of({ compat, maxNgramOrder: 2 })).toBeCloseTo(0.7938842177391052, 6);
    const sacre = { compat, tokenize: "13a" } as const; // its SacreBLEUScore
    expect(of(sacre)).toBeCloseTo(0.506062924861908, 6);
    expect(of({ ...sacre, smoothMethod: "add-k" })).toBeCloseTo(0.5606321692466736, 6);
  });

  it("torchmetrics: of two references as near the first listed counts, and one miss is 0", () => {
    const compat = "torchmetrics";
    const [short, long] = ["a b c d e", "a b c d e f g"];
    const one = (first: string, second: string) =>
      bleu(["a b c d e f"], [[first], [second]], { compat }).value;
    expect(one(short, long)).toBe(1);
    expect(one(long, short)).toBeCloseTo(0.8464817404747009, 6);
    const smoothed = { compat, maxNgramOrder: 2, smoothMethod: "add-k" } as const;
    expect(bleu(["a b x"], [["a y b"]], smoothed).value).toBe(0);
  });

  it("evaluate: the shortest reference counts, and add 1 at every order", () => {
    // By hand: 6 words against 5 and 9, so no penalty; 5/6, 3/5 → 6/7, 4/6.
    const refs = [["the cat is on the mat or so it seems"], ["the cat on the mat"]];
    const smoothed = { compat: "evaluate", maxNgramOrder: 2 } as const;
    const text = ["the cat sat on the mat"];
    expect(bleu(text, refs, smoothed).value).toBeCloseTo(Math.sqrt((5 / 6) * (3 / 5)), 14);
    const added = bleu(text, refs, { ...smoothed, smoothMethod: "add-k" });
    expect(added.value).toBeCloseTo(Math.sqrt((6 / 7) * (4 / 6)), 14);
    expect(added.signature).toContain("tok:13a|smooth:add-k[1.00]|order:2|compat:evaluate");
    expect(added.parts).toMatchObject({ refLen: 5, counts: [6, 4], totals: [7, 6] });
  });

  it("have no smoothing but adding 1", () => {
    expect(() => of({ compat: "evaluate", smoothMethod: "floor" })).toThrow(
      'evaluate has no smoothing "floor": its smooth=False is smoothMethod "none"',
    );
  });
});

describe("sentence BLEU", () => {
  it("divides by the orders that the sentence is long enough for", () => {
    expect(sentenceBleu("a b", ["a b"]).value).toBeCloseTo(100, 10);
    expect(sentenceBleu("a b", ["a b"], { effectiveOrder: false }).value).toBe(0);
  });

  for (const one of cases("bleu.json", "bleu.sentences")) {
    it(`equals sacreBLEU: ${one.name}`, () => {
      const streams: string[][] = one.inputs["references"]!;
      const scores = (one.inputs["hypotheses"]! as string[]).map(
        (hypothesis, i) =>
          sentenceBleu(
            hypothesis,
            streams.map((stream) => stream[i]!),
            {
              tokenize: one.params["tokenize"]!,
              smoothMethod: one.params["smooth_method"]!,
              smoothValue: one.params["smooth_value"]!,
              effectiveOrder: one.params["effective_order"]!,
            },
          ).value,
      );
      expectClose(scores, one.expected["scores"], one);
    });
  }
});

describe("BLEU's smoothing, orders 3 and 4 without a match", () => {
  const counts = { correct: [4, 2, 0, 0], total: [5, 4, 3, 2], sysLen: 5, refLen: 5 };

  it("none: 0", () => {
    expect(bleuFromCounts(counts, { smoothMethod: "none" }).score).toBe(0);
  });
  it("exp: 1/2 and 1/4 of a match", () => {
    const { precisions } = bleuFromCounts(counts, { smoothMethod: "exp" });
    expect(precisions).toEqual([80, 50, 100 / 6, 100 / 8]);
  });
  it("floor: a tenth of a match", () => {
    const { precisions } = bleuFromCounts(counts, { smoothMethod: "floor" });
    expect(precisions).toEqual([80, 50, 10 / 3, 5]);
  });
  it("add-k: one more of each count above the first order, and says so in the counts", () => {
    const result = bleuFromCounts(counts, { smoothMethod: "add-k" });
    expect(result.counts).toEqual([4, 3, 1, 1]);
    expect(result.totals).toEqual([5, 5, 4, 3]);
  });
});

describe("BLEU's tokenizers", () => {
  it("13a splits punctuation, keeps numbers whole, and decodes entities once", () => {
    expect(tokenizers["13a"]('He said, "1,000.5 &amp;quot; 3-4"-\nx')).toBe(
      'He said , " 1,000.5 & quot ; 3 - 4 " x',
    );
  });
  it("13a takes an astral character for one character", () => {
    expect(tokenizers["13a"]("😀.😀")).toBe("😀 . 😀");
  });
  it("intl splits symbols and Unicode punctuation, and keeps a final dot after a digit", () => {
    expect(tokenizers.intl("x «y 5€» in 2023.")).toBe("x « y 5 € » in 2023.");
  });
  it("char takes code points apart", () => {
    expect(tokenizers.char("a😀é")).toBe("a 😀 é");
  });
  it("zh takes Chinese characters apart, and curly quotes with them", () => {
    expect(tokenizers.zh("他“说”hi, 2023.")).toBe("他 “ 说 ” hi , 2023.");
  });
  it("none leaves the text alone, and U+FEFF is no white space", () => {
    expect(tokenizers.none("a  b")).toBe("a  b");
    expect(tokenizers["13a"]("\ufeff28 \x85 x")).toBe("\ufeff28 x");
  });
});
