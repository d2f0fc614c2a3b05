// The tokenizers of machine translation's BLEU, as sacreBLEU 2.6 defines them (Post 2018):
// a line of text goes in, the same line with blanks between its tokens comes out.

import { singleSpaced, trim } from "./white-space.js";

/** Names of the tokenizers that BLEU offers. */
export type TokenizerName = "13a" | "intl" | "char" | "zh" | "none";

/**
 * Blanks around the punctuation of Western text: the common part of 13a and zh. [^0-9] may take
 * half an astral character, which changes nothing: blanks only go next to a mark.
 */
function splitWestern(line: string): string {
  return splitNumbers(splitMarks(line));
}

/** Blanks around all marks of ASCII but the apostrophe, comma, dash and period. */
export function splitMarks(line: string): string {
  return line.replace(/[{-~[-` -&(-+:-@/]/g, " $& ");
}

/** Blanks around the periods, commas and dashes that belong to no number. */
export function splitNumbers(line: string): string {
  return line
    .replace(/([^0-9])([.,])/g, "$1 $2 ") // a period or comma, unless after a digit
    .replace(/([.,])([^0-9])/g, " $1 $2") // a period or comma, unless before a digit
    .replace(/([0-9])(-)/g, "$1 $2 "); // a dash after a digit
}

/** mteval-v13a.pl of NIST and WMT. */
function tokenize13a(line: string): string {
  const special = /[<&\n]/.test(line);
  return splitWestern(` ${special ? decode(line) : line} `);
}

function decode(line: string): string {
  return decodeEntities(line.replaceAll("<skipped>", "").replaceAll("-\n", ""));
}

/** Lines joined by blanks, and the four entities, whose order decides what `&amp;lt;` becomes. */
export function decodeEntities(text: string): string {
  return text
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
}

/** mteval-v14.pl: Unicode punctuation and symbols. Unpadded, so "2023." keeps its dot at the end. */
function tokenizeInternational(line: string): string {
  return line
    .replace(/(\P{N})(\p{P})/gu, "$1 $2 ")
    .replace(/(\p{P})(\P{N})/gu, " $1 $2")
    .replace(/\p{S}/gu, " $& ");
}

/** Every code point a token (a blank, too: it vanishes when the line is split). */
function tokenizeCharacters(line: string): string {
  return Array.from(line).join(" ");
}

/**
 * First and last code points of what sacreBLEU takes for Chinese. Two rows were meant as planes
 * beyond U+FFFF; written as '\u20000' they compare as U+2001-2A6D and U+2F81-2FA1, and the
 * published scores hang on it, so they stay: curly quotes and dashes count as Chinese.
 */
const CHINESE: readonly (readonly [number, number])[] = [
  [0x3400, 0x4db5],
  [0x4e00, 0x9fbb],
  [0xf900, 0xfa2d],
  [0xfa30, 0xfa6a],
  [0xfa70, 0xfad9],
  [0x2001, 0x2a6d],
  [0x2f81, 0x2fa1],
  [0xff00, 0xffef],
  [0x2e80, 0x2eff],
  [0x3000, 0x303f],
  [0x31c0, 0x31ef],
  [0x2f00, 0x2fdf],
  [0x2ff0, 0x2fff],
  [0x3100, 0x312f],
  [0x31a0, 0x31bf],
  [0xfe10, 0xfe1f],
  [0xfe30, 0xfe4f],
  [0x2600, 0x26ff],
  [0x2700, 0x27bf],
  [0x3200, 0x33ff],
];

function isChinese(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return CHINESE.some(([first, last]) => first <= code && code <= last);
}

/** Chinese characters one by one, the rest as in 13a (no padding, no entities). */
function tokenizeChinese(line: string): string {
  const spaced = Array.from(trim(line), (c) => (isChinese(c) ? ` ${c} ` : c)).join("");
  return splitWestern(spaced);
}

/** Text -> text with blanks, one or more, between the tokens. */
export const spacers: Readonly<Record<TokenizerName, (line: string) => string>> = {
  "13a": tokenize13a,
  intl: tokenizeInternational,
  char: tokenizeCharacters,
  zh: tokenizeChinese,
  none: (line) => line,
};

/** BLEU's tokenizers by name, as sacreBLEU prints their lines: one blank between two tokens. */
export const tokenizers: Readonly<Record<TokenizerName, (line: string) => string>> = {
  ...spacers,
  "13a": (line) => singleSpaced(tokenize13a(line)),
  intl: (line) => singleSpaced(tokenizeInternational(line)),
  zh: (line) => singleSpaced(tokenizeChinese(line)),
};
