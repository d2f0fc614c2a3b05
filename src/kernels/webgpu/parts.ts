/**
 * The second pass of every sum that was split among workgroups: the parts [parts, count] are added up in
 * their order, whatever order they were made in. No atomics, so the same numbers at every run.
 */
import { eachElement, u32, type Dispatch, type Place } from "./kernel.js";

/** `bias`: its place, and its `period` and `run`: element i takes bias[i / run % period]. */
export type Bias = { place: Place; period: number; run: number };

export function addParts(
  from: { scratch: number; bytes: number },
  out: Place,
  { count, parts, bias }: { count: number; parts: number; bias?: Bias | undefined },
): Dispatch {
  return eachElement(count, {
    buffers: {
      partial: ["f32", from],
      ...(bias && { bias: ["f32", bias.place] }),
      out: ["f32", out],
    },
    numbers: {
      parts: u32(parts),
      ...(bias && { period: u32(bias.period), run: u32(bias.run) }),
    },
    body: /* wgsl */ `
  var sum = 0.0;
  for (var part = 0u; part < numbers.parts; part++) { sum += partial[part * numbers.count + i]; }
  out[i] = sum${bias ? " + bias[i / numbers.run % numbers.period]" : ""};`,
  });
}
