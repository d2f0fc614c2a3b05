/** A step of the GRU back in time (js/recurrent-gradient.ts): dx and du [B, 3·H], then dh of the step before. */
import { carried, gate, places, row, throughHidden, type Extra, type Spec, type Step } from "./recurrent-back.js"; // prettier-ignore
import { draw, known, type Draw, type Place } from "./kernel.js";
import { coordinates } from "./strides.js";

/** d of h_t, and for the first step's sake where h before it stands. */
export function gruStep(spec: Spec, { t, last, before }: Step): Draw[] {
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
