// The report's small parts: escaping, numbers of two languages, ticks, names kept apart, who is best.
import { describe, expect, it } from "vitest";
import type { Criterion, Results } from "../../src/compare/results.js";
import { ticksOf } from "../../src/report/axes.js";
import { bestOf, leadsOf } from "../../src/report/best.js";
import { generalClaims } from "../../src/report/general-claims.js";
import { html } from "../../src/report/html.js";
import { apart } from "../../src/report/lines.js";
import { numbersOf } from "../../src/report/numbers.js";
import { looksOf } from "../../src/report/palette.js";
import { both, example } from "./example.js";

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");
const [en, ru] = [numbersOf("en"), numbersOf("ru")];

describe("html", () => {
  it("escapes what is put in, but not what is HTML already", () => {
    const inner = html`<b>${"<i> & \"'"}</b>`;
    expect(html`<p>${inner}${[1, " ", inner]}</p>`.text).toBe(
      "<p><b>&lt;i&gt; &amp; &quot;&#39;</b>1 <b>&lt;i&gt; &amp; &quot;&#39;</b></p>",
    );
  });

  it("takes nothing for false, null and undefined, but keeps 0", () => {
    expect(html`${false}${null}${undefined}${0}`.text).toBe("0");
  });

  it("replaces what no HTML may hold: control characters and halves of surrogate pairs", () => {
    expect(html`${"a\u0000b\u001b\ud800c\t\nд😀"}`.text).toBe("a\ufffdb\ufffd\ufffdc\t\nд😀");
  });
});

describe("numbers", () => {
  it("are written as the language writes them", () => {
    expect([en.fixed(1234.5, 2), plain(ru.fixed(1234.5, 2))]).toEqual(["1,234.50", "1 234,50"]);
    expect([en.fixed(-0.5, 1), ru.fixed(-0.5, 1)]).toEqual(["\u22120.5", "\u22120,5"]);
    expect([en.short(0.012345), ru.short(0.012345)]).toEqual(["0.0123", "0,0123"]);
    expect([en.short(123456), plain(ru.short(123456))]).toEqual(["123,456", "123 456"]);
  });

  it("are powers of ten where they are tiny or huge", () => {
    expect([en.short(1e-5), en.short(3.25e-12), ru.short(3.25e-12)]).toEqual([
      "10⁻⁵",
      "3.25·10⁻¹²",
      "3,25·10⁻¹²",
    ]);
    expect([en.short(9.9999e-8), en.short(2e9), en.short(0)]).toEqual(["10⁻⁷", "2·10⁹", "0"]);
  });

  it("of seconds are said in their two largest parts", () => {
    const said = [0.42, 9.96, 61.2, 200, 3600, 7325].map((s) => plain(en.duration(s)));
    expect(said).toEqual(["0.4 s", "10 s", "1 min 1 s", "3 min 20 s", "1 h", "2 h 2 min"]);
    expect(plain(ru.duration(7325))).toBe("2 ч 2 мин");
  });

  it("go with the right form of a noun", () => {
    expect([1, 2, 5, 21, 112].map((n) => ru.plural(n))).toEqual([
      "one",
      "few",
      "many",
      "one",
      "many",
    ]);
  });
});

