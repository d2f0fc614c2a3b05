/** ONE table of everything that a tensor can do. */
import { elementwise } from "./rows/elementwise.js";
import { layered } from "./rows/fused.js";
import { multiplying } from "./rows/products.js";
import { reducing } from "./rows/reduce.js";
import { shaping } from "./rows/shape.js";
import type { Row } from "./row.js";

export const table: readonly Row[] = [
  ...elementwise,
  ...reducing,
  ...shaping,
  ...multiplying,
  ...layered,
];
