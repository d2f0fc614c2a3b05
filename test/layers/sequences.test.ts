// Layers over sequences: carried states, masks, memories, rotary positions, and norms beside their formulas.
import { beforeEach, describe, expect, it } from "vitest";
import {
  backprop,
  concat,
  load,
  ones,
  parameter,
  parameters,
  randn,
  seed,
  tensor,
  zeros,
  type Tensor,
} from "genarch";
import { Safetensors, type StoredTensor } from "genarch/data"; // prettier-ignore
import {
  attention,
  GRU,
  LSTM,
  MultiheadAttention,
  RMSNorm,
  RNN,
  rotary,
  type HiddenState,
  type LSTMState,
} from "genarch/layers";
import { eachBackend, numbers } from "../support.js";

eachBackend(() => {
  beforeEach(() => seed("sequences"));

  const expectSame = (a: number[], b: number[], digits = 5) => {
    expect(a.length).toBe(b.length);
    a.forEach((x, k) => expect(x).toBeCloseTo(b[k]!, digits));
  };

  describe("recurrent layers", () => {
    it.each([RNN, GRU, LSTM])(
      "$name: a sequence in two parts, its state carried, is the sequence",
      async (Layer) => {
        const layer = new Layer(3, 4, { layers: 2 });
        const forward = (x: Tensor, state?: HiddenState | LSTMState) =>
          layer instanceof LSTM
            ? layer.forward(x, state as LSTMState | undefined)
            : layer.forward(x, state);
        const x = randn([2, 6, 3]);
        const whole = forward(x);
        const first = forward(x.slice(1, 0, 2));
        const second = forward(x.slice(1, 2), first.state);
        const joined = concat([first.output, second.output], 1);
        expectSame(await numbers(joined), await numbers(whole.output));
        expectSame(await numbers(second.state.h), await numbers(whole.state.h));
      },
    );

    it("without a state it starts from zeros", async () => {
      const lstm = new LSTM(3, 4);
      const x = randn([2, 3, 3]);
      const start = { h: zeros([1, 2, 4]), c: zeros([1, 2, 4]) };
      const [a, b] = [lstm.forward(x), lstm.forward(x, start)];
      expect(await numbers(a.output)).toEqual(await numbers(b.output));
    });

    it("the state of each direction is the end of its own way", async () => {
      const gru = new GRU(3, 4, { bidirectional: true });
      const { output, state } = gru.forward(randn([2, 5, 3]));
      expect(output.shape).toEqual([2, 5, 8]);
      const forth = await numbers(output.at(1, 4).slice(1, 0, 4));
      const back = await numbers(output.at(1, 0).slice(1, 4));
      expect(await numbers(state.h)).toEqual([...forth, ...back]);
    });

    it("truncated backpropagation: what a step returns, the next may start from", async () => {
      const lstm = new LSTM(2, 3);
      const x = randn([1, 4, 2]);
      using first = backprop(lstm, () => {
        const { output, state } = lstm.forward(x);
        return { loss: output.sum(), state };
      });
      using second = backprop(lstm, () => lstm.forward(x, first.state).output.sum());
      expect(await second.loss.item()).not.toBe(await first.loss.item());
      using alone = backprop(lstm, () => {
        const [h, c] = [first.state.h.detach(), first.state.c.detach()];
        return lstm.forward(x, { h, c }).output.sum();
      });
      const found = await numbers(second.grads.of(lstm.weight_ih_l0!));
      expect(found).toEqual(await numbers(alone.grads.of(lstm.weight_ih_l0!))); // no gradient went through
    });
  });

  describe("attention", () => {
    const scores = () => [randn([2, 3, 4, 8]), randn([2, 3, 5, 8]), randn([2, 3, 5, 8])] as const;

    it("is softmax(q·kᵀ/√D)·v", async () => {
      const [q, k, v] = scores();
      const plain = q.matmul(k.transpose()).mul(1 / Math.sqrt(8)).softmax(-1).matmul(v); // prettier-ignore
      expectSame(await numbers(attention(q, k, v)), await numbers(plain));
    });

    it("a mask of numbers is added to the scores, one of truth values says where to look", async () => {
      const [q, k, v] = scores();
      const looks = tensor([true, true, false, true, false]); // spreads over batch, heads and queries
      const added = tensor([0, 0, -Infinity, 0, -Infinity]);
      const kept = (x: typeof k) => concat([x.slice(2, 0, 2), x.slice(2, 3, 4)], 2);
      const wanted = await numbers(attention(q, kept(k), kept(v)));
      expectSame(await numbers(attention(q, k, v, { mask: looks })), wanted);
      expectSame(await numbers(attention(q, k, v, { mask: added })), wanted);
    });

    it("causal and masked at once; the gradient reaches a mask, too", async () => {
      const [q, k, v] = scores();
      const model = { bias: parameter(randn([1, 3, 1, 5])) };
      using result = backprop(model, () =>
        attention(q, k, v, { causal: true, mask: model.bias }).sum(),
      );
      const grads = await numbers(result.grads.of(model.bias));
      expect(grads.length).toBe(15);
      expect(grads.some((g) => g !== 0)).toBe(true);
      expectSame([0, 1, 2].map((h) => grads.slice(5 * h, 5 * h + 5).reduce((a, b) => a + b)), [0, 0, 0], 4); // prettier-ignore
    });

    it("a query that sees nothing gives 0", async () => {
      const [q, k, v] = scores();
      const nothing = tensor([[true], [false], [true], [true]]).expand([4, 5]); // query 1
      const y = attention(q, k, v, { mask: nothing });
      expect(new Set(await numbers(y.at(2, 1)))).toEqual(new Set([0]));
    });

    it("with dropout's way of computing, nothing else changes", async () => {
      const [q, k, v] = scores();
      const model = { q: parameter(q) };
      const rare = 1e-9; // drops nothing, but takes that way
      const mask = randn([4, 5]);
      const how = { causal: true, mask, scale: 0.3 };
      using a = backprop(model, () => {
        const y = attention(model.q, k, v, { ...how, dropout: rare });
        return { loss: y.square().sum(), y };
      });
      using b = backprop(model, () => {
        const y = attention(model.q, k, v, how);
        return { loss: y.square().sum(), y };
      });
      expectSame(await numbers(a.y), await numbers(b.y));
      expectSame(await numbers(a.grads.of(model.q)), await numbers(b.grads.of(model.q)), 4);
    });
  });

  it("MultiheadAttention over a memory: with the sequence itself as memory it is self-attention", async () => {
    const layer = new MultiheadAttention(6, 3);
    const x = randn([2, 4, 6]);
    expectSame(await numbers(layer.forward(x, { memory: x })), await numbers(layer.forward(x)));
    expect(layer.forward(x, { memory: randn([2, 9, 6]) }).shape).toEqual([2, 4, 6]);
    const plain = new MultiheadAttention(6, 3, { bias: false });
    expect([...parameters(plain)].length).toBe(2);
    expect(plain.forward(x, { causal: true }).shape).toEqual([2, 4, 6]);
  });

  describe("rotary positions", () => {
    it("turn pairs by position·theta^(−2i/D): adjacent numbers, or halves", async () => {
      const x = ones([2, 4]);
      const [c0, s0] = [Math.cos(1), Math.sin(1)];
      const [c1, s1] = [Math.cos(0.01), Math.sin(0.01)]; // 10000^(−2/4)
      const adjacent = await numbers(rotary(x));
      expectSame(adjacent, [1, 1, 1, 1, c0 - s0, s0 + c0, c1 - s1, s1 + c1], 6);
      const halves = await numbers(rotary(x, { pairs: "halves" }));
      expectSame(halves, [1, 1, 1, 1, c0 - s0, c1 - s1, s0 + c0, s1 + c1], 6);
    });

    it("leave the product of two positions to their distance alone", async () => {
      const [q, k] = [randn([1, 8]), randn([1, 8])];
      const product = (at: number, from: number) =>
        rotary(q, { offset: at })
          .mul(rotary(k, { offset: from }))
          .sum()
          .item();
      expect(await product(7, 3)).toBeCloseTo(await product(104, 100), 4);
    });

    it("from an offset are the rest of the sequence, and their gradient turns back", async () => {
      const x = randn([3, 5, 8]);
      const [rest, all] = [rotary(x.slice(1, 2), { offset: 2 }), rotary(x)];
      expectSame(await numbers(rest), await numbers(all.slice(1, 2)), 6);
      const model = { x: parameter(x) };
      using result = backprop(model, () => rotary(model.x, { pairs: "halves" }).square().sum().mul(0.5)); // prettier-ignore
      expectSame(await numbers(result.grads.of(model.x)), await numbers(x)); // a turn keeps lengths
    });
  });

  it("RMSNorm: x/√(mean x² + eps)·weight", async () => {
    const norm = new RMSNorm(2, { eps: 0.5 });
    const weight: StoredTensor = { dtype: "F32", shape: [2], data: Float32Array.of(1, 10) };
    load(norm, new Safetensors([["weight", weight]], {}));
    const root = Math.sqrt((9 + 16) / 2 + 0.5);
    expectSame(await numbers(norm.forward(tensor([[3, 4]]))), [3 / root, 40 / root]);
  });
});
