/**
 * Attention's matrix of scores 4 × 4 at a time, each thread by itself: 4 rows, all columns. For adapters that
 * compute on the CPU, where a barrier is dear and the cache large (registers.ts does the same for products).
 * There each read is checked; where all rows begin at a multiple of four numbers, one check does for four.
 */
import { type Walk } from "./tile.js";

const threads = 64;
const each = (write: (k: number) => string, between = "\n      "): string =>
  [0, 1, 2, 3].map(write).join(between);
const component = (k: number): string => "xyzw"[k]!;

/** Where four rows begin. Rows beyond the last are the last once more: what they give is not stored, or has weight 0. */
const rowsOf = (name: string, size: string): string => /* wgsl */ `
fn ${name}_rows(start: i32, row: u32) -> vec4<i32> {
  return start + vec4<i32>(min(row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(${size} - 1u))) * numbers.${name}_row;
}`;

/** One column of four rows, or four columns of one row. */
const fourOf = (name: string): string => /* wgsl */ `
fn ${name}_four(p: vec4<i32>) -> vec4<f32> {
  return vec4<f32>(${name}[p.x], ${name}[p.y], ${name}[p.z], ${name}[p.w]);
}`;

/** Columns one by one: the product of four numbers with four. */
const oneByOne = (name: string, left: string, right: string): string => /* wgsl */ `
    for (var d = 0; d < i32(numbers.D); d++) {
      let a = ${left}_four(rows + d);
      let b = ${right}_four(columns + d);
      ${each((r) => `${name}${r} += a.${component(r)} * b;`, " ")}
    }`;

/** Four columns at a time: 16 products of four numbers. */
const fourByFour = (name: string, left: string, right: string): string => /* wgsl */ `
    for (var d = 0; d < i32(numbers.D) / 4; d++) {
      ${each((r) => `let a${r} = ${left}[rows.${component(r)} + d];`, " ")}
      ${each((c) => `let b${c} = ${right}[columns.${component(c)} + d];`, " ")}
      ${each((r) => `${name}${r} += vec4<f32>(${each((c) => `dot(a${r}, b${c})`, ", ")});`)}
    }`;

/** All four columns of the step in one statement a sum: a variable costs a read and a checked write each time. */
const addWeighted =
  (vectors: boolean): Walk["addWeighted"] =>
  (sum, weights, value, width) => {
    const first = vectors ? "i32(d_first / 4u)" : "i32(d_first)";
    const read = (c: number, j: number) =>
      vectors
        ? `${value}[columns.${component(c)} + ${j}]`
        : `${value}_four(columns.${component(c)} + ${4 * j} + vec4<i32>(0, 1, 2, 3))`;
    const add = (r: number, j: number) =>
      `${sum}${r}_${j} += ${each((c) => `${weights}${r}.${component(c)} * v${c}`, " + ")};`;
    const fours = Array.from(
      { length: width / 4 },
      (_, j) => /* wgsl */ `{
      ${each((c) => `let v${c} = ${read(c, j)};`, " ")}
      ${each((r) => add(r, j))}
    }`,
    );
    return /* wgsl */ `{
    let columns = ${value}_rows(${value}_start + ${first}, column0);
    ${fours.join(" ")}
  }`;
  };

/** `vectors`: all views begin, and their rows, at a multiple of four numbers. */
export const registerWalk = (vectors: boolean): Walk => ({
  name: `4 × 4 a thread, in registers${vectors ? ", read as vectors" : ""}`,
  side: 4,
  stride: 1,
  threads,
  items: threads,
  unit: vectors ? 4 : 1,
  widthFor: (D) => (D <= 16 ? 16 : 32),
  memory: "",
  readers: (name, size) => rowsOf(name, size) + (vectors ? "" : fourOf(name)),
  place: /* wgsl */ `let item = group * ${threads}u + thread; let down = 0u; let across = 0u;
  if (item >= numbers.items) { return; }`,
  hold: () => "",
  bring: () => "",
  productOf: (name, left, right) => /* wgsl */ `
  ${each((r) => `var ${name}${r} = vec4<f32>();`, " ")}
  {
    let rows = ${left}_rows(${left}_start, row0);
    let columns = ${right}_rows(${right}_start, column0);${(vectors ? fourByFour : oneByOne)(name, left, right)}
  }`,
  addWeighted: addWeighted(vectors),
  higher:
    "let higher = max(highest, vec4<f32>(largest(score0), largest(score1), largest(score2), largest(score3)));",
  total: "let total = weight;",
});
