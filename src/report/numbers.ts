/** Numbers, times and dates as a language writes them. */
import type { Language } from "../compare/results.js";

export type Numbers = {
  /** With so many digits after the point. */
  fixed(value: number, digits: number): string;
  /** With about so many digits that say something; as a power of ten where it is tiny or huge. */
  short(value: number, digits?: number): string;
  /** Of ten, the one that is nearest: "10⁻²". */
  power(value: number): string;
  /** "412 k", "1.2 M". */
  count(value: number): string;
  whole(value: number): string;
  /** Of seconds: "3 min 20 s". */
  duration(seconds: number): string;
  gibibytes(bytes: number): string;
  date(iso: string): string;
  time(iso: string): string;
  /** The form of a noun that goes with a number: "one", "few", "many", "other". */
  plural(value: number): Intl.LDMLPluralRule;
};

const LOCALES: Record<Language, string> = { en: "en-GB", ru: "ru-RU" };

export function numbersOf(lang: Language): Numbers {
  const locale = LOCALES[lang];
  const write = (value: number, options: Intl.NumberFormatOptions): string =>
    new Intl.NumberFormat(locale, options).format(value).replace("-", MINUS);
  const whole = (value: number): string => write(value, { maximumFractionDigits: 0 });
  const stamp = (iso: string, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { timeZone: "UTC", ...options }).format(new Date(iso));
  const plurals = new Intl.PluralRules(locale);
  return {
    whole,
    fixed: (value, digits) =>
      write(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    short: (value, digits = 3) =>
      isPlain(value)
        ? write(value, { maximumSignificantDigits: Math.max(digits, wholeDigits(value)) })
        : power(value, digits, (mantissa) => write(mantissa, { maximumSignificantDigits: digits })),
    power: (value) => `10${superscript(Math.round(Math.log10(value)))}`,
    count: (value) => write(value, { notation: "compact", maximumSignificantDigits: 3 }),
    duration: (seconds) => durationOf(seconds, UNITS[lang], write),
    gibibytes: (bytes) => write(bytes / 2 ** 30, { maximumFractionDigits: 0 }),
    date: (iso) => stamp(iso, { dateStyle: "long" }),
    time: (iso) => stamp(iso, { timeStyle: "short" }),
    plural: (value) => plurals.select(value),
  };
}

const MINUS = "\u2212";
const isPlain = (value: number): boolean =>
  value === 0 || (Math.abs(value) >= 1e-3 && Math.abs(value) < 1e7);
const wholeDigits = (value: number): number =>
  value === 0 ? 1 : Math.max(1, Math.floor(Math.log10(Math.abs(value))) + 1);

/** 3.2·10⁻⁵ */
function power(value: number, digits: number, write: (mantissa: number) => string): string {
  const rounded = Number(value.toPrecision(digits));
  const exponent = Math.floor(Math.log10(Math.abs(rounded)));
  const mantissa = Number((rounded / 10 ** exponent).toPrecision(digits));
  const ten = `10${superscript(exponent)}`;
  if (mantissa === 1) return ten;
  return `${write(mantissa)}·${ten}`;
}

const superscript = (exponent: number): string =>
  [...String(exponent)].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]).join("");

/** Hour, minute and second. */
const UNITS: Record<Language, readonly [string, string, string]> = {
  en: ["h", "min", "s"],
  ru: ["ч", "мин", "с"],
};

/** Its two largest parts. */
function durationOf(
  seconds: number,
  [hour, minute, second]: readonly [string, string, string],
  write: (value: number, options: Intl.NumberFormatOptions) => string,
): string {
  if (seconds < 10) return `${write(seconds, { maximumFractionDigits: 1 })}\u00a0${second}`;
  const all = Math.round(seconds);
  const parts = [
    { value: Math.floor(all / 3600), unit: hour },
    { value: Math.floor(all / 60) % 60, unit: minute },
    { value: all % 60, unit: second },
  ];
  const first = parts.findIndex(({ value }) => value > 0);
  const said = parts.slice(first, first + 2).filter(({ value }) => value > 0);
  return said.map(({ value, unit }) => `${value}\u00a0${unit}`).join(" ");
}
