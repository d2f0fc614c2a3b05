/**
 * The recurrent layers over a whole sequence in WGSL, and backpropagation through time: all steps in one
 * dispatch where the state fits a workgroup, else a dispatch a step.
 */
import type { Recurrent, RecurrentGradient } from "../spec.js";
import { eachElement, type Dispatch } from "./kernel.js";
import { placesOfGradient } from "./recurrent/places.js";
import { forwardSequence, gradientSequence, widest } from "./recurrent/sequence.js";
import { forwardSteps, gradientSteps } from "./recurrent/step.js";

export function lowerRecurrent(spec: Recurrent): Dispatch[] {
  const { B, T, H } = spec;
  if (B * T * H === 0) return [];
  return H <= widest ? forwardSequence(spec) : forwardSteps(spec);
}

export function lowerRecurrentGradient(spec: RecurrentGradient): Dispatch[] {
  const { B, T, H } = spec;
  if (B * H === 0) return [];
  if (T === 0) return noSteps(spec);
  return H <= widest ? gradientSequence(spec) : gradientSteps(spec);
}

/** Without a step no loss depends on the initial state. */
function noSteps(spec: RecurrentGradient): Dispatch[] {
  const { dh0, dc0 } = placesOfGradient(spec);
  return [dh0!, ...(dc0 === undefined ? [] : [dc0])].map((place) =>
    eachElement(spec.B * spec.H, {
      buffers: { out: ["f32", place] },
      numbers: {},
      body: "out[i] = 0.0;",
    }),
  );
}
