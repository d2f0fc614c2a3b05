import { describe, expect, it } from "vitest";
import { Meteor, meteor } from "genarch/metrics";

describe("METEOR", () => {
  it("gives the number of NLTK's documentation, 0.6944, derived by hand", () => {
    const hypothesis =
      "It is a guide to action which ensures that the military always obeys the commands of the party";
    const reference =
      "It is a guide to action that ensures that the military will forever heed Party commands";
    // 12 of 18 and of 16 words match, in 6 runs: the last "the" of the first text takes the only
    // one of the second, so it stands alone.
    const [p, r] = [12 / 18, 12 / 16];
    const mean = (p * r) / (0.9 * p + 0.1 * r);
    const { value } = meteor([hypothesis], [[reference]]);
    expect(value).toBeCloseTo((1 - 0.5 * (6 / 12) ** 3) * mean, 12);
    expect(value).toBeCloseTo(0.6944, 4);
  });

  it("matches exact words first, then stems", () => {
    expect(meteor(["cats"], [["cat"]], { stages: ["exact"] }).value).toBe(0);
    expect(meteor(["cats"], [["cat"]]).value).toBe(0.5);
  });

  it("punishes fragments: gamma · (chunks / matches)^beta", () => {
    const whole = meteor(["a b c d"], [["a b c d"]]).value;
    expect(whole).toBeCloseTo(1 - 0.5 * (1 / 4) ** 3, 14);
    const parts = meteor(["c d a b"], [["a b c d"]], { beta: 2, gamma: 0.4 }).value;
    expect(parts).toBeCloseTo(1 - 0.4 * (2 / 4) ** 2, 14);
  });

  it("takes the best reference, ignores case, and is 0 without a match", () => {
    expect(meteor(["A b"], [["x"], ["a B"]]).value).toBeCloseTo(1 - 0.5 / 8, 14);
    expect(meteor(["a"], [["b"]]).value).toBe(0);
    expect(meteor([""], [[""]]).value).toBe(0);
  });

  it("goes through JSON", () => {
    const half = new Meteor().add({ hypothesis: "a b", references: ["a c"] });
    expect(Meteor.fromJSON(half.toJSON()).result()).toEqual(half.result());
  });
});
