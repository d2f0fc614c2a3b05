// Llama: a small trained one reproduces its numbers, on each backend; and its parts keep their promises.
import { beforeEach, expect, it } from "vitest";
import { count, load, parameters, seed, tensor, tidy } from "genarch";
import type { Safetensors } from "genarch/data";
import { Llama } from "genarch/models";
import { crossEntropy } from "genarch/train";
import { close, eachBackend, numbers } from "../support.js";
import { bytesOf, floatsOf, isHere, jsonOf, stored } from "./trained.js"; // prettier-ignore

const GOLDEN = "golden/llama2c-dreams.json";
const WEIGHTS = "weights/llama2c-dreams/aidreams260K.bin";
type Golden = {
  items: { prefix: number[]; greedy_ids: number[]; logits_first16: number[]; nll: number }[];
};

/** llama2.c's file: seven integers, then the tensors of all layers, kind by kind. */
function readLlama2c(): { model: Llama; weights: Safetensors } {
  const header = new Int32Array(new Uint8Array(bytesOf(WEIGHTS)).buffer, 0, 7);
  const [width, hidden, layers, heads, kvHeads, vocab, context] = header as unknown as number[];
  const model = new Llama({
    width: width!,
    hidden: hidden!,
    layers: layers!,
    heads: heads!,
    kvHeads: kvHeads!,
    vocab: vocab!, // a negative one would mean a head of its own
    context: context!,
    pairs: "adjacent",
  });
  const floats = floatsOf(WEIGHTS, 28);
  const shapes = new Map([...parameters(model)].map(([path, { shape }]) => [path, [...shape]]));
  const tensors: Record<string, [number[], Float32Array]> = {};
  let at = 0;
  const take = (path: string) => {
    const shape = shapes.get(path)!;
    const size = shape.reduce((a, b) => a * b);
    tensors[path] = [shape, floats.slice(at, (at += size))];
  };
  take("embed_tokens.weight");
  for (const kind of [
    "input_layernorm",
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "post_attention_layernorm",
    "mlp.gate_proj",
    "mlp.down_proj",
    "mlp.up_proj",
  ])
    for (let layer = 0; layer < layers!; layer++) take(`layers.${layer}.${kind}.weight`);
  take("norm.weight");
  expect(floats.length - at).toBe(context! * (width! / heads!)); // tables of rotary angles
  return { model, weights: stored(tensors) };
}

const tokens = (rows: number[][]) => tensor(rows, { dtype: "i32" });

const here = isHere(GOLDEN) && isHere(WEIGHTS);

eachBackend(() => {
  if (!here) return;
  it("trained by others: greedy tokens, logits and loss", async () => {
    const { model, weights } = readLlama2c();
    expect(count(model)).toBe(230_976);
    load(model, weights);
    for (const { prefix, greedy_ids, logits_first16, nll } of jsonOf<Golden>(GOLDEN).items) {
      const logits = tidy(() => model.forward(tokens([greedy_ids.slice(0, -1)])));
      // Causal: the token after each position is what greedy decoding took there.
      const taken = await numbers(logits.argmax(-1));
      expect(taken.slice(prefix.length - 1)).toEqual(greedy_ids.slice(prefix.length));
      const last = await numbers(logits.at(1, prefix.length - 1));
      close(last.slice(0, 16), logits_first16, { relative: 0, absolute: 1e-4 });
      const loss = crossEntropy(logits, tokens([greedy_ids.slice(1)]));
      close([await loss.item()], [nll], { relative: 0, absolute: 1e-5 });
      logits.dispose();
    }
  });
});

eachBackend(() => {
  beforeEach(() => seed(5));
  const size = { vocab: 11, context: 8, layers: 2, heads: 4, width: 16, hidden: 24 };

  it("no token sees a later one", async () => {
    const model = new Llama({ ...size, kvHeads: 2 });
    const [a, b] = await Promise.all(
        [[1, 2, 3, 4], [1, 2, 9, 4]].map((row) => numbers(model.forward(tokens([row])))),
      ); // prettier-ignore
    expect(a!.slice(0, 22)).toEqual(b!.slice(0, 22));
    expect(a!.slice(22)).not.toEqual(b!.slice(22));
  });

  it("one head of keys and values serves several heads as their copies would", async () => {
    const grouped = new Llama({ ...size, kvHeads: 2 });
    const full = new Llama(size);
    const repeated: Record<string, [number[], Float32Array]> = {};
    for (const [path, weight] of parameters(grouped)) {
      const data = Float32Array.from(await numbers(weight));
      const shared = /[kv]_proj/.test(path);
      const heads = [0, 0, 1, 1].flatMap((head) => [...data.slice(head * 64, (head + 1) * 64)]); // 4 rows of 16 a head
      repeated[path] = shared ? [[16, 16], Float32Array.from(heads)] : [[...weight.shape], data];
    }
    load(full, stored(repeated));
    const x = tokens([[1, 5, 3, 0, 7]]);
    const wanted = await numbers(full.forward(x));
    (await numbers(grouped.forward(x))).forEach((y, k) => expect(y).toBeCloseTo(wanted[k]!, 5));
  });

  it("says which sizes do not fit", () => {
    expect(() => new Llama({ ...size, heads: 5 })).toThrow(
      "Llama: width 16 does not split into 5 heads of an even size, as rotary positions want",
    );
    expect(() => new Llama({ ...size, kvHeads: 3 })).toThrow(
      "Llama: 4 heads cannot share 3 heads of keys and values; make heads a multiple",
    );
    expect(() => new Llama(size).forward(tokens([[1, 2, 3, 4, 5, 6, 7, 8, 9]]))).toThrow(
      "Llama.forward: 9 tokens, but context is 8",
    );
  });
});
