/** Writing with keys and values kept: the same text as when everything is read anew, at a fixed cost a token. */
import { beforeAll, describe, expect, it } from "vitest";
import { memory, plansMade, realize, seed, tensor, trace, use, wasm } from "genarch";
import { collect, generate, GPT, Llama, type WindowModel } from "genarch/models";

beforeAll(() => use(wasm));

const size = { vocab: 11, context: 12, layers: 2, heads: 4, width: 16 };
const models = {
  GPT: () => new GPT({ ...size, deviation: 0.3 }),
  "Llama with shared keys": () => new Llama({ ...size, kvHeads: 2, hidden: 24 }),
};
const tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];
const row = (ids: number[]) => tensor([ids], { dtype: "i32" });

describe.each(Object.entries(models))("%s", (_, make) => {
  it.each([
    ["one by one", tokens.map(() => 1)],
    ["all at once", [tokens.length]],
    ["as they come", [5, 1, 4, 2]],
  ])("says after each token what forward says there, read %s", async (_, counts) => {
    seed(1);
    const model = make();
    const [all] = (await model.forward(row(tokens)).array()) as number[][][];
    let past = model.begin(1);
    let place = 0;
    for (const count of counts) {
      const out = model.step(row(tokens.slice(place, place + count)), place, past);
      ({ past } = out);
      const [said] = (await out.logits.array()) as number[][][];
      expect(said).toHaveLength(count);
      for (const logits of said!) {
        logits.forEach((logit, v) => expect(logit).toBeCloseTo(all![place]![v]!, 5));
        place++;
      }
    }
  });

  it("reads a prompt in one run, and each token that it draws in one more", async () => {
    seed(6);
    const model = make();
    const { runs } = await trace(() => collect(generate(model, tokens.slice(0, 9), { count: 3 })));
    expect(runs).toHaveLength(3);
  });

  it("generates what reading the window anew generates, also beyond the context", async () => {
    seed(2);
    const model = make();
    const anew: WindowModel = { config: model.config, forward: (x) => model.forward(x) };
    for (const prompt of [[3], [3, 1, 4], tokens, [...tokens, 7]]) {
      seed(3);
      const expected = await collect(generate(anew, prompt, { count: 20 }));
      seed(3);
      expect(await collect(generate(model, prompt, { count: 20 }))).toEqual(expected);
    }
  });

  it("makes a plan for prompts of about a length and one for drawing, and leaves no tensor behind", async () => {
    seed(4);
    const model = make();
    realize([]); // its numbers
    await collect(generate(model, [1, 2, 3, 4], { count: 2, topK: 3 }));
    const [plans, tensors] = [plansMade(), memory().tensors];
    await collect(generate(model, [4, 5, 6, 7, 8], { count: 7, topK: 3 })); // 3 and 4 before the last: both read as 4
    expect(plansMade() - plans).toBe(0);
    expect(memory().tensors).toBe(tensors);
  });

  it("frees what it kept when the reader stops", async () => {
    seed(5);
    const model = make();
    realize([]);
    const before = memory().tensors;
    for await (const token of generate(model, [1], { count: 9 })) if (token >= 0) break;
    expect(memory().tensors).toBe(before);
  });

  it("has no place beyond its context", () => {
    const model = make();
    expect(() => model.step(row([1, 2]), 11, model.begin(1))).toThrow(
      /places are 11 to 12, but the past has 0 to 11; read the last of the text anew/,
    );
  });
});
