/**
 * The stable order of a row, without moving anything: how many stand before an element is its rank, and at
 * place r stands the element of rank r. That is columns² comparisons a row, so long rows are left to js.
 */
import type { Sort } from "../spec.js";
import { draw, type Draw } from "./kernel.js";
import { coordinates } from "./strides.js";
import { each } from "./sum.js";

export const longest = 1024;

export const lowerSort = (spec: Sort): Draw[] => [ranks(spec), order(spec)];

/** Statements that set `stands_before`: 1 where `other`, at k, stands before `own`, at j. */
function standsBefore({ descending, dtype }: Sort): string[] {
  const real = dtype === "f32";
  const less = real ? "less" : "integer_less";
  const [before, after] = descending ? ["own, other", "other, own"] : ["other, own", "own, other"];
  // A NaN counts as the largest: it comes last, or first where descending.
  const [first, last] = descending ? [0, 1] : [1, 0];
  const numbers = ["const own_number = is_equal(own, own);", "const other_number = is_equal(other, other);"]; // prettier-ignore
  const places = [
    `if (other_number === ${first} && own_number === ${last}) {`,
    "stands_before = 1;",
    "}",
    `if (other_number === ${last} && own_number === ${first}) {`,
    "stands_before = 0;",
    "}",
  ];
  const same = `stands_before === 0 && is_after === 0${real ? " && own_number === other_number" : ""}`;
  return [
    ...(real ? numbers : []),
    `let stands_before = ${less}(${before});`,
    `const is_after = ${less}(${after});`,
    ...(real ? places : []),
    `if (${same} && k < j) {`,
    "stands_before = 1;", // of equal ones the first stays first
    "}",
  ];
}

/** "ranks" [rows, columns]: how many of its row stand before an element. */
function ranks(spec: Sort): Draw {
  const { rows, columns } = spec;
  return draw({
    output: "ranks",
    elements: rows * columns,
    buffers: { x: 0 },
    body: [
      ...coordinates(["row", "j"], [rows, columns]),
      "const own = x[this.thread.x];",
      "let rank = 0;",
      ...each("k", columns, [
        `const other = x[row * ${columns} + k];`,
        ...standsBefore(spec),
        "rank += stands_before;",
      ]),
      "return rank;",
    ],
  });
}

function order({ rows, columns }: Sort): Draw {
  const found = [`if (ranks[row * ${columns} + k] === r) {`, "found = k;", "}"];
  return draw({
    output: 1,
    elements: rows * columns,
    dtype: "i32",
    buffers: { ranks: "ranks" },
    body: [
      ...coordinates(["row", "r"], [rows, columns]),
      "let found = 0;",
      ...each("k", columns, found),
      "return pair(found);",
    ],
  });
}
