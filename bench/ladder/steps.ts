/**
 * Matmul in five steps, each the text of one thread: C [N, N] = A [N, N] · B [N, N]. What a step changes is
 * said above it; what it gains depends on the device, so run it: `npx tsx bench/ladder/run.ts`.
 */
import type { Matmul } from "../../src/kernels/spec.js";
import { lower } from "../../src/kernels/webgpu/lowerings.js";
import { u32, type Dispatch } from "../../src/kernels/webgpu/kernel.js";

export type Step = { name: string; why: string; dispatch: (N: number) => Dispatch };

const shared = (N: number): Pick<Dispatch, "buffers" | "numbers"> => ({
  buffers: { a: ["f32", 0], b: ["f32", 1], out: ["f32", 2] },
  numbers: { N: u32(N) },
});

/**
 * 1. A thread an output, and the sum from the definition. Neighbouring threads take neighbouring ROWS, so
 * each of their reads of A, and each of their writes, is in another line of memory.
 */
const naive: Step = {
  name: "1 naive",
  why: "2 reads for 2 operations, each from another line of memory",
  dispatch: (N) => ({
    ...shared(N),
    groups: Math.ceil((N * N) / 256),
    threads: 256,
    body: /* wgsl */ `
  let i = group * 256u + thread;
  let row = i % numbers.N;
  let column = i / numbers.N;
  if (column >= numbers.N) { return; }
  var sum = 0.0;
  for (var k = 0u; k < numbers.N; k++) { sum += a[row * numbers.N + k] * b[k * numbers.N + column]; }
  out[row * numbers.N + column] = sum;`,
  }),
};

/** 2. The same, but neighbouring threads take neighbouring COLUMNS: a line of B serves 16 threads or more. */
const lines: Step = {
  name: "2 lines",
  why: "neighbours read neighbours: a line of memory serves many threads",
  dispatch: (N) => {
    const { body, ...rest } = naive.dispatch(N);
    const turned = body
      .replace("let row = i % numbers.N", "let row = i / numbers.N")
      .replace("let column = i / numbers.N", "let column = i % numbers.N")
      .replace("column >= numbers.N", "row >= numbers.N");
    return { ...rest, body: turned };
  },
};

/**
 * 3. A workgroup makes 16 × 16 outputs together: it brings 16 × 16 numbers of A and of B into its own memory,
 * where each is read 16 times. All must have come before any is used, and been used before any is replaced:
 * two barriers.
 */
const tiles: Step = {
  name: "3 tiles",
  why: "each number is fetched once for 16 threads, and kept in workgroup memory",
  dispatch: (N) => ({
    ...shared(N),
    groups: Math.ceil(N / 16) ** 2,
    threads: 256,
    declarations: `var<workgroup> a_tile: array<f32, 256>;\nvar<workgroup> b_tile: array<f32, 256>;`,
    body: /* wgsl */ `
  let across = (numbers.N + 15u) / 16u;
  let row = group / across * 16u + thread / 16u;
  let column = group % across * 16u + thread % 16u;
  var sum = 0.0;
  for (var at = 0u; at < numbers.N; at += 16u) {
    let ka = at + thread % 16u;
    let kb = at + thread / 16u;
    a_tile[thread] = select(0.0, a[row * numbers.N + ka], row < numbers.N && ka < numbers.N);
    b_tile[thread] = select(0.0, b[kb * numbers.N + column], column < numbers.N && kb < numbers.N);
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      sum += a_tile[thread / 16u * 16u + k] * b_tile[k * 16u + thread % 16u];
    }
    workgroupBarrier();
  }
  if (row < numbers.N && column < numbers.N) { out[row * numbers.N + column] = sum; }`,
  }),
};

/**
 * 4. Each thread makes 4 × 4 outputs, one row of four after another: from workgroup memory come 8 numbers
 * for 16 products, where step 3 took 2 for one. (8 × 8 threads: a tile of 32 × 32.)
 */
const registers: Step = {
  name: "4 registers",
  why: "8 numbers from workgroup memory for 16 products, in place of 2 for one",
  dispatch: (N) => ({
    ...shared(N),
    groups: Math.ceil(N / 32) ** 2,
    threads: 64,
    declarations: `var<workgroup> a_tile: array<f32, 512>; // [16 of k][32 rows]
var<workgroup> b_tile: array<f32, 512>; // [16 of k][32 columns]`,
    body: /* wgsl */ `
  let across = (numbers.N + 31u) / 32u;
  let row0 = group / across * 32u;
  let column0 = group % across * 32u;
  let down = thread / 8u * 4u;
  let right = thread % 8u * 4u;
  var sums: array<vec4<f32>, 4>;
  for (var at = 0u; at < numbers.N; at += 16u) {
    for (var e = thread; e < 512u; e += 64u) {
      let row = row0 + e / 16u;
      let k = at + e % 16u;
      a_tile[e % 16u * 32u + e / 16u] = select(0.0, a[row * numbers.N + k], row < numbers.N && k < numbers.N);
      let column = column0 + e % 32u;
      let l = at + e / 32u;
      b_tile[e] = select(0.0, b[l * numbers.N + column], column < numbers.N && l < numbers.N);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let p = k * 32u + right;
      let four = vec4<f32>(b_tile[p], b_tile[p + 1u], b_tile[p + 2u], b_tile[p + 3u]);
      for (var r = 0u; r < 4u; r++) { sums[r] += a_tile[k * 32u + down + r] * four; }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let row = row0 + down + r;
      let column = column0 + right + c;
      if (row < numbers.N && column < numbers.N) { out[row * numbers.N + column] = sums[r][c]; }
    }
  }`,
  }),
};

/**
 * 5. The library's: 64 × 64 tiles where there are enough, both kept as vec4 (one read brings four numbers),
 * a line longer than needed against bank conflicts, sums put aside every 64 products, any strides.
 */
const real = (software: boolean): Step => ({
  name: software ? "5 registers alone" : "5 the real one",
  why: software
    ? "what this adapter gets: it computes on the CPU, where a barrier is dear"
    : "vec4 in workgroup memory, no bank conflicts, sums in blocks, any strides",
  dispatch: (N) => {
    const view = { dtype: "f32", offset: 0, strides: [N, 1] } as const;
    const spec: Matmul = {
      kernel: "matmul",
      batch: [],
      M: N,
      N,
      K: N,
      a: view,
      b: view,
      bias: false,
    };
    return lower(spec, software)[0]!;
  },
});

export const steps = (software: boolean): Step[] => [
  naive,
  lines,
  tiles,
  registers,
  real(false),
  ...(software ? [real(true)] : []),
];
