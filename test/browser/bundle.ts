/** One module for the browser out of a file of the repository; vitest's place is taken by vitest.ts beside. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Entry } from "./page.js";

const here = fileURLToPath(new URL("./", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));

const faces = ["layers", "models", "metrics", "train", "data"];
const alias = {
  ...Object.fromEntries(faces.map((name) => [`genarch/${name}`, `${root}src/${name}/index.ts`])),
  genarch: `${root}src/index.ts`,
  vitest: `${here}vitest.ts`,
};

/** What only Node has; src/ imports it when it is asked for, in Node. */
const external = ["node:*", "webgpu"];

export async function bundle(entry: Entry): Promise<string> {
  const source =
    typeof entry === "string"
      ? { entryPoints: [`${root}${entry}`] }
      : { stdin: { contents: entry.text, resolveDir: root, loader: "ts" as const } };
  const { outputFiles } = await build({
    ...source, bundle: true, write: false, format: "esm", platform: "browser", target: "es2022",
    alias, external, sourcemap: "inline", logLevel: "silent",
    ignoreAnnotations: true, // package.json says that imports have no effect: those of tests have
  }); // prettier-ignore
  return outputFiles[0]!.text;
}
