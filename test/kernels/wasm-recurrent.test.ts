/**
 * The recurrent kernels on wasm beyond the table's shapes: batches of several units (16 sequences
 * each), states wider than a block of depth, long sequences; and that a sequence knows nothing of
 * its neighbours.
 */
import { describe, expect, it } from "vitest";
import { openJs } from "../../src/kernels/js/index.js";
import { openWasm } from "../../src/kernels/wasm/index.js";
import { lowerRecurrent } from "../../src/kernels/wasm/recurrent.js";
import type { Recurrent } from "../../src/kernels/spec.js";
import { type Case, Draw, f32 } from "./case.js";
import { evaluate, worst } from "./run.js";

const [js, wasm] = [openJs(), openWasm()];
const gatesOf = { rnn: 1, gru: 3, lstm: 4 } as const;
type Cell = keyof typeof gatesOf;
type Size = { B: number; T: number; H: number };

const specOf = (cell: Cell, size: Size, reverse = false): Recurrent => ({
  kernel: "recurrent", cell, nonlinearity: "tanh", reverse, ...size,
}); // prettier-ignore

function layer(cell: Cell, { B, T, H }: Size, reverse = false): Case {
  const gates = gatesOf[cell];
  const draw = new Draw(`${cell} ${B} ${T} ${H}`);
  const state = B * T * H;
  const kept = { rnn: [state], gru: [state, 4 * state], lstm: [state, state, 4 * state] }[cell];
  return {
    name: `${cell} ${B}x${T}x${H}`,
    kernel: specOf(cell, { B, T, H }, reverse),
    inputs: () => [
      draw.normal(gates * state), draw.normal(gates * H * H, 0, 0.5 / Math.sqrt(H)),
        draw.normal(gates * H),
      draw.normal(B * H), ...(cell === "lstm" ? [draw.normal(B * H)] : []),
    ],
    outputs: kept.map((count) => f32(count)),
    tolerance: { relative: 1e-5, absolute: 1e-6 * (Math.sqrt(H) + Math.sqrt(T)),
      why: "1e-6·√H a step" },
  };
} // prettier-ignore

/** The gradient of the same layer, from the states that js leaves. */
async function gradientOf(row: Case): Promise<Case> {
  const spec = row.kernel as Recurrent;
  const { cell, B, T, H } = spec;
  const [, w, , ...starts] = await row.inputs();
  const kept = (await evaluate(js, row, await row.inputs())).map((data) => Float32Array.from(data));
  const draw = new Draw("gradient");
  const given = [draw.normal(B * T * H), ...(cell === "lstm" ? [draw.normal(B * T * H)] : [])];
  const wide = Array.from({ length: cell === "gru" ? 2 : 1 }, () => f32(B * T * gatesOf[cell] * H));
  return {
    name: `${row.name} gradient`,
    kernel: { ...spec, kernel: "recurrentGradient" },
    inputs: () => [w!, ...starts, ...kept, ...given],
    outputs: [...wide, ...starts.map(() => f32(B * H))],
    tolerance: { ...row.tolerance, absolute: 2e-6 * (Math.sqrt(4 * H) + Math.sqrt(T)) },
  };
}

async function expectRight(row: Case): Promise<void> {
  const inputs = await row.inputs();
  const [expected, got] = [await evaluate(js, row, inputs), await evaluate(wasm, row, inputs)];
  got.forEach((data, k) => {
    const found = worst(data, expected[k]!, row.tolerance);
    expect(found.share, `${row.name}, output ${k}: ${JSON.stringify(found)}`).toBeLessThanOrEqual(
      1,
    );
  });
}

describe.each(["rnn", "gru", "lstm"] as const)("%s on wasm", (cell) => {
  const sizes: Size[] = [
    { B: 16, T: 2, H: 64 }, { B: 17, T: 3, H: 70 }, { B: 40, T: 2, H: 33 }, { B: 2, T: 100, H: 18 },
  ]; // prettier-ignore

  it.each(sizes)("is js's layer and gradient at %j", async (size) => {
    for (const reverse of [false, true]) {
      const row = layer(cell, size, reverse);
      const inputs = await row.inputs();
      const same = { ...row, inputs: () => inputs };
      await expectRight(same);
      await expectRight(await gradientOf(same));
    }
  });

  it("gives each sequence the same bits alone as among others", async () => {
    const { B, T, H } = { B: 35, T: 3, H: 21 };
    const row = layer(cell, { B, T, H });
    const [xw, w, bias, ...starts] = await row.inputs();
    const [all] = await evaluate(wasm, row, [xw!, w!, bias!, ...starts]);
    for (const b of [0, 15, 16, 34]) {
      const only = (data: Float32Array): Float32Array =>
        data.slice((b * data.length) / B, ((b + 1) * data.length) / B);
      const inputs =
        [only(xw as Float32Array), w!, bias!, ...starts.map((s) => only(s as Float32Array))];
      const [alone] = await evaluate(wasm, layer(cell, { B: 1, T, H }), inputs);
      expect(alone).toEqual(only(all as Float32Array));
    }
  });

  it("leaves dh0 and dc0 at 0 where there are no steps", async () => {
    const row = await gradientOf(layer(cell, { B: 3, T: 0, H: 5 }));
    const got = await evaluate(wasm, row, await row.inputs());
    for (const data of got) expect(data.every((x) => x === 0)).toBe(true);
  });

  it("packs W_hh once and splits the batch into units of 16 sequences", () => {
    const units = (B: number): number[] =>
      lowerRecurrent(specOf(cell, { B, T: 3, H: 8 })).map((p) => p.units);
    expect([16, 17, 33].map((B) => units(B)[1])).toEqual([1, 2, 3]);
    expect(units(33)[0]).toBe(Math.ceil((gatesOf[cell] * 8) / 16));
  });
}); // prettier-ignore
