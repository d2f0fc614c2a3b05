/**
 * Backpropagation through time (js/recurrent-gradient.ts), a step after the other from the last: the
 * gradient of the gates [B, gates·H] from what is carried, then what is carried on to the step before.
 */
import type { RecurrentGradient } from "../spec.js";
import { draw, known, type Draw, type Place } from "./kernel.js";
import { times, together } from "./recurrent.js";
import { coordinates } from "./strides.js";
import { summed } from "./sum.js";

type Spec = RecurrentGradient;

/** The inputs and outputs of each cell, by number. */
const places = {
  rnn: { w: 0, h0: 1, h: 2, gh: 3, dx: 4, dh0: 5 },
  gru: { w: 0, h0: 1, h: 2, gates: 3, gh: 4, dx: 5, du: 6, dh0: 7 },
  lstm: { w: 0, c0: 2, c: 4, gates: 5, gh: 6, gc: 7, dx: 8, dh0: 9, dc0: 10 },
} as const;

/** A step: its time, whether another comes after and before it (in the order of time), and that one's time. */
type Step = { t: number; last: boolean; before: number | null };

const stepsBack = (spec: Spec): Step[] =>
  times(spec)
    .map((t, s, all) => ({ t, last: s === all.length - 1, before: s === 0 ? null : all[s - 1]! }))
    .reverse();

const row = ({ T }: Spec, t = "t"): string => `(b * ${T} + ${t})`;
const gate = (spec: Spec, k: number): string => `gates[(${row(spec)} * 4 + ${k}) * ${spec.H} + j]`;

/** The carried gradient of a state, 0 after the last step. */
const carried = (name: string, last: boolean, at: string): string =>
  last ? "real(0)" : `${name}[${at}]`;

/** Through u to the state before: Σ over the gates' rows of du·W, and what comes otherwise. */
function throughHidden({ B, H }: Spec, width: number, du: Place, more: Extra, output: Place): Draw {
  return draw({
    output,
    elements: B * H,
    buffers: { w: 0, du, ...more.buffers },
    numbers: more.numbers,
    body: [
      ...coordinates(["b", "j"], [B, H]),
      ...summed("sum", "k", width, `du[b * ${width} + k] * w[k * ${H} + j]`),
      ...more.before,
      `return ${more.value};`,
    ],
  });
}
type Extra = {
  buffers: Record<string, Place>;
  numbers: Record<string, ReturnType<typeof known>>;
  before: string[];
  value: string;
};
const alone: Extra = { buffers: {}, numbers: {}, before: [], value: "sum" };

function rnn(spec: Spec): Draw[] {
  const { B, H, nonlinearity } = spec;
  const { h, gh, dh0 } = places.rnn;
  return stepsBack(spec).flatMap(({ t, last, before }) => [
    draw({
      output: `dx${t}`,
      elements: B * H,
      buffers: { h, gh, ...(last ? {} : { dh: `dh${t}` }) },
      numbers: { t: known(t) },
      body: [
        ...coordinates(["b", "j"], [B, H]),
        `const y = h[${row(spec)} * ${H} + j];`,
        `const d = ${carried("dh", last, "this.thread.x")} + gh[${row(spec)} * ${H} + j];`,
        nonlinearity === "tanh" ? "return d * (1 - y * y);" : "return d * less(0, y);",
      ],
    }),
    throughHidden(spec, H, `dx${t}`, alone, before === null ? dh0 : `dh${before}`),
  ]);
}

