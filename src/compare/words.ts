/** Sentences in every language of a report, with their numbers written as that language writes them. */
import type { Language, Words } from "./results.js";

/** How a language writes what is measured. */
export type Style = {
  /** With `digits` after the point. */
  number(value: number, digits?: number): string;
  /** With two digits that count: 0.034, and 1.2·10⁻⁷ for what is very small. */
  short(value: number): string;
  /** 0.25 is "25 %". */
  percent(part: number, digits?: number): string;
  /** "a, b and c" */
  list(items: readonly string[]): string;
};

const styles: Record<Language, Style> = {
  en: style("en-US", "and"),
  ru: style("ru-RU", "и"),
};

/** `en` and `ru` write one sentence each. */
export const said = (en: (write: Style) => string, ru: (write: Style) => string): Words => ({
  en: en(styles.en),
  ru: ru(styles.ru),
});

/** Words without numbers. */
export const words = (en: string, ru: string): Words => ({ en, ru });
/** A name that is the same in every language. */
export const named = (name: string): Words => ({ en: name, ru: name });

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function shortened(value: number, number: Style["number"]): string {
  const power = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  if (power >= -3) return number(value, Math.min(4, Math.max(0, 1 - power)));
  const raised = [...String(-power)].map((digit) => RAISED[Number(digit)]).join("");
  return `${number(value / 10 ** power, 1)}·10⁻${raised}`;
}

function style(locale: string, and: string): Style {
  const number = (value: number, digits = 0) =>
    Number.isFinite(value)
      ? value
          .toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
          .replace(/[\u00a0\u202f]/g, " ")
      : "∞";
  return {
    number,
    short: (value) => shortened(value, number),
    percent: (part, digits = 0) => `${number(100 * part, digits)} %`,
    list: (items) =>
      items.length < 2
        ? items.join("")
        : `${items.slice(0, -1).join(", ")} ${and} ${items.at(-1)!}`,
  };
}
