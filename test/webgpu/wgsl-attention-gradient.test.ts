/**
 * The WGSL of one member of each family, beside the spec that makes it: to be read, and so that a change
 * of a kernel shows as a change of its text.
 */
import { expect, it } from "vitest";
import { heads, wgsl } from "./wgsl.js";

it("attention's gradient to k and v", () => {
  const gradient = { ...heads, out: heads.q, g: heads.q, packed: false };
  expect(wgsl({ kernel: "attentionGradient", ...gradient }, 2)).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> q: array<f32>;
    @group(0) @binding(2) var<storage, read_write> k: array<f32>;
    @group(0) @binding(3) var<storage, read_write> v: array<f32>;
    @group(0) @binding(4) var<storage, read_write> g: array<f32>;
    @group(0) @binding(5) var<storage, read_write> kept: array<vec2<f32>>;
    @group(0) @binding(6) var<storage, read_write> dk: array<f32>;
    @group(0) @binding(7) var<storage, read_write> dv: array<f32>;
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
    fn g_down(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (d >= numbers.D) { return four; }
      let step = numbers.g_row;
      let p = start + i32(row) * step + i32(d);
      if (row + 3u < numbers.T) { return vec4<f32>(g[p], g[p + step], g[p + 2 * step], g[p + 3 * step]); }
      if (row < numbers.T) { four.x = g[p]; }
      if (row + 1u < numbers.T) { four.y = g[p + step]; }
      if (row + 2u < numbers.T) { four.z = g[p + 2 * step]; }
      return four;
    }
    fn g_across(start: i32, row: u32, d: u32) -> vec4<f32> {
      var four = vec4<f32>();
      if (row >= numbers.T) { return four; }
      let p = start + i32(row) * numbers.g_row + i32(d);
      if (d + 3u < numbers.D) { return vec4<f32>(g[p], g[p + 1], g[p + 2], g[p + 3]); }
      if (d < numbers.D) { four.x = g[p]; }
      if (d + 1u < numbers.D) { four.y = g[p + 1]; }
      if (d + 2u < numbers.D) { four.z = g[p + 2]; }
      return four;
    }
    fn store_dk(start: i32, row: u32, d: u32, value: vec4<f32>) {
      if (row >= numbers.S) { return; }
      let p = start + i32(row) * numbers.dk_row + i32(d);
      if (d + 0u < numbers.D) { dk[p + 0] = value.x; }
      if (d + 1u < numbers.D) { dk[p + 1] = value.y; }
      if (d + 2u < numbers.D) { dk[p + 2] = value.z; }
      if (d + 3u < numbers.D) { dk[p + 3] = value.w; }
    }
    fn store_dv(start: i32, row: u32, d: u32, value: vec4<f32>) {
      if (row >= numbers.S) { return; }
      let p = start + i32(row) * numbers.dv_row + i32(d);
      if (d + 0u < numbers.D) { dv[p + 0] = value.x; }
      if (d + 1u < numbers.D) { dv[p + 1] = value.y; }
      if (d + 2u < numbers.D) { dv[p + 2] = value.z; }
      if (d + 3u < numbers.D) { dv[p + 3] = value.w; }
    }
    fn score(product: vec4<f32>, t: vec4<u32>, s: vec4<u32>, start: i32) -> vec4<f32> {
      let later = (s + numbers.T > t + numbers.S) & vec4<bool>(numbers.causal == 1u);
      let seen = !later & (s < vec4<u32>(numbers.S)) & (t < vec4<u32>(numbers.T));
      var x = numbers.scale * product;
      let lowest = bitcast<vec4<u32>>(x) == vec4<u32>(0xff800000u); // −∞, by its bits
      return select(vec4<f32>(-3.4028234e38), x, seen & !lowest);
    }
    fn kept_of(head: u32, t: u32) -> vec2<f32> {
      if (t >= numbers.T) { return vec2<f32>(); }
      return kept[head * numbers.T + t];
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
      let g_start = numbers.g_offset + i32(b) * numbers.g_batch + i32(h) * numbers.g_head;
      let mask_start = 0;
      let row0 = item % numbers.blocks * 32u;
      let first = max(i32(row0) + i32(numbers.T) - i32(numbers.S), 0); // no query before sees these keys
      let s = row0 + 4u * down;
      var dk0_0 = vec4<f32>();
      var dk1_0 = vec4<f32>();
      var dk2_0 = vec4<f32>();
      var dk3_0 = vec4<f32>();
      var dv0_0 = vec4<f32>();
      var dv1_0 = vec4<f32>();
      var dv2_0 = vec4<f32>();
      var dv3_0 = vec4<f32>();
      for (var column0 = select(0u, u32(first), numbers.causal == 1u); column0 < numbers.T; column0 += 32u) {
        var score0 = vec4<f32>(); var score1 = vec4<f32>(); var score2 = vec4<f32>(); var score3 = vec4<f32>();
        for (var d0 = 0u; d0 < numbers.D; d0 += 16u) {
          for (var e = thread; e < 128u; e += 64u) {
            let d = e % 16u; let quad = e / 16u;
            rows[d * 9u + quad] = k_down(k_start, row0 + 4u * quad, d0 + d);
            values[d * 9u + quad] = q_down(q_start, column0 + 4u * quad, d0 + d);
          }
          workgroupBarrier();
          for (var d = 0u; d < 16u; d++) {
            let a = rows[d * 9u + down]; let b = values[d * 9u + across];
            score0 = fma(vec4<f32>(a.x), b, score0); score1 = fma(vec4<f32>(a.y), b, score1); score2 = fma(vec4<f32>(a.z), b, score2); score3 = fma(vec4<f32>(a.w), b, score3);
          }
          workgroupBarrier();
        }
        var dp0 = vec4<f32>(); var dp1 = vec4<f32>(); var dp2 = vec4<f32>(); var dp3 = vec4<f32>();
        for (var d0 = 0u; d0 < numbers.D; d0 += 16u) {
          for (var e = thread; e < 128u; e += 64u) {
            let d = e % 16u; let quad = e / 16u;
            rows[d * 9u + quad] = v_down(v_start, row0 + 4u * quad, d0 + d);
            values[d * 9u + quad] = g_down(g_start, column0 + 4u * quad, d0 + d);
          }
          workgroupBarrier();
          for (var d = 0u; d < 16u; d++) {
            let a = rows[d * 9u + down]; let b = values[d * 9u + across];
            dp0 = fma(vec4<f32>(a.x), b, dp0); dp1 = fma(vec4<f32>(a.y), b, dp1); dp2 = fma(vec4<f32>(a.z), b, dp2); dp3 = fma(vec4<f32>(a.w), b, dp3);
          }
          workgroupBarrier();
        }
        let t = column0 + 4u * across + vec4<u32>(0u, 1u, 2u, 3u);
        let kept0 = kept_of(head, t[0]);
        let kept1 = kept_of(head, t[1]);
        let kept2 = kept_of(head, t[2]);
        let kept3 = kept_of(head, t[3]);
        let logsumexp = vec4<f32>(kept0.x, kept1.x, kept2.x, kept3.x);
        let delta = vec4<f32>(kept0.y, kept1.y, kept2.y, kept3.y);
        score0 = score(score0, t, vec4<u32>(s + 0u), mask_start);
        let p0 = select(exp(score0 - logsumexp), vec4<f32>(), score0 == vec4<f32>(-3.4028234e38));
        let ds0 = numbers.scale * p0 * (dp0 - delta);
        score1 = score(score1, t, vec4<u32>(s + 1u), mask_start);
        let p1 = select(exp(score1 - logsumexp), vec4<f32>(), score1 == vec4<f32>(-3.4028234e38));
        let ds1 = numbers.scale * p1 * (dp1 - delta);
        score2 = score(score2, t, vec4<u32>(s + 2u), mask_start);
        let p2 = select(exp(score2 - logsumexp), vec4<f32>(), score2 == vec4<f32>(-3.4028234e38));
        let ds2 = numbers.scale * p2 * (dp2 - delta);
        score3 = score(score3, t, vec4<u32>(s + 3u), mask_start);
        let p3 = select(exp(score3 - logsumexp), vec4<f32>(), score3 == vec4<f32>(-3.4028234e38));
        let ds3 = numbers.scale * p3 * (dp3 - delta);
        weights[(4u * across + 0u) * 9u + down] = vec4<f32>(p0.x, p1.x, p2.x, p3.x);
        weights[(4u * across + 1u) * 9u + down] = vec4<f32>(p0.y, p1.y, p2.y, p3.y);
        weights[(4u * across + 2u) * 9u + down] = vec4<f32>(p0.z, p1.z, p2.z, p3.z);
        weights[(4u * across + 3u) * 9u + down] = vec4<f32>(p0.w, p1.w, p2.w, p3.w);
        workgroupBarrier();
        for (var first = 0u; first < 32u && column0 + first < numbers.T; first += 32u) {
          for (var e = thread; e < 256u; e += 64u) {
            values[e] = g_across(g_start, column0 + first + e / 8u, d_first + 4u * (e % 8u));
          }
          workgroupBarrier();
          for (var s = 0u; s < 32u; s++) {
            let p = weights[(first + s) * 9u + down];
            let v0 = values[s * 8u + 0u + across];
            dv0_0 += p.x * v0;
            dv1_0 += p.y * v0;
            dv2_0 += p.z * v0;
            dv3_0 += p.w * v0;
          }
          workgroupBarrier();
        }
        weights[(4u * across + 0u) * 9u + down] = vec4<f32>(ds0.x, ds1.x, ds2.x, ds3.x);
        weights[(4u * across + 1u) * 9u + down] = vec4<f32>(ds0.y, ds1.y, ds2.y, ds3.y);
        weights[(4u * across + 2u) * 9u + down] = vec4<f32>(ds0.z, ds1.z, ds2.z, ds3.z);
        weights[(4u * across + 3u) * 9u + down] = vec4<f32>(ds0.w, ds1.w, ds2.w, ds3.w);
        workgroupBarrier();
        for (var first = 0u; first < 32u && column0 + first < numbers.T; first += 32u) {
          for (var e = thread; e < 256u; e += 64u) {
            values[e] = q_across(q_start, column0 + first + e / 8u, d_first + 4u * (e % 8u));
          }
          workgroupBarrier();
          for (var s = 0u; s < 32u; s++) {
            let p = weights[(first + s) * 9u + down];
            let v0 = values[s * 8u + 0u + across];
            dk0_0 += p.x * v0;
            dk1_0 += p.y * v0;
            dk2_0 += p.z * v0;
            dk3_0 += p.w * v0;
          }
          workgroupBarrier();
        }
      }
      let dk_start = numbers.dk_offset + i32(b) * numbers.dk_batch + i32(h) * numbers.dk_head;
      store_dk(dk_start, row0 + 4u * down + 0u, d_first + 4u * (0u + across), dk0_0 * 1.0);
      store_dk(dk_start, row0 + 4u * down + 1u, d_first + 4u * (0u + across), dk1_0 * 1.0);
      store_dk(dk_start, row0 + 4u * down + 2u, d_first + 4u * (0u + across), dk2_0 * 1.0);
      store_dk(dk_start, row0 + 4u * down + 3u, d_first + 4u * (0u + across), dk3_0 * 1.0);
      let dv_start = numbers.dv_offset + i32(b) * numbers.dv_batch + i32(h) * numbers.dv_head;
      store_dv(dv_start, row0 + 4u * down + 0u, d_first + 4u * (0u + across), dv0_0 * 1.0);
      store_dv(dv_start, row0 + 4u * down + 1u, d_first + 4u * (0u + across), dv1_0 * 1.0);
      store_dv(dv_start, row0 + 4u * down + 2u, d_first + 4u * (0u + across), dv2_0 * 1.0);
      store_dv(dv_start, row0 + 4u * down + 3u, d_first + 4u * (0u + across), dv3_0 * 1.0);
    }
    "
  `);
});
