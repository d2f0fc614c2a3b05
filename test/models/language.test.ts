/** Language models: sizes, errors, drawing. (toys.ts: they learn a text and write it on.) */
import { describe, expect, it } from "vitest";
import { count, memory, parameters, seed, tensor, tidy, use, wasm } from "genarch";
import { collect, draw, generate, GPT, RecurrentLM } from "genarch/models";

const gpt = () => new GPT({ vocab: 5, context: 8, layers: 1, heads: 2, width: 16 });
const recurrent = (cell: "rnn" | "gru" | "lstm") =>
  new RecurrentLM({ cell, vocab: 5, width: 8, hidden: 16 });

describe("GPT", () => {
  it("has as many parameters as nanoGPT's small character model", async () => {
    await use(wasm);
    const model = new GPT({ vocab: 65, context: 64, layers: 4, heads: 4, width: 128, bias: false });
    expect(count(model) - 64 * 128).toBe(795_904); // nanoGPT prints it without positions
  });

  it("gives logits for every token and looks only back", async () => {
    await use(wasm);
    seed(1);
    const model = gpt();
    const first = await tidy(() => model.forward(tensor([[1, 2, 3, 4]], { dtype: "i32" }))).array();
    const second = await tidy(() =>
      model.forward(tensor([[1, 2, 3, 0]], { dtype: "i32" })),
    ).array();
    const rows = (logits: unknown) => (logits as number[][][])[0]!;
    expect(rows(first)).toHaveLength(4);
    for (let t = 0; t < 3; t++)
      rows(first)[t]!.forEach((x, k) => expect(rows(second)[t]![k]).toBeCloseTo(x, 5));
    expect(rows(second)[3]).not.toEqual(rows(first)[3]);
  });

  it("says what it cannot do", async () => {
    await use(wasm);
    expect(() => new GPT({ vocab: 5, context: 8, layers: 1, heads: 3, width: 16 })).toThrow(
      "GPT: width 16 does not split into 3 heads; make it a multiple",
    );
    expect(() => recurrent("LSTM" as "lstm")).toThrow(
      'RecurrentLM: cell is "LSTM"; it must be rnn, gru or lstm',
    );
    const model = gpt();
    expect(() => model.forward(tensor([new Array<number>(9).fill(0)], { dtype: "i32" }))).toThrow(
      "GPT.forward: 9 tokens, but context is 8",
    );
    expect(() => model.forward(tensor([0, 1], { dtype: "i32" }))).toThrow(
      "GPT.forward: expected [B, T] (2 axes), got [2]",
    );
  });
});

describe("drawing", () => {
  it("follows the probabilities", async () => {
    await use(wasm);
    seed(5);
    const rows = 20_000;
    using drawn = tidy(() => draw(tensor([[0, Math.log(2), Math.log(5)]]).expand([rows, 3]), {}));
    const counts = [0, 0, 0];
    for (const token of await drawn.data()) counts[token]!++;
    [1 / 8, 2 / 8, 5 / 8].forEach((p, k) => expect(counts[k]! / rows).toBeCloseTo(p, 1.8));
  });

  it("keeps to the likeliest k", async () => {
    await use(wasm);
    using drawn = tidy(() => draw(tensor([[3, 1, 2, 0]]).expand([500, 4]), { topK: 2 }));
    expect(new Set(await drawn.data())).toEqual(new Set([0, 2]));
  });

  it("can be broken off, and frees its state", async () => {
    await use(wasm);
    const model = recurrent("lstm");
    const before = memory().tensors;
    let count = 0;
    for await (const token of generate(model, [0], { count: 100 })) {
      expect(token).toBeLessThan(5);
      if (++count === 3) break;
    }
    expect(memory().tensors - before).toBe([...parameters(model)].length); // first computed here
  });

  it("takes as many as are asked for, also none, and no other count", async () => {
    await use(wasm);
    for (const model of [gpt(), recurrent("gru")]) {
      const ask = (count: number) => collect(generate(model, [1], { count }));
      expect(await ask(0)).toEqual([]);
      for (const count of [-1, 1.5, NaN])
        await expect(ask(count)).rejects.toThrow(
          `generate: count is ${count}; it must be a whole number from 0, or Infinity`,
        );
    }
    let drawn = 0;
    for await (const _ of generate(gpt(), [1], { count: Infinity })) if (++drawn === 10) break;
    expect(drawn).toBe(10);
  });

  it("refuses an empty prompt, a token that the model does not know, and a temperature that is none", async () => {
    const ask = (prompt: number[], temperature: number) =>
      collect(generate(gpt(), prompt, { count: 1, temperature }));
    await expect(ask([], 1)).rejects.toThrow(
      "generate: the prompt is empty; give at least one token to start from",
    );
    await expect(ask([1], 0)).rejects.toThrow("generate: temperature is 0; it must be above 0");
    await expect(ask([1, 5], 1)).rejects.toThrow(
      "generate: the prompt holds token 5, but the model knows 0 to 4; use its tokenizer",
    );
  });
});
