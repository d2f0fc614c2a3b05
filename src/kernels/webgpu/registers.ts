/**
 * The product of tiles.ts without workgroup memory: each thread makes a tile of C by itself, in registers,
 * and leaves it to the cache that neighbours read the same rows and columns. For adapters that compute on
 * the CPU: there the caches are large, and a barrier costs as much as thousands of multiplications.
 */
import { u32, type Dispatch } from "./kernel.js";
import { blockLength, columnsOf, rowsOf, type Product, type Tile } from "./tiles.js";

/** vec4 of rows and of columns that a thread makes. */
const mine = 2;
const threads = 64;

/** Five ways for 64 threads to stand, all of one text: the one that leaves least of its tiles empty. */
export function registersFor(M: number, N: number): Tile {
  const filled = (tile: Tile): number =>
    Math.ceil(M / rowsOf(tile)) * Math.ceil(N / columnsOf(tile)); // all are of one size
  return shapes.reduce((best, tile) => (filled(tile) < filled(best) ? tile : best));
}

const shapes = [8, 4, 16, 2, 32].map((down): Tile => {
  return { down: down * mine, across: (threads / down) * mine, registers: true };
});

export function registerProduct({ declarations = "", ...product }: Product): Dispatch {
  const { buffers, groups, start, left, right, beforeStore, store } = product;
  const each = Array.from({ length: mine }, (_, k) => k);
  const rows = Array.from({ length: 4 * mine }, (_, r) => r);
  const sums = (write: (sum: string, r: number, c: number) => string): string =>
    rows.flatMap((r) => each.map((c) => write(`${r}_${c}`, r, c))).join(" ");
  const load = (side: "left" | "right", c: number): string => /* wgsl */ `
      var ${side}${c} = vec4<f32>();
      { var four = vec4<f32>(); ${(side === "left" ? left : right).load(c).trim()}
      ${side}${c} = four; }`;
  const body = /* wgsl */ `${start.trim()}
  let row0_mine = row0 + ${4 * mine}u * (thread / numbers.threads_across);
  let column0_mine = column0 + ${4 * mine}u * (thread % numbers.threads_across);
  ${each.map((c) => `let row_first${c} = row0_mine + ${4 * c}u;\n  ${left.prepare(`row_first${c}`, c).trim()}`).join("\n  ")}
  ${each.map((c) => `let column_first${c} = column0_mine + ${4 * c}u;\n  ${right.prepare(`column_first${c}`, c).trim()}`).join("\n  ")}
  ${sums((sum) => `var total${sum} = vec4<f32>();`)}
  for (var at = begin; at < end; at += ${blockLength}u) {
    ${sums((sum) => `var sum${sum} = vec4<f32>();`)}
    for (var k = at; k < min(end, at + ${blockLength}u); k++) {${each.map((c) => load("left", c) + load("right", c)).join("")}
      ${sums((sum, r, c) => `sum${sum} += left${r >> 2}.${"xyzw"[r & 3]} * right${c};`)}
    }
    ${sums((sum) => `total${sum} += sum${sum};`)}
  }
  var results = array<vec4<f32>, ${4 * mine * mine}>(${sums((sum) => `total${sum},`)});
  for (var c = 0u; c < ${mine}u; c++) { // one text for all stores: it takes most of the time to compile
  let column = column0_mine + 4u * c;
  ${(beforeStore ?? "").trim()}
  for (var r = 0u; r < ${4 * mine}u; r++) { let m = row0_mine + r; let value = results[r * ${mine}u + c];
  ${store.trim()} }
  }`;
  const numbers = { ...product.numbers, threads_across: u32(product.tile.across / mine) };
  return { buffers, numbers, groups, threads, declarations, body };
}
