/** A step of the LSTM back in time (js/recurrent-gradient.ts): dx [B, 4·H], then dc and dh of the step before. */
import { alone, carried, gate, places, row, throughHidden, type Spec, type Step } from "./recurrent-back.js"; // prettier-ignore
import { draw, known, type Draw, type Place } from "./kernel.js";
import { coordinates } from "./strides.js";

export function lstmStep(spec: Spec, { t, last, before }: Step): Draw[] {
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
