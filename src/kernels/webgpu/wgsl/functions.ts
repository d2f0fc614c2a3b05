/**
 * A library of WGSL functions, of which a kernel's text gets those that it calls, and those that these
 * call, once each.
 */
import { calledBy } from "../../called-by.js";
import { exponentials } from "./exponential.wgsl.js";
import { floats } from "./float.wgsl.js";
import { halves } from "./half.wgsl.js";
import { integers } from "./integer.wgsl.js";
import { logarithms } from "./logarithm.wgsl.js";
import { powers } from "./power.wgsl.js";
import { waves } from "./trigonometry.wgsl.js";

const library: Readonly<Record<string, string>> = {
  ...floats,
  ...halves,
  ...integers,
  ...exponentials,
  ...logarithms,
  ...powers,
  ...waves,
};

/** The text of all library functions that `text` needs, callees first. */
export const functionsFor = (text: string): string => calledBy(text, library);
