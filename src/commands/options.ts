// The values of options: what was typed if it is one that the option takes, else a sentence.

/** `value`, which must be one of `names`; `option` is the command with its option, as "report: --lang". */
export function oneOf<Name extends string>(
  option: string,
  value: string,
  names: readonly Name[],
): Name {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const known = names.length > 2 ? `one of ${names.join(", ")}` : names.join(" or ");
  throw new Error(`${option} takes ${known}, got "${value}".`);
}
