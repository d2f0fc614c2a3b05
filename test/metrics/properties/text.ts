// Texts that break careless code: surrogate pairs, combining marks, Cyrillic, CJK, odd white space,
// U+FEFF, and lone surrogates.

import fc from "fast-check";

const word = fc.constantFrom(
  ..."the cat sat on a mat the the".split(" "),
  "The",
  "it's",
  "3.14",
  "1,000",
  "&amp;",
  "(hi)",
  "привет",
  "мир,",
  "我爱你。",
  "日本語",
  "e\u0301",
  "café",
  "😀",
  "👩‍👩‍👧",
  "\ufeffmark",
  "x\u00a0y",
  "\ud83d",
  "",
);
const space = fc.constantFrom(" ", " ", " ", "  ", "\t", "\u3000", "\n", "\u0085");

/** A line of up to twelve such words. */
export const line = fc
  .array(fc.tuple(word, space), { maxLength: 12 })
  .map((pairs) => pairs.flat().join(""));

/** Any text at all. */
export const anyText = fc.oneof(line, fc.string({ unit: "binary", maxLength: 40 }));

export const segment = fc.record({
  hypothesis: anyText,
  references: fc.array(anyText, { minLength: 1, maxLength: 3 }),
});

export const corpus = fc.array(segment, { minLength: 1, maxLength: 8 });
