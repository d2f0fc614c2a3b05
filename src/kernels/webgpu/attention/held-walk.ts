/**
 * register-walk.ts for heads of at most 32 columns: all of a thread's four rows, and of a step's four columns,
 * are in variables, each read once. There reads are what costs: each is checked, and brings one number a lane.
 */
import { registerWalk } from "./register-walk.js";
import type { Walk } from "./tile.js";

/** The widest head whose rows are held. */
export const mostHeld = 32;

const component = (k: number): string => "xyzw"[k]!;
const each = (count: number, write: (k: number) => string, between = " "): string =>
  Array.from({ length: count }, (_, k) => write(k)).join(between);

/** For views of D columns whose rows begin at multiples of four numbers. */
export function heldWalk(D: number): Walk {
  const fours = D / 4;
  const take = (name: string, first: string) => /* wgsl */ `
  let ${name}_first = ${name}_rows(${name}_start, ${first});
  ${each(4, (r) => each(fours, (d) => `let ${name}${r}_${d} = ${name}[${name}_first.${component(r)} + ${d}];`), "\n  ")}`;
  const dots = (a: string, b: string) => each(fours, (d) => `dot(${a}_${d}, ${b}_${d})`, " + ");
  const weighted = (weights: string, value: string, r: number, j: number) =>
    each(4, (c) => `${weights}${r}.${component(c)} * ${value}${c}_${j}`, " + ");
  return {
    ...registerWalk(true),
    name: "4 × 4 a thread, all in registers",
    hold: (name) => take(name, "row0"),
    bring: (name) => take(name, "column0"),
    productOf: (name, left, right) =>
      each(4, (r) => `var ${name}${r} = vec4<f32>(${each(4, (c) => dots(`${left}${r}`, `${right}${c}`), ", ")});`, "\n    "), // prettier-ignore
    addWeighted: (sum, weights, value) =>
      each(fours, (j) => each(4, (r) => `${sum}${r}_${j} += ${weighted(weights, value, r, j)};`, "\n    "), "\n    "), // prettier-ignore
  };
}
