export * from "./result.js";
export { VERSION } from "./version.js";
export * from "./exact-sum.js";
export * from "./jackknife.js";
export * from "./rows.js";
export * from "./text/index.js";
