// White space as Python's str.split() and str.rstrip() see it, which all references use.
// It is not JavaScript's \s: U+001C-1F and U+0085 are white space there, U+FEFF is not.

/** Whether a UTF-16 unit is white space; none lies beyond U+FFFF. */
function isSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 9 && code <= 13) || code >= 0x1c;
  return code >= 0x85 && isWideSpace(code);
}

function isWideSpace(code: number): boolean {
  if (code < 0x1680) return code === 0x85 || code === 0xa0;
  if (code >= 0x2000 && code <= 0x200a) return true;
  return [0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code);
}

/** Words between runs of white space; no empty word. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let start = -1; // of the word that is being read
  for (let i = 0; i < text.length; i++) {
    if (!isSpace(text.charCodeAt(i))) {
      if (start < 0) start = i;
    } else if (start >= 0) {
      words.push(text.slice(start, i));
      start = -1;
    }
  }
  if (start >= 0) words.push(text.slice(start));
  return words;
}

/** The text without the white space at its end. */
export function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without white space at either end. */
export function trim(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  return trimEnd(text.slice(start));
}

/** The text with every white space taken out. */
export function removeSpace(text: string): string {
  return splitWords(text).join("");
}

/** One blank between words, none at the ends. */
export function singleSpaced(text: string): string {
  return splitWords(text).join(" ");
}
