/** Writing with keys and values kept: the same text as when everything is read anew, at a fixed cost a token. */
import { beforeAll, describe, expect, it } from "vitest";
import { memory, plansMade, realize, seed, tensor, use, wasm } from "genarch";
import { collect, generate, GPT, Llama, type WindowModel } from "genarch/models";

beforeAll(() => use(wasm));

const size = { vocab: 11, context: 12, layers: 2, heads: 4, width: 16 };
const models = {
  GPT: () => new GPT({ ...size, deviation: 0.3 }),
  "Llama with shared keys": () => new Llama({ ...size, kvHeads: 2, hidden: 24 }),
};
const tokens = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8];

describe.each(Object.entries(models))("%s", (_, make) => {
  it("says after each token what forward says there", async () => {
    seed(1);
    const model = make();
    const all = await model.forward(tensor([tokens], { dtype: "i32" })).array();
    let past = model.begin(1);
    for (const [place, token] of tokens.entries()) {
      const out = model.step(tensor([[token]], { dtype: "i32" }), place, past);
      ({ past } = out);
      const [said] = (await out.logits.array()) as number[][][];
      said![0]!.forEach((logit, v) => expect(logit).toBeCloseTo((all as number[][][])[0]![place]![v]!, 5)); // prettier-ignore
    }
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

  it("makes one plan for reading and one for drawing, and leaves no tensor behind", async () => {
    seed(4);
    const model = make();
    await collect(generate(model, [1, 2, 3], { count: 2, topK: 3 }));
    const [plans, tensors] = [plansMade(), memory().tensors];
    await collect(generate(model, [4, 5, 6, 7], { count: 8, topK: 3 }));
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
    const token = tensor([[1]], { dtype: "i32" });
    expect(() => model.step(token, 12, model.begin(1))).toThrow(
      /place is 12, but the past has places 0 to 11; read the last of the text anew/,
    );
  });
});
