/** The matmul family in WGSL: tiles in workgroup memory, or a matrix times a vector. */
import { volume } from "../shape.js";
import type { Matmul } from "../spec.js";
import { eachElement, u32, type Dispatch, type KernelBuffer, type Place } from "./kernel.js"; // prettier-ignore
import { element } from "./half.js";
import { memberFor, tilesOf, type Split } from "./matmul/member.js";
import {
  batchAxes,
  batchNumbers,
  leftMatrix,
  operands,
  rightMatrix,
  viewNumbers,
  writeStarts,
} from "./matmul/strided.js";
import { lowerVector } from "./matmul/vector.js";
import { addParts } from "./parts.js";
import { columnsOf, rowsOf, nameOf, type Tile } from "./tiles.js";
import { writeProduct } from "./product.js";

export function lowerMatmul(spec: Matmul, software: boolean): Dispatch[] {
  const { M, N, K } = spec;
  const batch = volume(spec.batch);
  const count = batch * M * N;
  if (count === 0) return [];
  const member = memberFor({ batch, M, N, K }, software);
  if (member.kind === "thread") return [lowerThread(spec)];
  const { parts } = member.split;
  const out = spec.bias ? 3 : 2;
  const scratch = { scratch: 0, bytes: 4 * count * parts };
  const to = parts > 1 ? scratch : out;
  const first =
    member.kind === "vector"
      ? lowerVector(spec, member.split, to)
      : lowerTiles(spec, member.tile, member.split, to);
  if (parts === 1) return [first];
  const bias = spec.bias ? { place: 2, period: N, run: 1 } : undefined;
  return [first, addParts(scratch, out, { count, parts, bias })];
}

/** Products too small for a workgroup each: every thread makes an output by itself. */
function lowerThread(spec: Matmul): Dispatch {
  const { M, N, K, a, b, bias } = spec;
  const axes = batchAxes(spec.batch, a, b);
  return {
    ...eachElement(volume(spec.batch) * M * N, {
      buffers: {
        ...operands(spec),
        ...(bias && { bias: ["f32", 2] as const }),
        out: ["f32", bias ? 3 : 2],
      },
      numbers: {
        M: u32(M),
        N: u32(N),
        K: u32(K),
        ...viewNumbers("a", a),
        ...viewNumbers("b", b),
        ...batchNumbers(axes),
      },
      body: /* wgsl */ `
  let z = i / (numbers.M * numbers.N);
  ${writeStarts(axes)}
  let row = a_start + i32(i / numbers.N % numbers.M) * numbers.a_row;
  let column = b_start + i32(i % numbers.N) * numbers.b_column;
  var sum = 0.0;
  for (var k = 0; k < i32(numbers.K); k++) {
    sum = fma(${element(a.dtype, "a", "row + k * numbers.a_column")}, ${element(b.dtype, "b", "column + k * numbers.b_row")}, sum);
  }
  out[i] = sum${bias ? " + bias[i % numbers.N]" : ""};`,
    }),
    member: "a thread an output",
  };
}

/** `to`: the output, or the parts [parts, batch.., M, N]. */
function lowerTiles(spec: Matmul, tile: Tile, split: Split, to: Place): Dispatch {
  const { M, N, K, a, b } = spec;
  const { parts, chunk } = split;
  const bias = spec.bias && parts === 1;
  const axes = batchAxes(spec.batch, a, b);
  const batch = volume(spec.batch);
  const biasBuffer: Record<string, KernelBuffer> = bias ? { bias: ["f32", 2] } : {};
  return {
    ...writeProduct({
      tile,
      buffers: { ...operands(spec), ...biasBuffer, out: ["f32", to] },
      numbers: {
        M: u32(M),
        N: u32(N),
        K: u32(K),
        batch: u32(batch),
        chunk: u32(chunk),
        tile_rows: u32(rowsOf(tile)),
        tile_columns: u32(columnsOf(tile)),
        tiles_across: u32(Math.ceil(N / columnsOf(tile))),
        tiles: u32(tilesOf(tile, M, N)),
        ...viewNumbers("a", a),
        ...viewNumbers("b", b),
        ...batchNumbers(axes),
      },
      groups: tilesOf(tile, M, N) * batch * parts,
      start: startOf(writeStarts(axes)),
      left: leftMatrix(a.dtype),
      right: rightMatrix(b.dtype),
      store: storeOf(bias),
    }),
    member: `${nameOf(tile)}${parts > 1 ? `, k in ${parts} parts` : ""}`,
  };
}

const startOf = (starts: string): string => /* wgsl */ `
  let row0 = group % numbers.tiles / numbers.tiles_across * numbers.tile_rows;
  let column0 = group % numbers.tiles % numbers.tiles_across * numbers.tile_columns;
  let matrix = group / numbers.tiles; // of [parts, batch]
  let z = matrix % numbers.batch;
  let begin = matrix / numbers.batch * numbers.chunk;
  let end = min(numbers.K, begin + numbers.chunk);
  ${starts}`;

const storeOf = (bias: boolean): string => /* wgsl */ `
    if (m < numbers.M) {
      let p = (matrix * numbers.M + m) * numbers.N + column;
      ${[0, 1, 2, 3].map((c) => {
        const plus = bias ? ` + bias[column + ${c}u]` : "";
        return `if (column + ${c}u < numbers.N) { out[p + ${c}u] = value[${c}]${plus}; }`;
      }).join("\n      ")}
    }`; // prettier-ignore
