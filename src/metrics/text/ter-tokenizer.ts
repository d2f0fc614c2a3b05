// The tokenizer of Tercom (Snover et al. 2006), as sacreBLEU 2.6 has it.

import { decodeEntities, splitMarks, splitNumbers } from "./tokenizers.js";
import { singleSpaced } from "./white-space.js";

export interface TerTokenizerOptions {
  /** Split punctuation off and decode entities. Default false. */
  readonly normalized?: boolean;
  /** Take punctuation out. Default false. */
  readonly noPunct?: boolean;
  /** With `normalized` and `noPunct`: treat Chinese and Japanese characters, too. Default false. */
  readonly asianSupport?: boolean;
  /** Default false: everything is lower-cased. */
  readonly caseSensitive?: boolean;
}

function normalizeWestern(text: string): string {
  const plain = decodeEntities(text.replaceAll("\n-", ""));
  return splitNumbers(splitMarks(` ${plain} `).replaceAll("'s ", " 's "));
}

const ASIAN_PUNCTUATION = /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb]/g;
const WIDE_PUNCTUATION = /[\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

/**
 * Blanks around each ideogram and Asian mark. sacreBLEU also means to part runs of kana, but anchors
 * its patterns at the start of a text that always starts with a blank, so kana stay together;
 * and it writes 3200-3F22 where 32FF was meant. Published scores hang on both.
 */
function normalizeAsian(text: string): string {
  return text
    .replace(/[\u4e00-\u9fff\u3400-\u4dbf]/g, " $& ")
    .replace(/[\u31c0-\u31ef\u2e80-\u2eff]/g, " $& ")
    .replace(/[\u3300-\u33ff\uf900-\ufaff\ufe30-\ufe4f]/g, " $& ")
    .replace(/[\u3200-\u3f22]/g, " $& ")
    .replace(ASIAN_PUNCTUATION, " $& ")
    .replace(WIDE_PUNCTUATION, " $& ");
}

/** The text with blanks between its tokens. */
export function tokenizeTer(text: string, options: TerTokenizerOptions = {}): string {
  let line = options.caseSensitive ? text : text.toLowerCase();
  if (options.normalized) {
    line = normalizeWestern(line);
    if (options.asianSupport) line = normalizeAsian(line);
  }
  if (options.noPunct) {
    line = line.replace(/[.,?:;!"()]/g, "");
    if (options.asianSupport) {
      line = line.replace(ASIAN_PUNCTUATION, "").replace(WIDE_PUNCTUATION, "");
    }
  }
  return singleSpaced(line);
}
