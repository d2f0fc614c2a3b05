/**
 * Observable Plot without a browser: it draws into a document of linkedom's. Both are loaded when a report is written,
 * and by nothing else (docs/decisions: "The report's charts").
 */
import type * as Library from "@observablehq/plot";
import { html, raw, type Html } from "./html.js";

export type Plotter = {
  readonly Plot: typeof Library;
  draw(options: Library.PlotOptions): ReturnType<typeof Library.plot>;
  /** As inline SVG, with a text alternative for who cannot see it. */
  svg(options: Library.PlotOptions, alternative: string): Html;
};

/** Opens the library, or says how to install it. */
export async function openPlotter(): Promise<Plotter> {
  const { Plot, parseHTML } = await load();
  const { document } = parseHTML("<!doctype html><body></body>");
  const draw = (options: Library.PlotOptions) => Plot.plot({ document, ...options });
  const svg = (options: Library.PlotOptions, alternative: string): Html => {
    const label = html`<svg role="img" aria-label="${alternative}" `.text;
    return raw(tidy(draw(options)).replace("<svg ", () => label));
  };
  return { Plot, draw, svg };
}

async function load() {
  try {
    const [Plot, { parseHTML }] = await Promise.all([
      import("@observablehq/plot"),
      import("linkedom"),
    ]);
    return { Plot, parseHTML };
  } catch (cause) {
    throw new Error(
      "report: charts are drawn by Observable Plot in a document of linkedom, and these cannot be loaded. " +
        "Install both: npm install @observablehq/plot linkedom",
      { cause },
    );
  }
}

/** Without the style that every chart would repeat and the labels of its parts; coordinates to a hundredth. */
function tidy(drawn: Element): string {
  drawn.querySelectorAll("style").forEach((style) => style.remove());
  for (const part of drawn.querySelectorAll("[aria-label], [aria-hidden]")) {
    part.removeAttribute("aria-label");
    part.removeAttribute("aria-hidden");
  }
  drawn.removeAttribute("class");
  return drawn.outerHTML.replace(/(?<=[\s",(MLHVC-])\d+\.\d{3,}(?=[",)\sLMHVCZ-])/g, (digits) =>
    String(Number(Number(digits).toFixed(2))),
  );
}
