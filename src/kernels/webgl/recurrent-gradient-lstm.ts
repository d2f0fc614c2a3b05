/** A step of the LSTM back in time (js/recurrent-gradient.ts): dx [B, 4·H], then dc and dh of the step before. */
import { alone, carried, gate, places, row, throughHidden, type Spec, type Step } from "./recurrent-back.js"; // prettier-ignore
import { draw, known, type Draw, type Place } from "./kernel.js";
import { coordinates } from "./strides.js";

type Carry = Record<string, Place>;

/** Statements that set d of h_t, and that of c_t. */
const states = (spec: Spec, last: boolean): string[] => [
  `const y = hyperbolic_tangent(c[${row(spec)} * ${spec.H} + j]);`,
  `const d = ${carried("dh", last, `b * ${spec.H} + j`)} + gh[${row(spec)} * ${spec.H} + j];`,
  `const o = ${gate(spec, 3)};`,
  `const own = ${carried("dc", last, `b * ${spec.H} + j`)} + gc[${row(spec)} * ${spec.H} + j];`,
  "const dcell = own + d * o * (1 - y * y);",
];

function ofGates(spec: Spec, { t, last, before }: Step, carry: Carry): Draw {
  const { B, H } = spec;
  const { c0, c, gates, gh, gc } = places.lstm;
  const isFirst = before === null;
  const previous = isFirst ? `first[b * ${H} + j]` : `c[${row(spec, "before")} * ${H} + j]`;
  return draw({
    output: `dx${t}`,
    elements: B * 4 * H,
    buffers: { c, gates, gh, gc, ...carry, ...(isFirst ? { first: c0 } : {}) },
    numbers: { t: known(t), ...(isFirst ? {} : { before: known(before) }) },
    body: [
      ...coordinates(["b", "gate", "j"], [B, 4, H]),
      ...states(spec, last),
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
  });
}

export function lstmStep(spec: Spec, step: Step): Draw[] {
  const { B, H } = spec;
  const { t, last, before } = step;
  const { c, gates, gh, gc, dh0, dc0 } = places.lstm;
  const carry: Carry = last ? {} : { dh: `dh${t}`, dc: `dc${t}` };
  const cell = [...states(spec, last), `return dcell * ${gate(spec, 1)};`];
  return [
    ofGates(spec, step, carry),
    draw({
      output: before === null ? dc0 : `dc${before}`,
      elements: B * H,
      buffers: { c, gates, gh, gc, ...carry },
      numbers: { t: known(t) },
      body: [...coordinates(["b", "j"], [B, H]), ...cell],
    }),
    throughHidden(spec, 4 * H, `dx${t}`, alone, before === null ? dh0 : `dh${before}`),
  ];
}
