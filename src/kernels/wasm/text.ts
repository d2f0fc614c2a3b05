/** Recorded functions as WAT, one instruction a line, for `trace` and for whoever reads along. */
import type { Code, FunctionHandle, Local } from "./code.js";

/** A function in WebAssembly's text format; the tools of WABT read it (inside a module with the memory). */
export function functionText(f: FunctionHandle): string {
  const head = f.parameters.map((local) => ` (param ${label(local)} ${local.type})`).join("");
  const results = f.results.length ? ` (result ${f.results.join(" ")})` : "";
  const lines = [`(func $${f.name}${head}${results}`];
  for (const local of f.locals) lines.push(`  (local ${label(local)} ${local.type})`);
  let depth = 1;
  for (const code of f.code) {
    if (code.op === "end" || code.op === "else") depth--;
    lines.push("  ".repeat(depth) + line(code));
    if (code.op === "block" || code.op === "loop" || code.op === "if" || code.op === "else")
      depth++;
  }
  return [...lines, ")"].join("\n");
}

const label = (local: Local): string => `$${local.name}`;

function line(code: Code): string {
  switch (code.op) {
    case "plain": return code.name;
    case "memory": {
      const offset = code.offset ? ` offset=${code.offset}` : "";
      return `${code.name}${offset}${code.lane === undefined ? "" : ` ${code.lane}`}`;
    }
    case "lane": return `${code.name} ${code.lane}`;
    case "shuffle": return `i8x16.shuffle ${code.lanes.join(" ")}`;
    case "const": return `${code.type}.const ${number(code.value)}`;
    case "v128": return `v128.const ${code.lanes} ${code.values.map(number).join(" ")}`;
    case "local": return `${code.name} ${label(code.local)}`;
    case "call": return `call $${code.callee.name}`;
    case "br": case "br_if": return `${code.op} ${code.depth}`;
    case "block": case "loop": case "if": return code.op + (code.result ? ` (result ${code.result})` : "");
    case "else": case "end": return code.op;
  }
} // prettier-ignore

function number(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
