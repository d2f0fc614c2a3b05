/** WGSL put together from parts, indented anew by its brackets: `trace` shows it to people. */

const opening = /[{(]/g;
const closing = /[})]/g;
const count = (line: string, brackets: RegExp): number => line.match(brackets)?.length ?? 0;

export function indent(source: string): string {
  let depth = 0;
  const lines = source
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const indented = lines.map((line) => {
    const code = line.replace(/\/\/.*/, "");
    const leading = /^[})]*/.exec(code)![0].length;
    const text = "  ".repeat(Math.max(depth - leading, 0)) + line;
    depth += count(code, opening) - count(code, closing);
    return text;
  });
  return `${indented.join("\n")}\n`;
}
