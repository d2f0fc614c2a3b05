/**
 * The WGSL of one member of each family, beside the spec that makes it: to be read, and so that a change
 * of a kernel shows as a change of its text.
 */
import { expect, it } from "vitest";
import { heads, wgsl } from "./wgsl.js";

it("attention, tiles of 32 × 32", () => {
  expect(wgsl({ kernel: "attention", ...heads })).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> q: array<f32>;
    @group(0) @binding(2) var<storage, read_write> k: array<f32>;
    @group(0) @binding(3) var<storage, read_write> v: array<f32>;
    @group(0) @binding(4) var<storage, read_write> out: array<f32>;
    @group(0) @binding(5) var<storage, read_write> logsumexp: array<f32>;
    var<workgroup> rows: array<vec4<f32>, 144>;
    var<workgroup> values: array<vec4<f32>, 256>;
    var<workgroup> weights: array<vec4<f32>, 288>;
    fn q_down(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (d >= numbers.D) { return four; }
      let step = numbers.q_row;
      let p = start + i32(row) * step + i32(d);
      if (row + 3u < numbers.T) { return vec4<f32>(q[p], q[p + step], q[p + 2 * step], q[p + 3 * step]); }
      if (row < numbers.T) { four.x = q[p]; }
      if (row + 1u < numbers.T) { four.y = q[p + step]; }
      if (row + 2u < numbers.T) { four.z = q[p + 2 * step]; }
      return four;
    }
    fn q_across(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (row >= numbers.T) { return four; }
      let p = start + i32(row) * numbers.q_row + i32(d);
      if (d + 3u < numbers.D) { return vec4<f32>(q[p], q[p + 1], q[p + 2], q[p + 3]); }
      if (d < numbers.D) { four.x = q[p]; }
      if (d + 1u < numbers.D) { four.y = q[p + 1]; }
      if (d + 2u < numbers.D) { four.z = q[p + 2]; }
      return four;
    }
    fn k_down(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (d >= numbers.D) { return four; }
      let step = numbers.k_row;
      let p = start + i32(row) * step + i32(d);
      if (row + 3u < numbers.S) { return vec4<f32>(k[p], k[p + step], k[p + 2 * step], k[p + 3 * step]); }
      if (row < numbers.S) { four.x = k[p]; }
      if (row + 1u < numbers.S) { four.y = k[p + step]; }
      if (row + 2u < numbers.S) { four.z = k[p + 2 * step]; }
      return four;
    }
    fn k_across(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (row >= numbers.S) { return four; }
      let p = start + i32(row) * numbers.k_row + i32(d);
      if (d + 3u < numbers.D) { return vec4<f32>(k[p], k[p + 1], k[p + 2], k[p + 3]); }
      if (d < numbers.D) { four.x = k[p]; }
      if (d + 1u < numbers.D) { four.y = k[p + 1]; }
      if (d + 2u < numbers.D) { four.z = k[p + 2]; }
      return four;
    }
    fn v_down(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (d >= numbers.D) { return four; }
      let step = numbers.v_row;
      let p = start + i32(row) * step + i32(d);
      if (row + 3u < numbers.S) { return vec4<f32>(v[p], v[p + step], v[p + 2 * step], v[p + 3 * step]); }
      if (row < numbers.S) { four.x = v[p]; }
      if (row + 1u < numbers.S) { four.y = v[p + step]; }
      if (row + 2u < numbers.S) { four.z = v[p + 2 * step]; }
      return four;
    }
    fn v_across(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (row >= numbers.S) { return four; }
      let p = start + i32(row) * numbers.v_row + i32(d);
      if (d + 3u < numbers.D) { return vec4<f32>(v[p], v[p + 1], v[p + 2], v[p + 3]); }
      if (d < numbers.D) { four.x = v[p]; }
      if (d + 1u < numbers.D) { four.y = v[p + 1]; }
      if (d + 2u < numbers.D) { four.z = v[p + 2]; }
      return four;
    }
    fn store_out(start: i32, row: u32, d: u32, value: vec4<f32>) {
      if (row >= numbers.T) { return; }
      let p = start + i32(row) * numbers.out_row + i32(d);
      if (d + 0u < numbers.D) { out[p + 0] = value.x; }
      if (d + 1u < numbers.D) { out[p + 1] = value.y; }
      if (d + 2u < numbers.D) { out[p + 2] = value.z; }
      if (d + 3u < numbers.D) { out[p + 3] = value.w; }
    }
    fn largest(x: vec4<f32>) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
    fn score(product: vec4<f32>, t: vec4<u32>, s: vec4<u32>, start: i32) -> vec4<f32> {
      let later = (s + numbers.T > t + numbers.S) & vec4<bool>(numbers.causal == 1u);
      let seen = !later & (s < vec4<u32>(numbers.S)) & (t < vec4<u32>(numbers.T));
      var x = numbers.scale * product;
      let lowest = bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u); // −∞, by its bits
      return select(vec4<f32>(-3.4028234e38), x, seen & !lowest);
    }
    fn order_of(x: f32) -> i32 {
      let bits = bitcast<i32>(x);
      return select(bits, -(bits & 0x7fffffff), bits < 0);
    }
    fn infinity() -> f32 { var bits = 0x7f800000u; return bitcast<f32>(bits); } // a constant would be refused
    fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
    fn not_a_number() -> f32 { var bits = 0x7fc00000u; return bitcast<f32>(bits); }
    struct Parts { e: i32, fraction: f32 }
    fn parts_of(x: f32) -> Parts {
      var bits = bitcast<u32>(x) & 0x7fffffffu;
      var e = 0;
      if (bits < 0x00800000u) { // subnormal: the leading 1 goes where a normal number has it
        let up = countLeadingZeros(bits) - 8u;
        bits = (bits << up) & 0x007fffffu;
        bits |= 0x00800000u;
        e = -i32(up);
      }
      let shifted = bits + (0x3f800000u - 0x3f3504f3u);
      e += i32(shifted >> 23u) - 127;
      let mantissa = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u);
      return Parts(e, mantissa - 1.0);
    }
    fn logarithm_of_parts(e: f32, f: f32) -> f32 {
      let s = f / (f + 2.0);
      let s2 = s * s;
      let half = 0.5 * f * f;
      let tail = half + s2 * (0.6666666 + s2 * (0.40000334 + s2 * (0.28537348 + s2 * 0.23581468)));
      let rest = half - fma(s, tail, e * 3.194618329871446e-5);
      return fma(e, 0.693115234375, f - rest);
    }
    fn logarithm(x: f32) -> f32 {
      let order = order_of(x);
      if (order == 0) { return -infinity(); }
      if (is_nan(x) || order >= 0x7f800000) { return x; }
      if (order < 0) { return not_a_number(); }
      let parts = parts_of(x);
      return logarithm_of_parts(f32(parts.e), parts.fraction);
    }
    @compute @workgroup_size(64)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) thread: u32,
    ) {
      let group = workgroup.y * workgroups.x + workgroup.x;
      if (group >= numbers.groups) { return; }
      let item = group; let down = thread / 8u; let across = thread % 8u;
      let head = item / (numbers.blocks * numbers.slices);
      let b = head / numbers.heads; let h = head % numbers.heads;
      let d_first = item / numbers.blocks % numbers.slices * 32u;
      let q_start = numbers.q_offset + i32(b) * numbers.q_batch + i32(h) * numbers.q_head;
      let k_start = numbers.k_offset + i32(b) * numbers.k_batch + i32(h) * numbers.k_head;
      let v_start = numbers.v_offset + i32(b) * numbers.v_batch + i32(h) * numbers.v_head;
      let mask_start = 0;
      let row0 = (numbers.blocks - 1u - item % numbers.blocks) * 32u; // where causal, the longest first
      let last = max(i32(row0) + 32 + i32(numbers.S) - i32(numbers.T), 0);
      let keys = select(numbers.S, min(numbers.S, u32(last)), numbers.causal == 1u);
      let t = row0 + 4u * down;
      var highest = vec4<f32>(-3.4028234e38); // of each of the 4 rows
      var weight = vec4<f32>(); // Σ exp(score − highest) over this thread's columns
      var sum0_0 = vec4<f32>();
      var sum1_0 = vec4<f32>();
      var sum2_0 = vec4<f32>();
      var sum3_0 = vec4<f32>();
      for (var column0 = 0u; column0 < keys; column0 += 32u) {
        var score0 = vec4<f32>(); var score1 = vec4<f32>(); var score2 = vec4<f32>(); var score3 = vec4<f32>();
        for (var d0 = 0u; d0 < numbers.D; d0 += 16u) {
          for (var e = thread; e < 128u; e += 64u) {
            let d = e % 16u; let quad = e / 16u;
            rows[d * 9u + quad] = q_down(q_start, row0 + 4u * quad, d0 + d);
            values[d * 9u + quad] = k_down(k_start, column0 + 4u * quad, d0 + d);
          }
          workgroupBarrier();
          for (var d = 0u; d < 16u; d++) {
            let a = rows[d * 9u + down]; let b = values[d * 9u + across];
            score0 = fma(vec4<f32>(a.x), b, score0); score1 = fma(vec4<f32>(a.y), b, score1); score2 = fma(vec4<f32>(a.z), b, score2); score3 = fma(vec4<f32>(a.w), b, score3);
          }
          workgroupBarrier();
        }
        let s = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
        score0 = score(score0, vec4<u32>(t + 0u), s, mask_start);
        score1 = score(score1, vec4<u32>(t + 1u), s, mask_start);
        score2 = score(score2, vec4<u32>(t + 2u), s, mask_start);
        score3 = score(score3, vec4<u32>(t + 3u), s, mask_start);
        rows[across * 8u + down] = vec4<f32>(largest(score0), largest(score1), largest(score2), largest(score3));
        workgroupBarrier();
        var higher = highest;
        for (var x = 0u; x < 8u; x++) { higher = max(higher, rows[x * 8u + down]); }
        let shrink = exp(highest - higher);
        highest = higher;
        let p0 = select(exp(score0 - higher[0]), vec4<f32>(), score0 == vec4<f32>(-3.4028234e38));
        let p1 = select(exp(score1 - higher[1]), vec4<f32>(), score1 == vec4<f32>(-3.4028234e38));
        let p2 = select(exp(score2 - higher[2]), vec4<f32>(), score2 == vec4<f32>(-3.4028234e38));
        let p3 = select(exp(score3 - higher[3]), vec4<f32>(), score3 == vec4<f32>(-3.4028234e38));
        weight = fma(weight, shrink, vec4<f32>(dot(p0, vec4<f32>(1.0)), dot(p1, vec4<f32>(1.0)), dot(p2, vec4<f32>(1.0)), dot(p3, vec4<f32>(1.0))));
        sum0_0 *= shrink[0];
        sum1_0 *= shrink[1];
        sum2_0 *= shrink[2];
        sum3_0 *= shrink[3];
        weights[(4u * across + 0u) * 9u + down] = vec4<f32>(p0.x, p1.x, p2.x, p3.x);
        weights[(4u * across + 1u) * 9u + down] = vec4<f32>(p0.y, p1.y, p2.y, p3.y);
        weights[(4u * across + 2u) * 9u + down] = vec4<f32>(p0.z, p1.z, p2.z, p3.z);
        weights[(4u * across + 3u) * 9u + down] = vec4<f32>(p0.w, p1.w, p2.w, p3.w);
        workgroupBarrier();
        for (var first = 0u; first < 32u && column0 + first < keys; first += 32u) {
          for (var e = thread; e < 256u; e += 64u) {
            values[e] = v_across(v_start, column0 + first + e / 8u, d_first + 4u * (e % 8u));
          }
          workgroupBarrier();
          for (var s = 0u; s < 32u; s++) {
            let p = weights[(first + s) * 9u + down];
            let v0 = values[s * 8u + 0u + across];
            sum0_0 += p.x * v0;
            sum1_0 += p.y * v0;
            sum2_0 += p.z * v0;
            sum3_0 += p.w * v0;
          }
          workgroupBarrier();
        }
      }
      rows[across * 8u + down] = weight;
      workgroupBarrier();
      var total = vec4<f32>();
      for (var x = 0u; x < 8u; x++) { total += rows[x * 8u + down]; }
      let share = select(1.0 / total, vec4<f32>(), total == vec4<f32>());
      let out_start = numbers.out_offset + i32(b) * numbers.out_batch + i32(h) * numbers.out_head;
      store_out(out_start, row0 + 4u * down + 0u, d_first + 4u * (0u + across), sum0_0 * share[0]);
      store_out(out_start, row0 + 4u * down + 1u, d_first + 4u * (0u + across), sum1_0 * share[1]);
      store_out(out_start, row0 + 4u * down + 2u, d_first + 4u * (0u + across), sum2_0 * share[2]);
      store_out(out_start, row0 + 4u * down + 3u, d_first + 4u * (0u + across), sum3_0 * share[3]);
      if (across == 0u && d_first == 0u) {
        for (var r = 0u; r < 4u; r++) {
          if (t + r < numbers.T) {
            logsumexp[head * numbers.T + t + r] = select(highest[r] + logarithm(total[r]), -infinity(), total[r] == 0.0);
          }
        }
      }
    }
    "
  `);
});
