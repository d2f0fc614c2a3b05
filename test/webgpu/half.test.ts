/**
 * f16 on webgpu: the WGSL that reads and writes it, and the members of the matmul family that this adapter does not
 * choose by itself (test/tensor/f16.test.ts runs the rest on every backend).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { js, tensor, tidy, trace, use, webgpu, type Tensor } from "genarch";
import { nearestHalf } from "../../src/kernels/half.js";
import type { Fused } from "../../src/kernels/ir.js";
import { drawn } from "../support.js";
import { square, wgsl } from "./wgsl.js";

const map: Fused = {
  kernel: "fused",
  dtype: "f32",
  shape: [100],
  loads: [{ dtype: "f16", offset: 0, strides: [1] }],
  body: [
    { op: "load", operand: 0, dtype: "f32" },
    { op: "mul", args: [0, 0], dtype: "f32" },
  ],
  reduce: null,
  epilogue: [],
};

describe("the text", () => {
  it("reads two numbers as a u32 and takes one", () => {
    expect(wgsl(map)).toMatchInlineSnapshot(`
      "@group(0) @binding(0) var<uniform> numbers: Numbers;
      @group(0) @binding(1) var<storage, read_write> in0: array<u32>;
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
        let o0 = i32(i);
        let v0 = unpack2x16float(in0[u32(numbers.offset0 + o0 * numbers.o0_stride0) >> 1u] >> (16u * (u32(numbers.offset0 + o0 * numbers.o0_stride0) & 1u))).x;
        let v1 = v0 * v0;
        out[i] = v1;
      }
      "
    `);
  });

  it("writes two at once, rounded by integers", () => {
    const loads = map.loads.map((load) => ({ ...load, dtype: "f32" as const }));
    expect(wgsl({ ...map, dtype: "f16", loads })).toMatchInlineSnapshot(`
      "@group(0) @binding(0) var<uniform> numbers: Numbers;
      @group(0) @binding(1) var<storage, read_write> in0: array<f32>;
      @group(0) @binding(2) var<storage, read_write> out: array<u32>;
      fn half_bits(x: f32) -> u32 {
        let bits = bitcast<u32>(x);
        let sign = (bits >> 16u) & 0x8000u;
        let size = bits & 0x7fffffffu;
        if (size > 0x7f800000u) { return sign | 0x7e00u; }
        if (size >= 0x477ff000u) { return sign | 0x7c00u; }
        if (size < 0x38800000u) { return sign | u32(round(bitcast<f32>(size) * 16777216.0)); } // so many times 2⁻²⁴
        return sign | ((size - (112u << 23u) + 0xfffu + ((size >> 13u) & 1u)) >> 13u);
      }
      fn value_at(i: u32) -> f32 {
        let o0 = i32(i);
        let v0 = in0[numbers.offset0 + o0 * numbers.o0_stride0];
        let v1 = v0 * v0;
        return v1;
      }
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
        let second = min(2u * i + 1u, numbers.elements - 1u);
        out[i] = half_bits(value_at(2u * i)) | (half_bits(value_at(second)) << 16u);
      }
      "
    `);
  });

  it("of a product differs only in the reads", () => {
    const product = square(512);
    if (product.kernel !== "matmul") throw new Error("square makes products");
    const half = wgsl({ ...product, b: { ...product.b, dtype: "f16" } });
    const plain = half
      .replaceAll(/unpack2x16float\(b\[u32\((p\.\w)\) >> 1u\] >> \(.*?& 1u\)\)\)\.x/g, "b[$1]")
      .replace("b: array<u32>", "b: array<f32>");
    expect(plain).toBe(wgsl(product));
    expect(half).not.toBe(plain);
  });
});

describe("with the members for GPUs", () => {
  beforeAll(() => use(webgpu.with({ software: true, limits: "default", members: "gpu" })));
  afterAll(() => use(js));

  it.each([
    ["64×64 tiles", 400, 401, 47],
    ["32×32 tiles", 65, 66, 47],
    ["16×64 tiles", 5, 600, 30],
    ["64×16 tiles", 600, 5, 30],
    ["k in 8 parts", 64, 64, 2048],
    ["matrix · vector", 1, 300, 700],
  ] as const)("%s give what f32 memory gives", async (member, M, N, K) => {
    const x = tensor(drawn("x", M * K)).reshape(M, K);
    const w = drawn("w", N * K);
    const half = tensor(w, { dtype: "f16" }).reshape(N, K);
    const whole = tensor(w.map(nearestHalf)).reshape(N, K);
    const residual = tensor(drawn("r", M * N), { dtype: "f16" }).reshape(M, N);
    const layer = (w: Tensor) => tidy(() => x.affine(w).add(residual).relu());
    const { result, runs } = await trace(() => layer(half));
    expect(runs.flatMap(({ kernels }) => kernels.map(({ where }) => where)).join()).toContain(member); // prettier-ignore
    expect(await result.data()).toEqual(await layer(whole).data());
  });

  it("a dispatch ends with an elementwise kernel that reads f16", async () => {
    const x = tensor(drawn("x", 64)).reshape(8, 8);
    const residual = drawn("r", 64);
    const sum = (r: Tensor) => tidy(() => x.matmul(x).add(r.reshape(8, 8)));
    const { result, runs } = await trace(() => sum(tensor(residual, { dtype: "f16" })));
    expect(runs[0]!.kernels.at(-1)!.where).toContain("the end of kernel");
    expect(await result.data()).toEqual(await sum(tensor(residual.map(nearestHalf))).data());
  });
});
