/**
 * Backpropagation through time (js/recurrent-gradient.ts), a step after the other from the last: the
 * gradient of the gates [B, gates·H] from what is carried, then what is carried on to the step before.
 */
import type { RecurrentGradient } from "../spec.js";
import { draw, known, type Draw, type Place } from "./kernel.js";
import {
  alone,
  carried,
  places,
  row,
  stepsBack,
  throughHidden,
  type Spec,
} from "./recurrent-back.js";
import { gruStep } from "./recurrent-gradient-gru.js";
import { lstmStep } from "./recurrent-gradient-lstm.js";
import { together } from "./recurrent.js";
import { coordinates } from "./strides.js";

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
