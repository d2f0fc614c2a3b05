/**
 * Sums of many terms. One after the other the rounding errors grow with their number; here 64 at a time
 * are added up apart, and then those sums.
 */
const block = 64;

/**
 * Statements that add `term` to `total` (which they declare) for each whole `k` in [0, length). `before`
 * stands in the loop before the term and may use `k`; `guard` says when the term counts.
 */
export function summed(
  total: string,
  k: string,
  length: number,
  term: string,
  { before = [], guard }: { before?: readonly string[]; guard?: string | undefined } = {},
): string[] {
  const [blocks, left] = [Math.floor(length / block), length % block];
  const add = (to: string): string[] => [
    ...before,
    ...(guard ? [`if (${guard}) {`, `${to} += ${term};`, "}"] : [`${to} += ${term};`]),
  ];
  const whole = [
    `for (let ${k}_block = 0; ${k}_block < ${blocks}; ${k}_block++) {`,
    `let ${total}_part = 0;`,
    `for (let ${k}_in = 0; ${k}_in < ${block}; ${k}_in++) {`,
    `const ${k} = ${k}_block * ${block} + ${k}_in;`,
    ...add(`${total}_part`),
    "}",
    `${total} += ${total}_part;`,
    "}",
  ];
  if (blocks === 0) return [`let ${total} = 0;`, ...each(k, length, add(total))];
  const tail = [
    `for (let ${k}_in = 0; ${k}_in < ${left}; ${k}_in++) {`,
    `const ${k} = ${blocks * block} + ${k}_in;`,
    ...add(total),
    "}",
  ];
  return [`let ${total} = 0;`, ...whole, ...(left > 0 ? tail : [])];
}

/** Statements for each whole `k` in [0, length), in order; none where length is 0. */
export const each = (k: string, length: number, body: readonly string[]): string[] =>
  length === 0 ? [] : [`for (let ${k} = 0; ${k} < ${length}; ${k}++) {`, ...body, "}"];
