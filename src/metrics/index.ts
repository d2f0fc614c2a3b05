export * from "./result.js";
export { VERSION } from "./version.js";
export * from "./exact-sum.js";
export { jackknifeInterval, sumRows } from "./jackknife.js";
export * from "./rows.js";
export * from "./text/index.js";
export * from "./images/index.js";
export * from "./humans/index.js";
export * from "./statistics/index.js";
export {
  Covariance,
  type CovarianceState,
  type FlatRows,
  type Matrix,
  matrixSquareRoot,
  type Rows,
} from "./linalg/index.js";
