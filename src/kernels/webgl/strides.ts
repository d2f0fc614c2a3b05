/** Places in strided buffers, as JavaScript: from an element's number to its coordinates, and back. */
import type { Access } from "../ir.js";

/** Statements that set `names[k]` to the coordinate of element `at` on the axis of size `sizes[k]`. */
export function coordinates(
  names: readonly string[],
  sizes: readonly number[],
  at = "this.thread.x",
): string[] {
  let behind = 1; // elements of one step on the axis
  return names
    .map((name, axis) => ({ name, axis }))
    .reverse()
    .map(({ name, axis }) => {
      const past = behind === 1 ? at : `divided(${at}, ${behind})`;
      behind *= sizes[axis]!;
      if (sizes[axis] === 1) return `const ${name} = real(0);`;
      return `const ${name} = ${axis === 0 ? past : `rest(${past}, ${sizes[axis]!})`};`;
    })
    .reverse();
}

/** offset + Σ coordinate · stride */
export function address({ offset, strides }: Pick<Access, "offset" | "strides">, names: readonly string[]): string {
  const terms = names.flatMap((name, axis) => {
    const stride = strides[axis]!;
    if (stride === 0) return [];
    const size = Math.abs(stride);
    return [`${stride < 0 ? "- " : "+ "}${size === 1 ? name : `${name} * ${size}`}`];
  });
  const [first, ...others] = terms;
  if (first?.startsWith("+ ") && offset === 0) return [first.slice(2), ...others].join(" ");
  return [String(offset), ...terms].join(" ");
} // prettier-ignore
