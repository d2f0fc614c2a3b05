/**
 * The stable order of a row, without moving anything: how many stand before an element is its rank, and at
 * place r stands the element of rank r. That is columns² comparisons a row, so long rows are left to js.
 */
import type { Sort } from "../spec.js";
import { draw, type Draw } from "./kernel.js";
import { coordinates } from "./strides.js";
import { each } from "./sum.js";

export const longest = 1024;

export function lowerSort({ rows, columns, descending, dtype }: Sort): Draw[] {
  const real = dtype === "f32";
  const less = real ? "less" : "integer_less";
  const [before, same] = descending
    ? [`${less}(own, other)`, `${less}(other, own)`]
    : [`${less}(other, own)`, `${less}(own, other)`];
  // A NaN counts as the largest: it comes last, or first where descending.
  const [ownNumber, otherNumber] = ["own_number !== 0", "other_number !== 0"];
  const [gone, first] = descending
    ? [`${ownNumber} && other_number === 0`, `own_number === 0 && ${otherNumber}`]
    : [`own_number === 0 && ${otherNumber}`, `${ownNumber} && other_number === 0`];
  const numbers = real
    ? ["const own_number = is_equal(own, own);", "const other_number = is_equal(other, other);"]
    : [];
  return [
    draw({
      output: "ranks",
      elements: rows * columns,
      buffers: { x: 0 },
      body: [
        ...coordinates(["row", "j"], [rows, columns]),
        "const own = x[this.thread.x];",
        "let rank = 0;",
        ...each("k", columns, [
          `const other = x[row * ${columns} + k];`,
          ...numbers,
          `const is_before = ${before};`,
          `const is_after = ${same};`,
          `let stands_before = is_before;`,
          ...(real
            ? [`if (${gone}) {`, "stands_before = 1;", "}", `if (${first}) {`, "stands_before = 0;", "}"]
            : []),
          `if (stands_before === 0 && is_after === 0${real ? " && own_number === other_number" : ""} && k < j) {`,
          "stands_before = 1;", // equal: the first stays first
          "}",
          "rank += stands_before;",
        ]),
        "return rank;",
      ],
    }),
    draw({
      output: 1,
      elements: rows * columns,
      dtype: "i32",
      buffers: { ranks: "ranks" },
      body: [
        ...coordinates(["row", "r"], [rows, columns]),
        "let found = 0;",
        ...each("k", columns, [
          `if (ranks[row * ${columns} + k] === r) {`,
          "found = k;",
          "}",
        ]),
        "return pair(found);",
      ],
    }),
  ];
} // prettier-ignore
