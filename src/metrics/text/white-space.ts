// White space as Python's str.split() and str.rstrip() see it, which all references use.
// It is not JavaScript's \s: U+001C-1F and U+0085 are white space there, U+FEFF is not.

const SPACE =
  "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const RUNS = new RegExp(`${SPACE}+`);
const ALL = new RegExp(`${SPACE}+`, "g");
const LEADING = new RegExp(`^${SPACE}+`);
const IS_SPACE = new RegExp(`^${SPACE}$`);

/** Words between runs of white space; no empty word. */
export function splitWords(text: string): string[] {
  return text.split(RUNS).filter((word) => word !== "");
}

/** The text without the white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && IS_SPACE.test(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** The text without white space at either end. */
export function trim(text: string): string {
  return trimEnd(text.replace(LEADING, ""));
}

/** The text with every white space taken out. */
export function removeSpace(text: string): string {
  return text.replace(ALL, "");
}

/** One blank between words, none at the ends. */
export function singleSpaced(text: string): string {
  return splitWords(text).join(" ");
}
