// The stemmer of Porter (1980), "An algorithm for suffix stripping", Program 14(3), in the three
// forms that NLTK 3.8 offers: the paper's, Martin Porter's later one, and NLTK's own, with
// irregular forms and other rules for -y, -ies and -ied; ROUGE and METEOR use NLTK's.

/** "original": the paper of 1980; "martin": his own changes; "nltk": NLTK's additions. */
export type PorterMode = "nltk" | "martin" | "original";

/** If a word ends in `suffix` and what stands before it satisfies `when`, put `replacement`. */
interface Rule {
  readonly suffix: string;
  readonly replacement: string;
  readonly when: (stem: string) => boolean;
}

/** NLTK's table of words that no rule may touch. */
const IRREGULAR: ReadonlyMap<string, string> = new Map(
  (
    "sky news howe inning outing canning proceed exceed succeed skies>sky dying>die lying>lie " +
    "tying>tie innings>inning outings>outing cannings>canning"
  )
    .split(" ")
    .map((entry) => {
      const [word = "", stem = word] = entry.split(">");
      return [word, stem];
    }),
);

/** A y is a consonant at the start and after a vowel, so that letters of a run of y take turns. */
function isConsonant(word: string, i: number): boolean {
  let start = i;
  while (start > 0 && word[start] === "y") start--;
  return "aeiou".includes(word[start]!) === ((i - start) % 2 === 1);
}

/** m of the paper, [C](VC)^m[V]: how often a consonant follows a vowel. */
function measure(stem: string): number {
  let m = 0;
  let afterVowel = false;
  for (let i = 0; i < stem.length; i++) {
    const consonant = isConsonant(stem, i);
    if (consonant && afterVowel) m++;
    afterVowel = !consonant;
  }
  return m;
}

function hasVowel(stem: string): boolean {
  for (let i = 0; i < stem.length; i++) if (!isConsonant(stem, i)) return true;
  return false;
}

/** *d of the paper. */
function endsInDoubleConsonant(word: string): boolean {
  const last = word.length - 1;
  return last >= 1 && word[last] === word[last - 1] && isConsonant(word, last);
}

/** *o of the paper: consonant, vowel, consonant other than w, x, y; in NLTK also "vowel, consonant". */
function endsShort(word: string, mode: PorterMode): boolean {
  const last = word.length - 1;
  if (mode === "nltk" && last === 1) return !isConsonant(word, 0) && isConsonant(word, 1);
  return (
    last >= 2 &&
    isConsonant(word, last - 2) &&
    !isConsonant(word, last - 1) &&
    isConsonant(word, last) &&
    !"wxy".includes(word[last]!)
  );
}

const always = () => true;
const positive = (stem: string) => measure(stem) > 0;
const aboveOne = (stem: string) => measure(stem) > 1;

/** Rules from "suffix>replacement suffix>replacement …", all under one condition. */
function rules(when: (stem: string) => boolean, table: string): Rule[] {
  return table.split(" ").map((entry) => {
    const [suffix = "", replacement = ""] = entry.split(">");
    return { suffix, replacement, when };
  });
}

/** Applies the first rule whose suffix fits; if its condition fails, none. */
function apply(word: string, table: readonly Rule[]): string {
  const rule = table.find(({ suffix }) => word.endsWith(suffix));
  if (!rule) return word;
  const stem = word.slice(0, word.length - rule.suffix.length);
  return rule.when(stem) ? stem + rule.replacement : word;
}

const STEP_1A = rules(always, "sses>ss ies>i ss>ss s>");
const STEP_1B = rules(always, "at>ate bl>ble iz>ize");
const BEFORE_BLI = rules(positive, "ational>ate tional>tion enci>ence anci>ance izer>ize");
const AFTER_BLI = rules(
  positive,
  "alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ator>ate alism>al iveness>ive " +
    "fulness>ful ousness>ous aliti>al iviti>ive biliti>ble",
);
const STEP_2: Readonly<Record<PorterMode, readonly Rule[]>> = {
  original: [...BEFORE_BLI, ...rules(positive, "abli>able"), ...AFTER_BLI],
  martin: [
    ...BEFORE_BLI,
    ...rules(positive, "bli>ble"),
    ...AFTER_BLI,
    ...rules(positive, "logi>log"),
  ],
  // The l of "logi" counts as part of the stem, so that "geologi" and "theologi" pass.
  nltk: [
    ...BEFORE_BLI,
    ...rules(positive, "bli>ble"),
    ...AFTER_BLI,
    ...rules(positive, "fulli>ful"),
    ...rules((stem) => positive(`${stem}l`), "logi>log"),
  ],
};
const STEP_3 = rules(positive, "icate>ic ative> alize>al iciti>ic ical>ic ful> ness>");
const STEP_4 = [
  ...rules(aboveOne, "al> ance> ence> er> ic> able> ible> ant> ement> ment> ent>"),
  ...rules((stem) => aboveOne(stem) && "st".includes(stem.at(-1)!), "ion>"),
  ...rules(aboveOne, "ou> ism> ate> iti> ous> ive> ize>"),
];

function step1a(word: string, mode: PorterMode): string {
  if (mode === "nltk" && word.length === 4 && word.endsWith("ies")) return word.slice(0, -1);
  return apply(word, STEP_1A);
}

function step1b(word: string, mode: PorterMode): string {
  if (mode === "nltk" && word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return positive(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((s) => word.endsWith(s) && hasVowel(word.slice(0, -s.length)));
  return suffix ? mend(word.slice(0, -suffix.length), mode) : word;
}

/** What step 1b does after it has cut -ed or -ing: hop(p), siz(e), fil(e). */
function mend(stem: string, mode: PorterMode): string {
  const mended = apply(stem, STEP_1B);
  if (mended !== stem) return mended;
  if (endsInDoubleConsonant(stem)) return "lsz".includes(stem.at(-1)!) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem, mode) ? `${stem}e` : stem;
}

function step1c(word: string, mode: PorterMode): string {
  if (!word.endsWith("y")) return word;
  const stem = word.slice(0, -1);
  const last = stem.length - 1;
  const turns = mode === "nltk" ? last > 0 && isConsonant(stem, last) : hasVowel(stem);
  return turns ? `${stem}i` : word;
}

function step2(word: string, mode: PorterMode): string {
  if (mode === "nltk" && word.endsWith("alli") && positive(word.slice(0, -4))) {
    return step2(word.slice(0, -2), mode); // -alli becomes -al first, and goes round again
  }
  return apply(word, STEP_2[mode]);
}

function step5(word: string, mode: PorterMode): string {
  let result = word;
  if (word.endsWith("e")) {
    const stem = word.slice(0, -1);
    const m = measure(stem);
    if (m > 1 || (m === 1 && !endsShort(stem, mode))) result = stem;
  }
  return result.endsWith("ll") && aboveOne(result.slice(0, -1)) ? result.slice(0, -1) : result;
}

/** The stem of a word, which is lower-cased first. @example porterStem("running") // "run" */
export function porterStem(word: string, mode: PorterMode = "nltk"): string {
  const lower = word.toLowerCase();
  if (mode === "nltk") {
    const irregular = IRREGULAR.get(word);
    if (irregular !== undefined) return irregular;
  }
  if (mode !== "original" && word.length <= 2) return lower;
  const step1 = step1c(step1b(step1a(lower, mode), mode), mode);
  return step5(apply(apply(step2(step1, mode), STEP_3), STEP_4), mode);
}
