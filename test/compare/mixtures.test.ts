/** Figures of the experiments on mixtures, of a run of all models and of a run of some. */
import { expect, it } from "vitest";
import { figuresOf } from "../../src/compare/mixtures/figures.js";
import { ring } from "../../src/data/index.js";

/** Ids of the charts of curves, and whose curves are in each. */
const curvesOf = (...ids: string[]) => {
  const control = { contestant: contestant("data"), points: [] };
  const told = ids.map((id) => ({ contestant: contestant(id), points: [], curve: [[1, 2]] as [number, number][] })); // prettier-ignore
  return figuresOf([control, ...told], "ring", ring()).flatMap((figure) =>
    figure.kind === "lines" ? [[figure.id, figure.series.map((one) => one.contestant)]] : [],
  );
};

const contestant = (id: string) => ({
  id,
  name: { en: id, ru: id },
  family: "gan" as const,
  parameters: 1,
  steps: 1,
  seconds: 1,
  criteria: { modes: { value: 8 }, highQuality: { value: 50 }, divergence: { value: 0 } },
});

it("the VAE's loss, of another size, stands in a figure of its own", () => {
  expect(curvesOf("gan", "vae", "ddpm")).toEqual([
    ["ring-loss", ["gan", "ddpm"]],
    ["ring-vae-loss", ["vae"]],
  ]);
});

it("a figure that would be empty is left out", () => {
  expect(curvesOf("vae")).toEqual([["ring-vae-loss", ["vae"]]]);
  expect(curvesOf("gan")).toEqual([["ring-loss", ["gan"]]]);
});
