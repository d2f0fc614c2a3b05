/** What every part of a page is written with: the language, its numbers, the looks of contestants, the plotter. */
import type { Language, Results, Words } from "../compare/results.js";
import { numbersOf, type Numbers } from "./numbers.js";
import { looksOf, type Look } from "./palette.js";
import type { Plotter } from "./plotter.js";
import { wordsOf, type ReportWords } from "./words.js";

export type View = {
  lang: Language;
  words: ReportWords;
  n: Numbers;
  /** What the run says, in the page's language. */
  say(words: Words): string;
  lookOf(contestant: string): Look;
  plotter: Plotter;
};

export function viewOf(results: Results, lang: Language, plotter: Plotter): View {
  return {
    lang,
    words: wordsOf(lang),
    n: numbersOf(lang),
    say: (words) => words[lang],
    lookOf: looksOf(results),
    plotter,
  };
}
