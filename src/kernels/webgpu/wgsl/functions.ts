/**
 * A library of WGSL functions, of which a kernel's text gets those that it calls, and those that these
 * call, once each.
 */
import { exponentials } from "./exponential.wgsl.js";
import { floats } from "./float.wgsl.js";
import { integers } from "./integer.wgsl.js";
import { logarithms } from "./logarithm.wgsl.js";
import { powers } from "./power.wgsl.js";
import { waves } from "./trigonometry.wgsl.js";

const library: Readonly<Record<string, string>> = {
  ...floats,
  ...integers,
  ...exponentials,
  ...logarithms,
  ...powers,
  ...waves,
};

/** The text of all library functions that `text` needs, callees first. */
export function functionsFor(text: string): string {
  const taken = new Map<string, string>();
  const take = (from: string): void => {
    for (const [, name] of from.matchAll(/\b(\w+)\(/g)) {
      const code = library[name!];
      if (code === undefined || taken.has(name!)) continue;
      taken.set(name!, "");
      take(code);
      taken.delete(name!);
      taken.set(name!, code.trim());
    }
  };
  take(text);
  return [...taken.values()].join("\n");
}
