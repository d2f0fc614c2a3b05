/**
 * The WGSL of one member of each family, beside the spec that makes it: to be read, and so that a change
 * of a kernel shows as a change of its text.
 */
import { expect, it } from "vitest";
import { square, wgsl } from "./wgsl.js";

it("matmul, 64×64 tiles", () => {
  expect(wgsl(square(512))).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> a: array<f32>;
    @group(0) @binding(2) var<storage, read_write> b: array<f32>;
    @group(0) @binding(3) var<storage, read_write> out: array<f32>;
    var<workgroup> left_tile: array<vec4<f32>, 272>;
    var<workgroup> right_tile: array<vec4<f32>, 272>;
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) thread: u32,
    ) {
      let group = workgroup.y * workgroups.x + workgroup.x;
      if (group >= numbers.groups) { return; }
      let row0 = group % numbers.tiles / numbers.tiles_across * numbers.tile_rows;
      let column0 = group % numbers.tiles % numbers.tiles_across * numbers.tile_columns;
      let matrix = group / numbers.tiles; // of [parts, batch]
      let z = matrix % numbers.batch;
      let begin = matrix / numbers.batch * numbers.chunk;
      let end = min(numbers.K, begin + numbers.chunk);
      var a_start = numbers.a_offset;
      var b_start = numbers.b_offset;
      var rest = z;
      a_start += i32(rest % numbers.batch1) * numbers.a_batch1; b_start += i32(rest % numbers.batch1) * numbers.b_batch1;
      rest /= numbers.batch1;
      a_start += i32(rest) * numbers.a_batch0; b_start += i32(rest) * numbers.b_batch0;
      let row = row0 + 4u * (thread / 16u);
      let column = column0 + 4u * (thread % 16u);
      let left_k0 = select((thread + 0u) / 16u, (thread + 0u) % 16u, abs(numbers.a_column) < abs(numbers.a_row));
      let left_quad0 = select((thread + 0u) % 16u, (thread + 0u) / 16u, abs(numbers.a_column) < abs(numbers.a_row));
      let left0 = row0 + 4u * left_quad0;
      let a_at0 = a_start + vec4<i32>(min(left0 + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(numbers.M - 1u))) * numbers.a_row;
      let right_k0 = select((thread + 0u) / 16u, (thread + 0u) % 16u, abs(numbers.b_row) < abs(numbers.b_column));
      let right_quad0 = select((thread + 0u) % 16u, (thread + 0u) / 16u, abs(numbers.b_row) < abs(numbers.b_column));
      let right0 = column0 + 4u * right_quad0;
      let b_at0 = b_start + vec4<i32>(min(right0 + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(numbers.N - 1u))) * numbers.b_column;
      var total0 = vec4<f32>(); var sum0 = vec4<f32>();
      var total1 = vec4<f32>(); var sum1 = vec4<f32>();
      var total2 = vec4<f32>(); var sum2 = vec4<f32>();
      var total3 = vec4<f32>(); var sum3 = vec4<f32>();
      for (var at = begin; at < end; at += 16u) {
        { let k = at + left_k0; var four = vec4<f32>();
          if (k < end) { let p = a_at0 + i32(k) * numbers.a_column; four = vec4<f32>(a[p.x], a[p.y], a[p.z], a[p.w]); }
          left_tile[left_k0 * 17u + left_quad0] = four; }
        { let k = at + right_k0; var four = vec4<f32>();
          if (k < end) { let p = b_at0 + i32(k) * numbers.b_row; four = vec4<f32>(b[p.x], b[p.y], b[p.z], b[p.w]); }
          right_tile[right_k0 * 17u + right_quad0] = four; }
        workgroupBarrier();
        for (var k = 0u; k < 16u; k++) {
          let a = left_tile[k * 17u + thread / 16u];
          let b = right_tile[k * 17u + thread % 16u];
          sum0 = fma(vec4<f32>(a.x), b, sum0);
          sum1 = fma(vec4<f32>(a.y), b, sum1);
          sum2 = fma(vec4<f32>(a.z), b, sum2);
          sum3 = fma(vec4<f32>(a.w), b, sum3);
        }
        if (((at - begin) & 48u) == 48u) {
          total0 += sum0; sum0 = vec4<f32>();
          total1 += sum1; sum1 = vec4<f32>();
          total2 += sum2; sum2 = vec4<f32>();
          total3 += sum3; sum3 = vec4<f32>();
        }
        workgroupBarrier();
      }
      { let m = row + 0u; let value = total0 + sum0;
        if (m < numbers.M) {
          let p = (matrix * numbers.M + m) * numbers.N + column;
          if (column + 0u < numbers.N) { out[p + 0u] = value[0]; }
          if (column + 1u < numbers.N) { out[p + 1u] = value[1]; }
          if (column + 2u < numbers.N) { out[p + 2u] = value[2]; }
          if (column + 3u < numbers.N) { out[p + 3u] = value[3]; }
        } }
      { let m = row + 1u; let value = total1 + sum1;
        if (m < numbers.M) {
          let p = (matrix * numbers.M + m) * numbers.N + column;
          if (column + 0u < numbers.N) { out[p + 0u] = value[0]; }
          if (column + 1u < numbers.N) { out[p + 1u] = value[1]; }
          if (column + 2u < numbers.N) { out[p + 2u] = value[2]; }
          if (column + 3u < numbers.N) { out[p + 3u] = value[3]; }
        } }
      { let m = row + 2u; let value = total2 + sum2;
        if (m < numbers.M) {
          let p = (matrix * numbers.M + m) * numbers.N + column;
          if (column + 0u < numbers.N) { out[p + 0u] = value[0]; }
          if (column + 1u < numbers.N) { out[p + 1u] = value[1]; }
          if (column + 2u < numbers.N) { out[p + 2u] = value[2]; }
          if (column + 3u < numbers.N) { out[p + 3u] = value[3]; }
        } }
      { let m = row + 3u; let value = total3 + sum3;
        if (m < numbers.M) {
          let p = (matrix * numbers.M + m) * numbers.N + column;
          if (column + 0u < numbers.N) { out[p + 0u] = value[0]; }
          if (column + 1u < numbers.N) { out[p + 1u] = value[1]; }
          if (column + 2u < numbers.N) { out[p + 2u] = value[2]; }
          if (column + 3u < numbers.N) { out[p + 3u] = value[3]; }
        } }
    }
    "
  `);
});

it("matmul, matrix · vector", () => {
  expect(wgsl({ ...square(512), M: 1 })).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> a: array<f32>;
    @group(0) @binding(2) var<storage, read_write> b: array<f32>;
    @group(0) @binding(3) var<storage, read_write> out: array<f32>;
    var<workgroup> sums: array<f32, 256>;
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) thread: u32,
    ) {
      let group = workgroup.y * workgroups.x + workgroup.x;
      if (group >= numbers.groups) { return; }
      let lane = thread % 32u;
      let part = thread / 32u;
      let i = group % numbers.blocks * 32u + lane;
      let product = group / numbers.blocks; // of [parts, batch]
      let z = product % numbers.batch;
      let begin = product / numbers.batch * numbers.chunk;
      let end = select(0u, min(numbers.K, begin + numbers.chunk), i < numbers.length);
      var a_start = numbers.a_offset;
      var b_start = numbers.b_offset;
      var rest = z;
      a_start += i32(rest % numbers.batch1) * numbers.a_batch1; b_start += i32(rest % numbers.batch1) * numbers.b_batch1;
      rest /= numbers.batch1;
      a_start += i32(rest) * numbers.a_batch0; b_start += i32(rest) * numbers.b_batch0;
      let column = b_start + i32(i) * numbers.matrix_i;
      var total = 0.0;
      for (var k = begin + part; k < end;) {
        var sum = 0.0;
        for (var n = 0u; n < 64u && k < end; n++) {
          sum = fma(a[a_start + i32(k) * numbers.vector_k], b[column + i32(k) * numbers.matrix_k], sum);
          k += 8u;
        }
        total += sum;
      }
      sums[thread] = total;
      for (var half = 4u; half > 0u; half >>= 1u) {
        workgroupBarrier();
        if (part < half) {
          total += sums[thread + half * 32u];
          sums[thread] = total;
        }
      }
      if (part == 0u && i < numbers.length) {
        out[product * numbers.length + i] = total;
      }
    }
    "
  `);
});

it("the sum of what was split among workgroups", () => {
  const long = { ...square(64), K: 4096 };
  expect(wgsl(long, 1)).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> partial: array<f32>;
    @group(0) @binding(2) var<storage, read_write> out: array<f32>;
    @compute @workgroup_size(256)
    fn main(
      @builtin(workgroup_id) workgroup: vec3<u32>,
      @builtin(num_workgroups) workgroups: vec3<u32>,
      @builtin(local_invocation_index) thread: u32,
    ) {
      let group = workgroup.y * workgroups.x + workgroup.x;
      if (group >= numbers.groups) { return; }
      let i = group * 256u + thread;
      if (i >= numbers.count) { return; }
      var sum = 0.0;
      for (var part = 0u; part < numbers.parts; part++) { sum += partial[part * numbers.count + i]; }
      out[i] = sum;
    }
    "
  `);
});
