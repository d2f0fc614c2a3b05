/** Text as HTML: what is put into a template is escaped, unless it is HTML already. */

/** A piece of a page that needs no escaping any more. */
export class Html {
  constructor(readonly text: string) {}
}

export type Content = Html | string | number | false | null | undefined | readonly Content[];

/** A template whose values are escaped; lists are joined, `false`, `null` and `undefined` are nothing. */
export function html(strings: TemplateStringsArray, ...values: Content[]): Html {
  return new Html(strings.map((part, k) => (k ? textOf(values[k - 1]) : "") + part).join(""));
}

/** HTML that this folder made by other means, as the SVG of a chart. */
export const raw = (text: string): Html => new Html(text);

function textOf(value: Content): string {
  if (value instanceof Html) return value.text;
  if (typeof value === "string") return escape(value);
  if (typeof value === "number") return String(value);
  return value ? value.map(textOf).join("") : "";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** A model may write anything, also what no HTML may hold: control characters become U+FFFD. */
const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!).replace(/[^\P{Cc}\t\n]|\p{Cs}/gu, "\ufffd");
