import { describe, expect, it } from "vitest";
import { arrowsOf, circlesOf, faultOf, type Arrow } from "../scripts/directions.js";

const fault = (from: string, to: string, kind: Arrow["kind"] = "value") =>
  faultOf({ from, to, kind, line: 1 });

describe("the imports of a file", () => {
  it("are found in every form, and nowhere in comments, strings and templates", () => {
    const text = [
      'import { a } from "../kernels/a.js"; // import "./comment.js"',
      "import type {",
      "  B,",
      '} from "./b.js";',
      'export * from "./c.js"; export type { D } from "./d.js";',
      'import "./e.js"; import seedrandom from "seedrandom";',
      'const f = await import("./f.js"); type G = import("./g.js").G;',
      'const no = `import x from "./template.js"`;',
    ].join("\n");
    const found = arrowsOf("tensor/x.ts", text).map(
      ({ to, kind, line }) => `${line} ${kind} ${to}`,
    );
    expect(found).toEqual([
      "1 value kernels/a.ts",
      "4 type tensor/b.ts",
      "5 value tensor/c.ts",
      "5 type tensor/d.ts",
      "6 value tensor/e.ts",
      "7 lazy tensor/f.ts",
      "7 type tensor/g.ts",
    ]);
  });
});

describe("an import is right", () => {
  it.each([
    ["tensor/add.ts", "kernels/js/add.ts"],
    ["layers/linear.ts", "tensor/index.ts"],
    ["data/safetensors.ts", "tensor/safetensors/index.ts"],
    ["models/gpt.ts", "layers/attention.ts"],
    ["compare/report.ts", "models/gpt.ts"],
    ["cli.ts", "compare/index.ts"],
    ["index.ts", "tensor/index.ts"],
    ["kernels/index.ts", "kernels/js/index.ts"],
    ["kernels/wasm/fused.ts", "kernels/nest.ts"],
    ["kernels/webgl/run.ts", "kernels/js/table.ts"],
  ])("%s -> %s", (from, to) => expect(fault(from, to)).toBeNull());

  it("as a type inside tensor, the face included", () => {
    expect(fault("tensor/ops/add.ts", "tensor/index.ts", "type")).toBeNull();
    expect(fault("tensor/ops/add.ts", "tensor/index.ts")).toBe("imports its own folder's index");
  });
});

describe("an import is wrong", () => {
  it.each([
    ["kernels/a.ts", "tensor/index.ts", "points up, from floor 1 to floor 2"],
    ["layers/a.ts", "index.ts", "points up, from floor 3 to floor 8"],
    ["data/a.ts", "train/index.ts", "joins two rooms of floor 3, which must not know each other"],
    ["metrics/a.ts", "tensor/shape.ts", "passes by the faces of tensor, its index.ts files"],
    ["data/a.ts", "tensor/safetensors/read.ts", "passes by the faces of tensor"],
    ["kernels/js/a.ts", "kernels/index.ts", "imports its own folder's index"],
    ["kernels/webgpu/a.ts", "kernels/wasm/nest.ts", "joins two backends, which must not know"],
    [
      "index.ts",
      "layers/linear.ts",
      "is the face of the package and imports a file that is no face",
    ],
    ["utils/a.ts", "tensor/index.ts", 'stands in "utils", which has no floor'],
    ["models/a.ts", "../test/a.ts", "leaves src"],
  ])("%s -> %s", (from, to, sentence) => {
    expect(fault(from, to)).toContain(sentence);
    expect(fault(from, to, "type")).toContain(sentence);
  });
});

describe("circles", () => {
  const arrows = (kind: Arrow["kind"], ...pairs: string[]) =>
    pairs.map((pair) => ({ from: pair[0]!, to: pair[1]!, kind, line: 1 }));

  it("are found as the path that closes them", () => {
    expect(circlesOf(arrows("value", "ab", "ac", "bd", "cd", "db"))).toEqual([["b", "d", "b"]]);
    expect(circlesOf(arrows("value", "aa"))).toEqual([["a", "a"]]);
  });

  it("are not closed by types, by lazy imports, or by two ways to one file", () => {
    const open = arrows("value", "ab", "ac", "bd", "cd");
    expect(circlesOf([...open, ...arrows("type", "da"), ...arrows("lazy", "db")])).toEqual([]);
  });
});
