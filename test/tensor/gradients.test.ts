/**
 * First and second derivatives of every row of the table against central differences in float64, and first
 * derivatives on wasm against js. Rows whose outputs include what only the backward pass needs (logsumexp,
 * gates, mean) go through an op's plain definition, those without through its fused gradient.
 */
import { describe, expect, it } from "vitest";
import { gradient, js, tensor, tidy, use, wasm, type Tensor } from "genarch";
import { close, drawn, gradcheck, noLeaks, numbers, type Point } from "../support.js";
import { sizeOf, type Shape } from "./grid.js";
import { dtypeOf, gridOf, listOf, tensorOf, type Row } from "./row.js";
import { table } from "./table.js";

/** Elements of all inputs together: each costs two runs. */
const MOST = 150;
const size = (shapes: readonly Shape[]) => shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);

/** The two largest small cases of a row. */
const casesOf = (row: Row) =>
  row.cases
    .filter((shapes) => size(shapes) > 0 && size(shapes) <= MOST)
    .sort((a, b) => size(b) - size(a))
    .slice(0, 2);

type Case = { f: (...inputs: Tensor[]) => Tensor; points: Point[] };

/** A case as a function of its float inputs alone, whose float outputs stand side by side; null if there are none. */
function caseOf(row: Row, shapes: readonly Shape[]): Case | null {
  const floats = shapes.flatMap((_, k) => (dtypeOf(row, k) === "f32" ? [k] : []));
  const f = (...inputs: Tensor[]): Tensor => {
    const all = shapes.map((shape, k) => {
      const at = floats.indexOf(k);
      return at < 0 ? tensorOf(gridOf(row, shape, k), dtypeOf(row, k)) : inputs[at]!;
    });
    const outputs = listOf(row.f(...all)).filter(({ dtype }) => dtype === "f32");
    const flat = outputs.map((output) => output.flatten());
    return flat.length ? flat[0]!.concat(flat.slice(1)) : tensor([]);
  };
  const points = floats.map((k) => ({
    shape: [...shapes[k]!],
    data: [...gridOf(row, shapes[k]!, k).data],
  }));
  const depends = points.length > 0 && tidy(() => f(...points.map(leaf)).size > 0);
  return depends ? { f, points } : null;
}
const leaf = ({ data, shape }: Point) => tensor(Float64Array.from(data), { shape });

await use(js);
const all = table.flatMap((row) =>
  casesOf(row).flatMap((shapes) => {
    const found = caseOf(row, shapes);
    const name = `${row.name} at ${shapes.map((shape) => `[${shape.join()}]`).join(" ")}`;
    return found ? [{ name, ...found }] : [];
  }),
);

describe("derivatives against central differences", () => {
  it("meets most of the table", () => expect(all.length).toBeGreaterThan(200));
  it.each(all)("first: $name", ({ f, points }) => noLeaks(() => gradcheck(f, points)));
  it.each(all)("second: $name", ({ f, points }) => noLeaks(() => gradcheck(f, points, 2)));
});

describe("derivatives on wasm against js", () => {
  const grads = async ({ f, points }: Case) => {
    const found = tidy(() => {
      const inputs = points.map(leaf);
      const y = f(...inputs);
      const r = tensor(Float64Array.from(drawn("projection", y.size, 0.5, 1.5)));
      return gradient(y.mul(r).sum(), inputs);
    });
    const data = [];
    for (const g of found) data.push(await numbers(g));
    found.forEach((g) => g.dispose());
    return data;
  };
  it.each(all)("$name", async (one) => {
    await use(js);
    const wanted = await grads(one);
    await use(wasm);
    await noLeaks(async () => {
      const found = await grads(one);
      found.forEach((data, k) =>
        close(data, wanted[k]!, { relative: 1e-4, absolute: 2e-5 }, `input ${k}`),
      );
    });
  });
});
