// Rows of words as text in columns, numbers to the right.

/** The table with its head, two blanks between columns. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, c) => Math.max(...all.map((row) => [...(row[c] ?? "")].length)));
  const numeric = head.map((_, c) => rows.every((row) => /^[-\d]|^$/.test(row[c] ?? "")));
  const line = (row: readonly string[]) =>
    row
      .map((cell, c) => {
        const blanks = " ".repeat(widths[c]! - [...cell].length);
        return numeric[c] ? blanks + cell : cell + blanks;
      })
      .join("  ")
      .trimEnd();
  return all.map(line).join("\n");
}
