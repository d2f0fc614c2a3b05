/** The stable order of each row: positions such that x at them ascends (NaN last) or descends (NaN first). */
import type { Sort } from "../spec.js";
import type { Run } from "./kernel.js";

/** Ascending, NaN above everything. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

export const sort: Run<Sort> = ({ rows, columns, descending }, [x], [y]) => {
  for (let start = 0; start < rows * columns; start += columns) {
    const order = Array.from({ length: columns }, (_, j) => j);
    // Swapping the arguments, rather than reversing the row, keeps equal numbers in their order.
    order.sort((i, j) => {
      const [a, b] = [x[start + i]!, x[start + j]!];
      return descending ? compare(b, a) : compare(a, b);
    });
    y.set(order, start);
  }
};
