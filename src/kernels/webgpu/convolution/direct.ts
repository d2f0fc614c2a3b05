/**
 * Convolutions of so few channels a group (depthwise: one) that a tile would be mostly empty: each thread
 * adds up one output by itself; each weight's gradient, a long sum, is added up by one workgroup.
 */
import type { Convolution, ConvolutionInput, ConvolutionWeight } from "../../spec.js";
import { eachElement, eachRow, type Dispatch } from "../kernel.js";
import { sizeNumbers } from "./size.js";

const member = "a thread an output";

export function directForward(spec: Convolution): Dispatch {
  const { B, O, P, Q, bias } = spec;
  const made = eachElement(B * O * P * Q, {
    buffers: {
      x: ["f32", 0],
      w: ["f32", 1],
      ...(bias && { bias: ["f32", 2] as const }),
      out: ["f32", bias ? 3 : 2],
    },
    numbers: sizeNumbers(spec),
    body: /* wgsl */ `
  let q = i % numbers.Q; let p = i / numbers.Q % numbers.P;
  let o = i / (numbers.P * numbers.Q) % numbers.O; let b = i / (numbers.P * numbers.Q) / numbers.O;
  var sum = 0.0;
  for (var c = 0u; c < numbers.C_group; c++) {
    let image = (b * numbers.C + o / numbers.O_group * numbers.C_group + c) * numbers.H;
    let kernel = (o * numbers.C_group + c) * numbers.R;
    for (var r = 0u; r < numbers.R; r++) {
      let y = p * numbers.stride0 + r * numbers.dilation0 - numbers.padding0; // wraps above H where negative
      if (y >= numbers.H) { continue; }
      for (var s = 0u; s < numbers.S; s++) {
        let z = q * numbers.stride1 + s * numbers.dilation1 - numbers.padding1;
        if (z < numbers.W) {
          sum = fma(x[(image + y) * numbers.W + z], w[(kernel + r) * numbers.S + s], sum);
        }
      }
    }
  }
  out[i] = sum${bias ? " + bias[o]" : ""};`,
  });
  return { ...made, member };
}

export function directInput(spec: ConvolutionInput): Dispatch {
  const { B, C, H, W, bias } = spec;
  const made = eachElement(B * C * H * W, {
    buffers: {
      y: ["f32", 0],
      w: ["f32", 1],
      ...(bias && { bias: ["f32", 2] as const }),
      out: ["f32", bias ? 3 : 2],
    },
    numbers: sizeNumbers(spec),
    body: /* wgsl */ `
  let column = i % numbers.W; let row = i / numbers.W % numbers.H;
  let c = i / (numbers.H * numbers.W) % numbers.C; let b = i / (numbers.H * numbers.W) / numbers.C;
  var sum = 0.0;
  for (var k = 0u; k < numbers.O_group; k++) {
    let o = c / numbers.C_group * numbers.O_group + k;
    let image = (b * numbers.O + o) * numbers.P;
    let kernel = (o * numbers.C_group + c % numbers.C_group) * numbers.R;
    for (var r = 0u; r < numbers.R; r++) {
      let p = row + numbers.padding0 - r * numbers.dilation0; // stride · p; wraps where negative
      if (p % numbers.stride0 != 0u || p / numbers.stride0 >= numbers.P) { continue; }
      for (var s = 0u; s < numbers.S; s++) {
        let q = column + numbers.padding1 - s * numbers.dilation1;
        if (q % numbers.stride1 == 0u && q / numbers.stride1 < numbers.Q) {
          let at = (image + p / numbers.stride0) * numbers.Q + q / numbers.stride1;
          sum = fma(y[at], w[(kernel + r) * numbers.S + s], sum);
        }
      }
    }
  }
  out[i] = sum${bias ? " + bias[c]" : ""};`,
  });
  return { ...made, member };
}

export function directWeight(spec: ConvolutionWeight): Dispatch {
  const { B, C, O, R, S, P, Q, groups } = spec;
  const made = eachRow(O * (C / groups) * R * S, B * P * Q, (threads) => ({
    buffers: { x: ["f32", 0], y: ["f32", 1], out: ["f32", 2] },
    numbers: sizeNumbers(spec),
    declarations: `var<workgroup> sums: array<f32, ${threads}>;`,
    body: /* wgsl */ `
  let s = group % numbers.S; let r = group / numbers.S % numbers.R;
  let c = group / (numbers.R * numbers.S) % numbers.C_group;
  let o = group / (numbers.R * numbers.S) / numbers.C_group;
  let channel = o / numbers.O_group * numbers.C_group + c;
  let length = numbers.B * numbers.P * numbers.Q;
  var total = 0.0;
  for (var k = thread; k < length;) {
    var sum = 0.0;
    for (var n = 0u; n < 64u && k < length; n++) {
      let q = k % numbers.Q; let p = k / numbers.Q % numbers.P; let b = k / (numbers.P * numbers.Q);
      let h = p * numbers.stride0 + r * numbers.dilation0 - numbers.padding0; // wraps where negative
      let v = q * numbers.stride1 + s * numbers.dilation1 - numbers.padding1;
      if (h < numbers.H && v < numbers.W) {
        let at = ((b * numbers.C + channel) * numbers.H + h) * numbers.W + v;
        sum = fma(x[at], y[((b * numbers.O + o) * numbers.P + p) * numbers.Q + q], sum);
      }
      k += ${threads}u;
    }
    total += sum;
  }
  sums[thread] = total;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      total += sums[thread + half];
      sums[thread] = total;
    }
  }
  if (thread == 0u) { out[group] = total; }`,
  }));
  return { ...made, member: "a workgroup a weight" };
}
