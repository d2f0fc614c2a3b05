/**
 * The WGSL of one member of each family, beside the spec that makes it: to be read, and so that a change
 * of a kernel shows as a change of its text.
 */
import { expect, it } from "vitest";
import type { Kernel } from "../../src/kernels/spec.js";
import { wgsl } from "./wgsl.js";

it("LSTM, all steps in one dispatch", () => {
  const size = { B: 16, T: 64, H: 128, reverse: false };
  const lstm: Kernel = { kernel: "recurrent", cell: "lstm", nonlinearity: "tanh", ...size };
  expect(wgsl(lstm, 1)).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> xw: array<f32>;
    @group(0) @binding(2) var<storage, read_write> b_hh: array<f32>;
    @group(0) @binding(3) var<storage, read_write> h0: array<f32>;
    @group(0) @binding(4) var<storage, read_write> c0: array<f32>;
    @group(0) @binding(5) var<storage, read_write> h: array<f32>;
    @group(0) @binding(6) var<storage, read_write> c: array<f32>;
    @group(0) @binding(7) var<storage, read_write> gates: array<f32>;
    @group(0) @binding(8) var<storage, read_write> columns: array<vec4<f32>>;
    var<workgroup> h_all: array<vec4<f32>, 256>; // of this step and of the one before
    fn initial_h0(b0: u32, j: u32) -> vec4<f32> {
      var four = vec4<f32>();
      for (var r = 0u; r < 4u; r++) {
        if (b0 + r < numbers.B && j < numbers.H) { four[r] = h0[(b0 + r) * numbers.H + j]; }
      }
      return four;
    }
    fn initial_c0(b0: u32, j: u32) -> vec4<f32> {
      var four = vec4<f32>();
      for (var r = 0u; r < 4u; r++) {
        if (b0 + r < numbers.B && j < numbers.H) { four[r] = c0[(b0 + r) * numbers.H + j]; }
      }
      return four;
    }
    fn x_of(row: u32, j: u32) -> vec4<f32> {
      return vec4<f32>(xw[(row * 4u + 0u) * numbers.H + j], xw[(row * 4u + 1u) * numbers.H + j], xw[(row * 4u + 2u) * numbers.H + j], xw[(row * 4u + 3u) * numbers.H + j]);
    }
    fn bias_of(j: u32) -> vec4<f32> {
      return vec4<f32>(b_hh[0u * numbers.H + j], b_hh[1u * numbers.H + j], b_hh[2u * numbers.H + j], b_hh[3u * numbers.H + j]);
    }
    fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
    struct SplitExponent { n: f32, small: f32 }
    fn split_exponent(x: f32) -> SplitExponent {
      let n = round(x * 1.4426950408889634);
      let r = fma(n, -3.194618329871446e-5, fma(n, -0.693115234375, x));
      let tail = 0.49999997 + r * (0.16666542 + r * (0.041667204 + r * (0.008366713 + r * 0.0013882478)));
      return SplitExponent(n, fma(r * r, tail, r));
    }
    fn scaled(x: f32, n: i32) -> f32 {
      let half = n >> 1u;
      return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
    }
    fn exponential(x: f32) -> f32 {
      if (is_nan(x)) { return x; }
      let split = split_exponent(clamp(x, -104.5, 89.0));
      return scaled(1.0 + split.small, i32(split.n));
    }
    fn magnitude(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }
    fn sigmoid(x: f32) -> f32 { // 1/(1 + e^−x), from the side where the exponential is small
      let e = exponential(-magnitude(x));
      return select(e, 1.0, x >= 0.0 || is_nan(x)) / (1.0 + e);
    }
    fn with_sign(size: f32, other: f32) -> f32 {
      return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(other) & 0x80000000u));
    }
    fn hyperbolic_tangent(x: f32) -> f32 {
      if (is_nan(x) || magnitude(x) < 1e-4) { return x; }
      let split = split_exponent(2.0 * min(magnitude(x), 10.0));
      let power = bitcast<f32>((i32(split.n) + 127) << 23u);
      let e = fma(split.small, power, power - 1.0);
      return with_sign(e / (e + 2.0), x);
    }
    @compute @workgroup_size(128)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) thread: u32,
    ) {
      let group = workgroup.y * workgroups.x + workgroup.x;
      if (group >= numbers.groups) { return; }
      let b0 = group * 4u; let j = thread;
      let mine = j < numbers.H;
      var state = initial_h0(b0, j);
      var c_state = initial_c0(b0, j);
      let bias = bias_of(min(j, numbers.H - 1u));
      var now = 0u;
      h_all[j] = state;
      for (var step = 0u; step < numbers.T; step++) {
        workgroupBarrier();
        let t = select(step, numbers.T - 1u - step, numbers.reverse == 1u);
        var sum0 = vec4<f32>();
        var sum1 = vec4<f32>();
        var sum2 = vec4<f32>();
        var sum3 = vec4<f32>();
        if (mine) {
          for (var k = 0u; k < numbers.H; k++) {
            let h = h_all[now + k]; let w = columns[k * numbers.H + j];
            sum0 += h.x * w;
            sum1 += h.y * w;
            sum2 += h.z * w;
            sum3 += h.w * w;
          }
        }
        if (mine && b0 + 0u < numbers.B) {
          let b = b0 + 0u; let row = b * numbers.T + t;
          let a = x_of(row, j); let u = sum0 + bias;
          let before = c_state[0];
          let i = sigmoid(a.x + u.x);
          let f = sigmoid(a.y + u.y);
          let g = hyperbolic_tangent(a.z + u.z);
          let o = sigmoid(a.w + u.w);
          let cell = f * before + i * g;
          let next = o * hyperbolic_tangent(cell);
          c[row * numbers.H + j] = cell;
          gates[(row * 4u + 0u) * numbers.H + j] = i;
          gates[(row * 4u + 1u) * numbers.H + j] = f;
          gates[(row * 4u + 2u) * numbers.H + j] = g;
          gates[(row * 4u + 3u) * numbers.H + j] = o;
          c_state[0] = cell;
          state[0] = next;
          h[row * numbers.H + j] = next;
        }
        if (mine && b0 + 1u < numbers.B) {
          let b = b0 + 1u; let row = b * numbers.T + t;
          let a = x_of(row, j); let u = sum1 + bias;
          let before = c_state[1];
          let i = sigmoid(a.x + u.x);
          let f = sigmoid(a.y + u.y);
          let g = hyperbolic_tangent(a.z + u.z);
          let o = sigmoid(a.w + u.w);
          let cell = f * before + i * g;
          let next = o * hyperbolic_tangent(cell);
          c[row * numbers.H + j] = cell;
          gates[(row * 4u + 0u) * numbers.H + j] = i;
          gates[(row * 4u + 1u) * numbers.H + j] = f;
          gates[(row * 4u + 2u) * numbers.H + j] = g;
          gates[(row * 4u + 3u) * numbers.H + j] = o;
          c_state[1] = cell;
          state[1] = next;
          h[row * numbers.H + j] = next;
        }
        if (mine && b0 + 2u < numbers.B) {
          let b = b0 + 2u; let row = b * numbers.T + t;
          let a = x_of(row, j); let u = sum2 + bias;
          let before = c_state[2];
          let i = sigmoid(a.x + u.x);
          let f = sigmoid(a.y + u.y);
          let g = hyperbolic_tangent(a.z + u.z);
          let o = sigmoid(a.w + u.w);
          let cell = f * before + i * g;
          let next = o * hyperbolic_tangent(cell);
          c[row * numbers.H + j] = cell;
          gates[(row * 4u + 0u) * numbers.H + j] = i;
          gates[(row * 4u + 1u) * numbers.H + j] = f;
          gates[(row * 4u + 2u) * numbers.H + j] = g;
          gates[(row * 4u + 3u) * numbers.H + j] = o;
          c_state[2] = cell;
          state[2] = next;
          h[row * numbers.H + j] = next;
        }
        if (mine && b0 + 3u < numbers.B) {
          let b = b0 + 3u; let row = b * numbers.T + t;
          let a = x_of(row, j); let u = sum3 + bias;
          let before = c_state[3];
          let i = sigmoid(a.x + u.x);
          let f = sigmoid(a.y + u.y);
          let g = hyperbolic_tangent(a.z + u.z);
          let o = sigmoid(a.w + u.w);
          let cell = f * before + i * g;
          let next = o * hyperbolic_tangent(cell);
          c[row * numbers.H + j] = cell;
          gates[(row * 4u + 0u) * numbers.H + j] = i;
          gates[(row * 4u + 1u) * numbers.H + j] = f;
          gates[(row * 4u + 2u) * numbers.H + j] = g;
          gates[(row * 4u + 3u) * numbers.H + j] = o;
          c_state[3] = cell;
          state[3] = next;
          h[row * numbers.H + j] = next;
        }
        now = 128u - now;
        h_all[now + j] = state;
      }
    }
    "
  `);
});