describe("ticks", () => {
  const axis = (scale: "linear" | "log") => ({ title: both("x"), scale });
  const at = (scale: "linear" | "log", values: number[], count: number) => {
    const { ticks, text } = ticksOf(axis(scale), values, count, en);
    return ticks.map(text);
  };
  const many = (low: number, high: number) =>
    Array.from({ length: 50 }, (_, k) => low + ((high - low) * k) / 49);

  it("stand at the values themselves where these are few and apart", () => {
    expect(at("log", [10, 50, 250, 1000], 7)).toEqual(["10", "50", "250", "1,000"]);
    expect(at("linear", [10, 50, 250, 1000], 5)).toEqual(["200", "400", "600", "800", "1,000"]);
  });

  it("are round, with as many digits as their step has", () => {
    expect(at("linear", many(1.9, 4.1), 5)).toEqual(["2.0", "2.5", "3.0", "3.5", "4.0"]);
    expect(at("linear", many(0, 1181), 7)).toEqual(["0", "200", "400", "600", "800", "1,000"]);
  });

  it("on a logarithmic axis are 1, 2 and 5, or powers of ten with 1 among them", () => {
    expect(at("log", many(3, 60), 7)).toEqual(["5", "10", "20", "50"]);
    expect(at("log", many(1e-9, 1), 6)).toEqual(["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
  });
});

it("names of curves that end close together are pushed apart, in their order", () => {
  expect(apart([100, 102, 50], 17, 0, 400)).toEqual([100, 117, 50]);
  const low = apart([395, 396, 397], 17, 0, 400);
  expect(low).toEqual([366, 383, 400]);
});

describe("looks", () => {
  it("are one contestant's throughout, its family's hue, and grey for controls", async () => {
    const lookOf = looksOf(await example());
    expect(lookOf("rnn").color).toBe("var(--recurrent-0)");
    expect(lookOf("lstm")).toEqual({
      color: "var(--recurrent-1)",
      dash: "7 3",
      symbol: expect.any(String) as string,
    });
    expect(lookOf("unigram")).toEqual(lookOf("nobody"));
  });
});

describe("the best", () => {
  const best = async (key: string, change?: (results: Results) => void) => {
    const results = await example();
    change?.(results);
    const [experiment] = results.experiments.filter(({ contestants }) =>
      contestants.some(({ criteria }) => criteria[key]),
    );
    return [...bestOf(experiment!, key, results.criteria[key]!)];
  };

  it("is the lowest, the highest, or the nearest to the target's value; controls do not compete", async () => {
    expect(await best("bits")).toEqual(["gpt"]);
    expect(await best("speed")).toEqual(["rnn"]);
    expect(await best("distinct")).toEqual(["gpt"]); // 0.52, the text's own is 0.50
  });

  it("is shared by values that are written alike", async () => {
    const alike = await best("bits", ({ experiments: [first] }) => {
      first!.contestants[1]!.criteria["bits"] = { value: 2.0501 };
    });
    expect(alike).toEqual(["lstm", "gpt"]);
  });

  it("is nobody where no way is good, where the target is unknown, and where all are the same", async () => {
    const as = (criterion: Partial<Criterion>) => (results: Results) =>
      Object.assign(results.criteria["distinct"]!, criterion);
    expect(await best("distinct", as({ better: "neither" }))).toEqual([]);
    expect(await best("distinct", as({ target: "nobody" }))).toEqual([]);
    const same = await best("bits", ({ experiments: [first] }) =>
      first!.contestants.forEach(({ criteria }) => (criteria["bits"] = { value: 2 })),
    );
    expect(same).toEqual([]);
  });

  it("is counted by columns", async () => {
    const results = await example();
    const { columns, leads } = leadsOf(results.experiments[0]!, results);
    expect(columns).toBe(3);
    expect(leads.map(({ contestant, best }) => [contestant.id, best])).toEqual([
      ["rnn", 1],
      ["lstm", 0],
      ["gpt", 2],
    ]);
  });
});

describe("claims about all", () => {
  it("that none is best at everything holds until one leads every column of all its tables", async () => {
    const results = await example();
    const noBest = () => generalClaims(results).find(({ id }) => id === "no-best")!;
    expect(noBest().held).toBe(true);
    expect(noBest().values).toMatchObject({
      "language/rnn": 1,
      "language/gpt": 2,
      "digits/vae": 1,
    });
    results.experiments[0]!.contestants[2]!.criteria["speed"] = { value: 900 };
    expect(noBest().held).toBe(false);
    expect(noBest().measured.ru).toContain("столбцов 3, из них с лучшим значением: RNN\u00a0— 0");
    results.experiments = [];
    expect(noBest().held).toBe("not measured");
  });

  it("step back where the run speaks of the same claim", async () => {
    const results = await example();
    const [claim] = results.experiments[0]!.figures[0]!.claims;
    claim!.id = "hybrids";
    expect(generalClaims(results).map(({ id }) => id)).toEqual(["no-best"]);
  });
});
