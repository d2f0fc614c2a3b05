/**
 * The WGSL of one member of each family, beside the spec that makes it: to be read, and so that a change
 * of a kernel shows as a change of its text.
 */
import { expect, it } from "vitest";
import { image, wgsl } from "./wgsl.js";

it("convolution, the image read as a matrix", () => {
  const text = wgsl({ kernel: "convolution", bias: true, ...image });
  expect(text).toMatchInlineSnapshot(`
    "@group(0) @binding(0) var<uniform> numbers: Numbers;
    @group(0) @binding(1) var<storage, read_write> b: array<f32>;
    @group(0) @binding(2) var<storage, read_write> a: array<f32>;
    @group(0) @binding(3) var<storage, read_write> bias: array<f32>;
    @group(0) @binding(4) var<storage, read_write> out: array<f32>;
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
      let parallel = group / numbers.tiles % numbers.parallel; // the group of channels
      let part = group / numbers.tiles / numbers.parallel;
      let begin = part * numbers.chunk;
      let end = min(numbers.K, begin + numbers.chunk);
      let a_start = i32(parallel * numbers.M * numbers.K);
      let row = row0 + 4u * (thread / 16u);
      let column = column0 + 4u * (thread % 16u);
      let left_k0 = select((thread + 0u) / 16u, (thread + 0u) % 16u, abs(numbers.a_column) < abs(numbers.a_row));
      let left_quad0 = select((thread + 0u) % 16u, (thread + 0u) / 16u, abs(numbers.a_column) < abs(numbers.a_row));
      let left0 = row0 + 4u * left_quad0;
      let a_at0 = a_start + vec4<i32>(min(left0 + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(numbers.M - 1u))) * numbers.a_row;
      let right_k0 = select((thread + 0u) / 16u, (thread + 0u) % 16u, false);
      let right_quad0 = select((thread + 0u) % 16u, (thread + 0u) / 16u, false);
      let right0 = column0 + 4u * right_quad0;
      let n0 = right0 + vec4<u32>(0u, 1u, 2u, 3u);
      let b_image0 = n0 / (numbers.P * numbers.Q) * numbers.C + parallel * numbers.C_group;
      let b_row0 = vec4<i32>(n0 / numbers.Q % numbers.P * numbers.stride0) - i32(numbers.padding0);
      let b_top0 = select(b_row0, vec4<i32>(-1073741824), n0 >= vec4<u32>(numbers.N));
      let b_left0 = vec4<i32>(n0 % numbers.Q * numbers.stride1) - i32(numbers.padding1);
      var total0 = vec4<f32>(); var sum0 = vec4<f32>();
      var total1 = vec4<f32>(); var sum1 = vec4<f32>();
      var total2 = vec4<f32>(); var sum2 = vec4<f32>();
      var total3 = vec4<f32>(); var sum3 = vec4<f32>();
      for (var at = begin; at < end; at += 16u) {
        { let k = at + left_k0; var four = vec4<f32>();
          if (k < end) { let p = a_at0 + i32(k) * numbers.a_column; four = vec4<f32>(a[p.x], a[p.y], a[p.z], a[p.w]); }
          left_tile[left_k0 * 17u + left_quad0] = four; }
        { let k = at + right_k0; var four = vec4<f32>();
          if (k < end) { let y = b_top0 + i32(k / numbers.S % numbers.R * numbers.dilation0);
            let x = b_left0 + i32(k % numbers.S * numbers.dilation1);
            let channel = b_image0 + k / (numbers.R * numbers.S);
            let p = vec4<i32>(channel * numbers.H) * i32(numbers.W) + y * i32(numbers.W) + x;
            let inside = (vec4<u32>(y) < vec4<u32>(numbers.H)) & (vec4<u32>(x) < vec4<u32>(numbers.W));
            four = vec4<f32>(b[p.x], b[p.y], b[p.z], b[p.w]);
            four = select(vec4<f32>(), four, inside); }
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
      let n = column + vec4<u32>(0u, 1u, 2u, 3u);
      let area = numbers.P * numbers.Q;
      let from_part = part * numbers.B * numbers.O * area;
      let at_image = from_part + n / area * numbers.O * area + n % area;
      { let m = row + 0u; let value = total0 + sum0;
        if (m < numbers.M) {
          let o = parallel * numbers.M + m;
          let p = at_image + o * area;
          if (n.x < numbers.N) { out[p.x] = value.x + bias[o]; }
          if (n.y < numbers.N) { out[p.y] = value.y + bias[o]; }
          if (n.z < numbers.N) { out[p.z] = value.z + bias[o]; }
          if (n.w < numbers.N) { out[p.w] = value.w + bias[o]; }
        } }
      { let m = row + 1u; let value = total1 + sum1;
        if (m < numbers.M) {
          let o = parallel * numbers.M + m;
          let p = at_image + o * area;
          if (n.x < numbers.N) { out[p.x] = value.x + bias[o]; }
          if (n.y < numbers.N) { out[p.y] = value.y + bias[o]; }
          if (n.z < numbers.N) { out[p.z] = value.z + bias[o]; }
          if (n.w < numbers.N) { out[p.w] = value.w + bias[o]; }
        } }
      { let m = row + 2u; let value = total2 + sum2;
        if (m < numbers.M) {
          let o = parallel * numbers.M + m;
          let p = at_image + o * area;
          if (n.x < numbers.N) { out[p.x] = value.x + bias[o]; }
          if (n.y < numbers.N) { out[p.y] = value.y + bias[o]; }
          if (n.z < numbers.N) { out[p.z] = value.z + bias[o]; }
          if (n.w < numbers.N) { out[p.w] = value.w + bias[o]; }
        } }
      { let m = row + 3u; let value = total3 + sum3;
        if (m < numbers.M) {
          let o = parallel * numbers.M + m;
          let p = at_image + o * area;
          if (n.x < numbers.N) { out[p.x] = value.x + bias[o]; }
          if (n.y < numbers.N) { out[p.y] = value.y + bias[o]; }
          if (n.z < numbers.N) { out[p.z] = value.z + bias[o]; }
          if (n.w < numbers.N) { out[p.w] = value.w + bias[o]; }
        } }
    }
    "
  `);
});
