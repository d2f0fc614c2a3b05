export * from "./matrix.js";
export * from "./rows.js";
export * from "./product.js";
export * from "./moments.js";
export * from "./covariance.js";
export * from "./cholesky.js";
export * from "./singular-values.js";
export * from "./symmetric-eigen.js";
