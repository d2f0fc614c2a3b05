/**
 * Which colour, dash and sign a contestant has in every chart. A family has a hue, its members differ in lightness, in
 * dash and in sign, so that no chart is read by colour alone. The hues are those of Okabe and Ito (2008), "Color
 * universal design", made dark enough for a contrast of 3 : 1 on white and light enough for it on black.
 */
import type { Family, Results } from "../compare/results.js";

export type Look = {
  /** A CSS colour. */
  color: string;
  /** Of a line, as SVG takes it; "none" is solid. */
  dash: string;
  symbol: "circle" | "square" | "triangle" | "diamond" | "star" | "wye";
};

/** Colours on light and on dark paper, by family. */
const HUES: Record<Family, readonly (readonly [light: string, dark: string])[]> = {
  recurrent: [
    ["#1a8fc7", "#5cc4f2"],
    ["#2f55c8", "#8099ff"],
    ["#14285f", "#cdd8ff"],
  ],
  transformer: [
    ["#bf6f00", "#f5ab35"],
    ["#7d4a00", "#ffd694"],
  ],
  gan: [
    ["#cc4a0a", "#ff8552"],
    ["#8c1d18", "#ffb3a1"],
    ["#b3476b", "#f58fb4"],
    ["#7a5230", "#d6ab84"],
  ],
  vae: [
    ["#00855f", "#3ccf9f"],
    ["#0b5240", "#a5efd4"],
  ],
  diffusion: [
    ["#8a4bb5", "#cf9df2"],
    ["#54247a", "#e7ccff"],
    ["#a83a92", "#f08bd9"],
  ],
  control: [["#69717d", "#98a1ae"]],
};

const DASHES = ["none", "7 3", "2 3", "9 3 2 3"];
const SYMBOLS = ["circle", "square", "triangle", "diamond", "star", "wye"] as const;
const FAMILIES = Object.keys(HUES) as Family[];

/** The colours as custom properties, each for both themes at once. */
export const paletteCss = FAMILIES.flatMap((family) =>
  HUES[family].map(([light, dark], k) => `--${family}-${k}: light-dark(${light}, ${dark});`),
).join("\n  ");

const GREY: Look = { color: "var(--control-0)", dash: "none", symbol: "circle" };

/** The looks of all contestants of a run, the same wherever one takes part. */
export function looksOf(results: Results): (contestant: string) => Look {
  const looks = new Map<string, Look>();
  const members = new Map<Family, number>();
  for (const { id, family } of results.experiments.flatMap((one) => one.contestants)) {
    if (looks.has(id)) continue;
    const k = members.get(family) ?? 0;
    members.set(family, k + 1);
    looks.set(id, family === "control" ? GREY : lookOf(family, k));
  }
  return (contestant) => looks.get(contestant) ?? GREY;
}

function lookOf(family: Family, k: number): Look {
  return {
    color: `var(--${family}-${k % HUES[family].length})`,
    dash: DASHES[k % DASHES.length]!,
    // Families start at different signs, so that two of them in one chart differ, too.
    symbol: SYMBOLS[(FAMILIES.indexOf(family) + k) % SYMBOLS.length]!,
  };
}