/** d of h_t, and for the first step's sake where h before it stands. */
function gruStep(spec: Spec, { t, last, before }: Step): Draw[] {
  const { B, H } = spec;
  const { h0, h, gates, gh, dh0 } = places.gru;
  const carry: Record<string, Place> = last ? {} : { dh: `dh${t}` };
  const d = `const d = ${carried("dh", last, `b * ${H} + j`)} + gh[${row(spec)} * ${H} + j];`;
  const previous = before === null ? `h[b * ${H} + j]` : `h[${row(spec, "before")} * ${H} + j]`;
  const numbers = { t: known(t), ...(before === null ? {} : { before: known(before) }) };
  const gradient = (name: "dx" | "du"): Draw =>
    draw({
      output: `${name}${t}`,
      elements: B * 3 * H,
      buffers: { h: before === null ? h0 : h, gates, gh, ...carry },
      numbers,
      body: [
        ...coordinates(["b", "gate", "j"], [B, 3, H]),
        `const r = ${gate(spec, 0)};`,
        `const z = ${gate(spec, 1)};`,
        `const n = ${gate(spec, 2)};`,
        d,
        "if (gate === 1) {",
        `return d * (${previous} - n) * z * (1 - z);`,
        "}",
        "const dn = d * (1 - z) * (1 - n * n);",
        "if (gate === 2) {",
        name === "dx" ? "return dn;" : "return dn * r;",
        "}",
        `return dn * ${gate(spec, 3)} * r * (1 - r);`,
      ],
    });
  const through: Extra = {
    buffers: { gates, gh, ...carry },
    numbers: { t: known(t) },
    before: [d],
    value: `d * ${gate(spec, 1)} + sum`,
  };
  const to = before === null ? dh0 : `dh${before}`;
  return [gradient("dx"), gradient("du"), throughHidden(spec, 3 * H, `du${t}`, through, to)];
}

function lstmStep(spec: Spec, { t, last, before }: Step): Draw[] {
  const { B, H } = spec;
  const { c0, c, gates, gh, gc, dh0, dc0 } = places.lstm;
  const carry: Record<string, Place> = last ? {} : { dh: `dh${t}`, dc: `dc${t}` };
  const numbers = { t: known(t), ...(before === null ? {} : { before: known(before) }) };
  const previous = before === null ? `first[b * ${H} + j]` : `c[${row(spec, "before")} * ${H} + j]`;
  const cell = [
    `const y = hyperbolic_tangent(c[${row(spec)} * ${H} + j]);`,
    `const d = ${carried("dh", last, `b * ${H} + j`)} + gh[${row(spec)} * ${H} + j];`,
    `const o = ${gate(spec, 3)};`,
    `const own = ${carried("dc", last, `b * ${H} + j`)} + gc[${row(spec)} * ${H} + j];`,
    "const dcell = own + d * o * (1 - y * y);",
  ];
  return [
    draw({
      output: `dx${t}`,
      elements: B * 4 * H,
      buffers: { c, gates, gh, gc, ...carry, ...(before === null ? { first: c0 } : {}) },
      numbers,
      body: [
        ...coordinates(["b", "gate", "j"], [B, 4, H]),
        ...cell,
        `const i = ${gate(spec, 0)};`,
        `const f = ${gate(spec, 1)};`,
        `const g = ${gate(spec, 2)};`,
        "if (gate === 0) {",
        "return dcell * g * i * (1 - i);",
        "}",
        "if (gate === 1) {",
        `return dcell * ${previous} * f * (1 - f);`,
        "}",
        "if (gate === 2) {",
        "return dcell * i * (1 - g * g);",
        "}",
        "return d * y * o * (1 - o);",
      ],
    }),
    draw({
      output: before === null ? dc0 : `dc${before}`,
      elements: B * H,
      buffers: { c, gates, gh, gc, ...carry },
      numbers: { t: known(t) },
      body: [...coordinates(["b", "j"], [B, H]), ...cell, `return dcell * ${gate(spec, 1)};`],
    }),
    throughHidden(spec, 4 * H, `dx${t}`, alone, before === null ? dh0 : `dh${before}`),
  ];
}

/** Where there are no steps at all, nothing flows back. */
function zeros({ B, H }: Spec, output: Place): Draw {
  return draw({ output, elements: B * H, body: ["return 0;"] });
}

export function lowerRecurrentGradient(spec: RecurrentGradient): Draw[] {
  const { cell, H, T } = spec;
  if (T === 0) {
    const { dh0 } = places[cell];
    return [zeros(spec, dh0), ...(cell === "lstm" ? [zeros(spec, places.lstm.dc0)] : [])];
  }
  if (cell === "rnn") return [...rnn(spec), ...together(spec, "dx", H, places.rnn.dx)];
  const steps = stepsBack(spec);
  if (cell === "lstm") {
    const all = together(spec, "dx", 4 * H, places.lstm.dx);
    return [...steps.flatMap((step) => lstmStep(spec, step)), ...all];
  }
  return [
    ...steps.flatMap((step) => gruStep(spec, step)),
    ...together(spec, "dx", 3 * H, places.gru.dx),
    ...together(spec, "du", 3 * H, places.gru.du),
  ];
}
