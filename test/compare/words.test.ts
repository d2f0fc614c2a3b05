/** Numbers in sentences, as each language writes them; and claims, decided or left open. */
import { describe, expect, it } from "vitest";
import { claimOf } from "../../src/compare/claim.js";
import { measured } from "../../src/compare/table.js";
import { said, words } from "../../src/compare/words.js";

describe("said", () => {
  it("writes numbers, shares and lists in both languages", () => {
    const sentence = said(
      (w) => `${w.number(12345.6, 1)}, ${w.percent(0.25)}, ${w.list(["a", "b", "c"])}`,
      (w) => `${w.number(12345.6, 1)}, ${w.percent(0.25)}, ${w.list(["а", "б", "в"])}`,
    );
    expect(sentence).toEqual({ en: "12,345.6, 25 %, a, b and c", ru: "12 345,6, 25 %, а, б и в" });
  });

  it.each([
    [0, "0.0", "0,0"],
    [0.03412, "0.034", "0,034"],
    [2.674, "2.7", "2,7"],
    [1.23e-7, "1.2·10⁻⁷", "1,2·10⁻⁷"],
    [4.5e-12, "4.5·10⁻¹²", "4,5·10⁻¹²"],
  ])("writes %f short", (value, en, ru) => {
    expect(said((w) => w.short(value), (w) => w.short(value))).toEqual({ en, ru }); // prettier-ignore
  });
});

describe("claimOf", () => {
  const question = (values: Record<"a" | "b", number | null | undefined>) =>
    claimOf({
      id: "more",
      claim: words("a is more than b.", "a больше b."),
      source: "Euclid",
      values,
      held: ({ a, b }) => a > b,
      measured: ({ a, b }) => said((w) => `${w.number(a)} and ${w.number(b)}.`, (w) => `${w.number(a)} и ${w.number(b)}.`), // prettier-ignore
    });

  it("is held or not by the numbers", () => {
    expect(question({ a: 2, b: 1 })).toMatchObject({ held: true, measured: { en: "2 and 1." } });
    expect(question({ a: 1, b: 2 }).held).toBe(false);
  });

  it.each([null, undefined, NaN])("is not measured where a number is %s", (a) => {
    const { held, values, measured } = question({ a, b: 1 });
    expect(held).toBe("not measured");
    expect(values).toEqual({ b: 1 });
    expect(measured.en).toMatch(/did not take part/);
  });
});

describe("a cell of the table", () => {
  const criterion = { title: words("", ""), about: words("", ""), better: "lower", digits: 1 } as const; // prettier-ignore
  it("has half of the interval behind its value, and a dash where there is none", () => {
    const interval = { low: 1, high: 3, level: 0.95, method: "wilson" };
    expect(measured({ value: 2, interval }, criterion, "ru")).toBe("2,0 ±1,0");
    expect(measured({ value: 2.04 }, criterion, "en")).toBe("2.0");
    expect(measured({ value: null }, criterion, "en")).toBe("–");
    expect(measured(undefined, criterion, "en")).toBe("");
  });
});
