/**
 * A matrix times a vector (or a row vector times a matrix): out[i] = Σ_k vector[k]·matrix[k, i]. Each
 * number of the matrix is used once, so memory is the limit and nothing is worth keeping: 256 threads read
 * it the way it lies, neighbours in memory by neighbouring threads, and join their sums in a tree.
 */
import type { DType } from "../../ir.js";
import { volume } from "../../shape.js";
import type { Matmul } from "../../spec.js";
import { element } from "../half.js";
import { i32, u32, type Dispatch, type KernelBuffer, type Place } from "../kernel.js";
import type { Split } from "./member.js";
import { batchAxes, batchNumbers, operands, writeStarts } from "./strided.js";

/** A workgroup makes `lanes` outputs, each in `parts`; across: neighbouring threads make neighbouring outputs. */
type Division = { lanes: number; parts: number; across: boolean };
const across: Division = { lanes: 32, parts: 8, across: true };
const along: Division = { lanes: 8, parts: 32, across: false };

export function lowerVector(spec: Matmul, split: Split, to: Place): Dispatch {
  const { M, N, K, a, b } = spec;
  const axes = batchAxes(spec.batch, a, b);
  const rank = spec.batch.length;
  const row = M === 1; // the vector is A: a row
  const [vector, matrix] = row ? (["a", "b"] as const) : (["b", "a"] as const);
  const strides = row
    ? { vector: a.strides[rank + 1]!, k: b.strides[rank]!, i: b.strides[rank + 1]! }
    : { vector: b.strides[rank]!, k: a.strides[rank + 1]!, i: a.strides[rank]! };
  const division = Math.abs(strides.i) < Math.abs(strides.k) ? across : along;
  const length = row ? N : M;
  const batch = volume(spec.batch);
  const bias = spec.bias && split.parts === 1;
  const biasBuffer: Record<string, KernelBuffer> = bias ? { bias: ["f32", 2] } : {};
  const blocks = Math.ceil(length / division.lanes);
  return {
    buffers: { ...operands(spec), ...biasBuffer, out: ["f32", to] },
    numbers: {
      length: u32(length),
      N: u32(N),
      K: u32(K),
      batch: u32(batch),
      chunk: u32(split.chunk),
      blocks: u32(blocks),
      a_offset: i32(a.offset),
      b_offset: i32(b.offset),
      vector_k: i32(strides.vector),
      matrix_k: i32(strides.k),
      matrix_i: i32(strides.i),
      ...batchNumbers(axes),
    },
    groups: blocks * batch * split.parts,
    threads: 256,
    declarations: "var<workgroup> sums: array<f32, 256>;",
    body: bodyOf(division, vector, matrix, { a: a.dtype, b: b.dtype }, writeStarts(axes), bias),
    member: `matrix · vector${split.parts > 1 ? `, k in ${split.parts} parts` : ""}`,
  };
}

const bodyOf = (
  { lanes, parts, across }: Division,
  vector: "a" | "b",
  matrix: "a" | "b",
  dtypes: Record<"a" | "b", DType>,
  starts: string,
  bias: boolean,
): string => /* wgsl */ `
  let lane = ${across ? `thread % ${lanes}u` : `thread / ${parts}u`};
  let part = ${across ? `thread / ${lanes}u` : `thread % ${parts}u`};
  let i = group % numbers.blocks * ${lanes}u + lane;
  let product = group / numbers.blocks; // of [parts, batch]
  let z = product % numbers.batch;
  let begin = product / numbers.batch * numbers.chunk;
  let end = select(0u, min(numbers.K, begin + numbers.chunk), i < numbers.length);
  ${starts}
  let column = ${matrix}_start + i32(i) * numbers.matrix_i;
  var total = 0.0;
  for (var k = begin + part; k < end;) {
    var sum = 0.0;
    for (var n = 0u; n < 64u && k < end; n++) {
      sum = fma(${element(dtypes[vector], vector, `${vector}_start + i32(k) * numbers.vector_k`)}, ${element(dtypes[matrix], matrix, "column + i32(k) * numbers.matrix_k")}, sum);
      k += ${parts}u;
    }
    total += sum;
  }
  sums[thread] = total;
  for (var half = ${parts / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (part < half) {
      total += sums[thread + half${across ? ` * ${lanes}u` : ""}];
      sums[thread] = total;
    }
  }
  if (part == 0u && i < numbers.length) {
    out[product * numbers.length + i] = total${bias ? " + bias[i % numbers.N]" : ""};
  }`;
