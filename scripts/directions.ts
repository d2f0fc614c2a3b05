// Imports in src/ point down the floors, never up, never in a circle (docs: DESIGN, "The house").
// Run: npm run directions. `import type` counts as an import; the one exception is inside
// src/tensor, where an op's record names the Tensor type of the class that stands above it.

import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";

const floors: Record<string, number> = {
  kernels: 1,
  tensor: 2,
  layers: 3,
  train: 3,
  data: 3,
  metrics: 3,
  models: 4,
  conformance: 4,
  compare: 5,
  report: 6,
  commands: 7,
  "cli.ts": 8,
  "index.ts": 8,
};

type Kind = "value" | "type" | "lazy"; // lazy: import("…"), which loads nothing at the start

/** One import of one file of src by another; paths from src, as "tensor/ops/matmul.ts". */
export type Arrow = { from: string; to: string; kind: Kind; line: number };

/** The relative imports of one source text. */
export function arrowsOf(from: string, text: string): Arrow[] {
  const source = ts.createSourceFile(from, text, ts.ScriptTarget.ES2022, true);
  const arrows: Arrow[] = [];
  const add = (name: ts.Node | undefined, kind: Kind): void => {
    if (!name || !ts.isStringLiteralLike(name) || !name.text.startsWith(".")) return;
    const to = posix.join(posix.dirname(from), name.text).replace(/\.js$/, ".ts");
    const line = source.getLineAndCharacterOfPosition(name.getStart()).line + 1;
    arrows.push({ from, to, kind, line });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, node.importClause?.isTypeOnly ? "type" : "value");
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, node.isTypeOnly ? "type" : "value");
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, "type");
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], "lazy");
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return arrows;
}

/** The backend that a file belongs to; "" for what all of them share. */
const backendOf = (file: string): string =>
  /^kernels\/(js|wasm|webgpu|webgl)\//.exec(file)?.[1] ?? "";

/** Backends do not know each other, but that webgl computes on the CPU, by js, what it cannot draw. */
function joinsBackends(from: string, to: string): boolean {
  const [own, other] = [backendOf(from), backendOf(to)];
  return own !== "" && other !== "" && own !== other && !(own === "webgl" && other === "js");
}

const folderOf = (file: string): string => file.split("/")[0]!;
const isIndex = (file: string): boolean => /(^|\/)index\.ts$/.test(file);

/** Why an arrow is wrong, as the end of a sentence, or null where it is right. */
export function faultOf({ from, to, kind }: Arrow): string | null {
  const [above, below] = [folderOf(from), folderOf(to)];
  const [high, low] = [floors[above], floors[below]];
  if (to.startsWith("..")) return "leaves src";
  if (high === undefined)
    return `stands in "${above}", which has no floor in scripts/directions.ts`;
  if (low === undefined) return `goes to "${below}", which has no floor in scripts/directions.ts`;
  if (joinsBackends(from, to)) return "joins two backends, which must not know each other";
  if (above === below) {
    const typeInTensor = above === "tensor" && kind === "type";
    const ownIndex = isIndex(to) && from.startsWith(to.replace(/index\.ts$/, ""));
    return ownIndex && !typeInTensor ? "imports its own folder's index" : null;
  }
  if (from === "index.ts" && !isIndex(to))
    return "is the face of the package and imports a file that is no face";
  if (low > high) return `points up, from floor ${high} to floor ${low}`;
  if (low === high) return `joins two rooms of floor ${high}, which must not know each other`;
  if (high === 3 && below === "tensor" && !isIndex(to))
    return "passes by the faces of tensor, its index.ts files";
  return null;
}

/** The circles of value imports: each a path that ends where it began. */
export function circlesOf(arrows: Arrow[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, kind } of arrows) {
    if (kind === "value") next.set(from, [...(next.get(from) ?? []), to]);
  }
  const circles: string[][] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const seen = path.indexOf(file);
    if (seen >= 0) circles.push([...path.slice(seen), file]);
    if (seen >= 0 || done.has(file)) return;
    path.push(file);
    next.get(file)?.forEach(walk);
    path.pop();
    done.add(file);
  };
  [...next.keys()].forEach(walk);
  return circles;
}

function main(): void {
  const root = fileURLToPath(new URL("../src/", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replaceAll("\\", "/"));
  const arrows = files.flatMap((file) => arrowsOf(file, readFileSync(root + file, "utf8")));
  const faults = arrows.flatMap((arrow) => {
    const fault = faultOf(arrow);
    return fault ? [`src/${arrow.from}:${arrow.line}: the import of ${arrow.to} ${fault}`] : [];
  });
  const circles = circlesOf(arrows).map((circle) => `a circle: ${circle.join(" -> ")}`);
  [...faults, ...circles].forEach((sentence) => console.error(sentence));
  console.log(
    `directions: ${files.length} files, ${arrows.length} imports, ` +
      `${faults.length} wrong, ${circles.length} circles`,
  );
  if (faults.length + circles.length > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
