/**
 * Attention's matrix of scores 4 × 4 at a time, each thread by itself: 4 rows, all columns. For adapters that
 * compute on the CPU, where a barrier is dear and the cache large (registers.ts does the same for products).
 */
import { multiplyAdd, type Walk } from "./tile.js";

const threads = 64;

/** Rows beyond the last are the last once more: what they give is not stored, or has weight 0. */
const readers = (name: string, size: string): string => /* wgsl */ `
fn ${name}_rows(start: i32, row: u32) -> vec4<i32> {
  return start + vec4<i32>(min(row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(${size} - 1u))) * numbers.${name}_row;
}
fn ${name}_four(p: vec4<i32>) -> vec4<f32> {
  return vec4<f32>(${name}[p.x], ${name}[p.y], ${name}[p.z], ${name}[p.w]);
}`;

const productOf: Walk["productOf"] = (name, left, right) => /* wgsl */ `
  ${[0, 1, 2, 3].map((r) => `var ${name}${r} = vec4<f32>();`).join(" ")}
  {
    let rows = ${left}_rows(${left}_start, row0);
    let columns = ${right}_rows(${right}_start, column0);
    for (var d = 0; d < i32(numbers.D); d++) {
      let a = ${left}_four(rows + d);
      let b = ${right}_four(columns + d);
      ${[0, 1, 2, 3].map((r) => `${name}${r} += a.${"xyzw"[r]} * b;`).join(" ")}
    }
  }`;

const addWeighted: Walk["addWeighted"] = (sum, weights, value, width) => {
  const fours = Array.from({ length: width / 4 }, (_, j) => j);
  const all = "vec4<i32>(0, 1, 2, 3)";
  return /* wgsl */ `{
    let columns = ${value}_rows(${value}_start + i32(d_first), column0);
    for (var c = 0u; c < 4u; c++) {
      ${fours.map((j) => `let v${j} = ${value}_four(columns[c] + ${4 * j} + ${all});`).join("\n      ")}
      ${[0, 1, 2, 3].map((r) => `let w${r} = ${weights}${r}[c];`).join(" ")}
      ${multiplyAdd(fours.length, sum, (r) => `w${r}`)}
    }
  }`;
};

export const registerWalk: Walk = {
  name: "4 × 4 a thread, in registers",
  side: 4,
  stride: 1,
  threads,
  items: threads,
  widthFor: (D) => (D <= 16 ? 16 : 32),
  memory: "",
  readers,
  place: /* wgsl */ `let item = group * ${threads}u + thread; let down = 0u; let across = 0u;
  if (item >= numbers.items) { return; }`,
  productOf,
  addWeighted,
  higher:
    "let higher = max(highest, vec4<f32>(largest(score0), largest(score1), largest(score2), largest(score3)));",
  total: "let total = weight;",
};
