/**
 * The library of GLSL functions that the JavaScript functions here may call: gpu.js knows each by its name
 * and its types, and a kernel's shader gets those that it calls, and those that these call, once each.
 */
import { calledBy } from "../../called-by.js";
import { exponentials } from "./exponential.glsl.js";
import { floats } from "./float.glsl.js";
import { integers } from "./integer.glsl.js";
import { logarithms } from "./logarithm.glsl.js";
import { powers } from "./power.glsl.js";
import { random } from "./random.glsl.js";
import { waves } from "./trigonometry.glsl.js";

const library: Readonly<Record<string, string>> = {
  ...floats,
  ...integers,
  ...exponentials,
  ...logarithms,
  ...powers,
  ...waves,
  ...random,
};

/** The text of all library functions that `text` needs, callees first. */
export const functionsFor = (text: string): string => calledBy(text, library);

/** A function as gpu.js is told of it. */
export type Signature = { name: string; returnType: string; argumentTypes: Record<string, string> };

/** What gpu.js calls the types of GLSL that its JavaScript has. */
const types: Readonly<Record<string, string>> = {
  float: "Number",
  int: "Integer",
  vec2: "Array(2)",
};

/** The functions that JavaScript can call: those with none but its types. */
export function signatures(): Signature[] {
  return Object.keys(library).flatMap((name) => {
    const [, returns, list] = new RegExp(`^(\\w+) ${name}\\(([^)]*)\\)`, "m").exec(library[name]!)!;
    const named = list === "" ? [] : list!.split(", ").map((each) => each.split(" "));
    const known = [returns!, ...named.map(([type]) => type!)].every((type) => type in types);
    const argumentTypes = Object.fromEntries(named.map(([type, own]) => [own!, types[type!]!]));
    return known ? [{ name, returnType: types[returns!]!, argumentTypes }] : [];
  });
}
