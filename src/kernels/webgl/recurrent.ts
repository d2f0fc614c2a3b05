/**
 * RNN, GRU and LSTM over a sequence (js/recurrent.ts). A draw makes a whole buffer and none may be read
 * while it is written, so each step has buffers of its own; in the end they are laid side by side.
 *   step: gates [B, gates, H] from x_t and h·W_hhᵀ, then the new states [B, H] from the gates
 */
import type { Recurrent } from "../spec.js";
import { joined } from "./join.js";
import { draw, known, type Draw, type Place } from "./kernel.js";
import { coordinates } from "./strides.js";
import { summed } from "./sum.js";

const gatesOf = { rnn: 1, gru: 3, lstm: 4 } as const;

/** The steps of time in their order. */
export const times = ({ T, reverse }: Pick<Recurrent, "T" | "reverse">): number[] =>
  Array.from({ length: T }, (_, s) => (reverse ? T - 1 - s : s));

/** Statements that declare `u`: row `${row}` of h·W_hhᵀ + b_hh, for unit j of sequence b. */
const hidden = (u: string, row: string, H: number): string[] => [
  ...summed(u, "k", H, `w[(${row}) * ${H} + k] * h[b * ${H} + k]`),
  `${u} += bias[${row}];`,
];

const x = (spec: Recurrent, gate: string): string =>
  `x[(b * ${spec.T} + t) * ${gatesOf[spec.cell] * spec.H} + ${gate} + j]`;

const inputs = { x: 0, w: 1, bias: 2 } as const;

function rnnStep(spec: Recurrent, t: number, h: Place): Draw {
  const { B, H, nonlinearity } = spec;
  const activation = nonlinearity === "tanh" ? "hyperbolic_tangent(a)" : "larger(0, a)";
  return draw({
    output: `h${t}`,
    elements: B * H,
    buffers: { ...inputs, h },
    numbers: { t: known(t) },
    body: [
      ...coordinates(["b", "j"], [B, H]),
      ...hidden("u", "j", H),
      `const a = ${x(spec, "0")} + u;`,
      `return ${activation};`,
    ],
  });
}

/** r, z, n and u_n of a step, [B, 4, H]; n from its own r, which is made once more for it. */
function gruGates(spec: Recurrent, t: number, h: Place): Draw {
  const { B, H } = spec;
  return draw({
    output: `gates${t}`,
    elements: B * 4 * H,
    buffers: { ...inputs, h },
    numbers: { t: known(t) },
    body: [
      ...coordinates(["b", "gate", "j"], [B, 4, H]),
      "if (gate < 2) {",
      ...hidden("v", `gate * ${H} + j`, H),
      `return sigmoid(${x(spec, `gate * ${H}`)} + v);`,
      "}",
      ...hidden("u", `${2 * H} + j`, H),
      "if (gate === 3) {",
      "return u;",
      "}",
      ...hidden("s", "j", H),
      `const r = sigmoid(${x(spec, "0")} + s);`,
      `return hyperbolic_tangent(${x(spec, String(2 * H))} + r * u);`,
    ],
  });
}

/** h = (1 − z)·n + z·h_before */
function gruState({ B, H }: Recurrent, t: number, h: Place): Draw {
  return draw({
    output: `h${t}`,
    elements: B * H,
    buffers: { gates: `gates${t}`, h },
    body: [
      ...coordinates(["b", "j"], [B, H]),
      `const z = gates[(b * 4 + 1) * ${H} + j];`,
      `return (1 - z) * gates[(b * 4 + 2) * ${H} + j] + z * h[this.thread.x];`,
    ],
  });
}

/** i, f, g, o of a step, [B, 4, H] */
function lstmGates(spec: Recurrent, t: number, h: Place): Draw {
  const { B, H } = spec;
  return draw({
    output: `gates${t}`,
    elements: B * 4 * H,
    buffers: { ...inputs, h },
    numbers: { t: known(t) },
    body: [
      ...coordinates(["b", "gate", "j"], [B, 4, H]),
      ...hidden("u", `gate * ${H} + j`, H),
      `const a = ${x(spec, `gate * ${H}`)} + u;`,
      "if (gate === 2) {",
      "return hyperbolic_tangent(a);",
      "}",
      "return sigmoid(a);",
    ],
  });
}

/** c = f·c_before + i·g,  h = o·tanh(c) */
function lstmStates({ B, H }: Recurrent, t: number, c: Place): Draw[] {
  const gate = (k: number): string => `gates[(b * 4 + ${k}) * ${H} + j]`;
  return [
    draw({
      output: `c${t}`,
      elements: B * H,
      buffers: { gates: `gates${t}`, c },
      body: [
        ...coordinates(["b", "j"], [B, H]),
        `return ${gate(1)} * c[this.thread.x] + ${gate(0)} * ${gate(2)};`,
      ],
    }),
    draw({
      output: `h${t}`,
      elements: B * H,
      buffers: { gates: `gates${t}`, c: `c${t}` },
      body: [
        ...coordinates(["b", "j"], [B, H]),
        `return ${gate(3)} * hyperbolic_tangent(c[this.thread.x]);`,
      ],
    }),
  ];
}

/** The buffers that stand for steps 0 … T − 1 as one, [B, T, width]. */
export function together({ B, T }: { B: number; T: number }, name: string, width: number, output: Place): Draw[] {
  const parts = Array.from({ length: T }, (_, t) => ({ place: `${name}${t}`, size: 1 }));
  return joined(parts, { outer: B, inner: width, dtype: "f32" }, output);
} // prettier-ignore

export function lowerRecurrent(spec: Recurrent): Draw[] {
  const { cell, H } = spec;
  let [h, c]: [Place, Place] = [3, 4];
  const steps = times(spec).flatMap((t) => {
    const before = { h, c };
    [h, c] = [`h${t}`, `c${t}`];
    if (cell === "rnn") return [rnnStep(spec, t, before.h)];
    if (cell === "gru") return [gruGates(spec, t, before.h), gruState(spec, t, before.h)];
    return [lstmGates(spec, t, before.h), ...lstmStates(spec, t, before.c)];
  });
  if (cell === "rnn") return [...steps, ...together(spec, "h", H, 4)];
  if (cell === "gru")
    return [...steps, ...together(spec, "h", H, 4), ...together(spec, "gates", 4 * H, 5)];
  const kept = [...together(spec, "h", H, 5), ...together(spec, "c", H, 6)];
  return [...steps, ...kept, ...together(spec, "gates", 4 * H, 7)];
}
