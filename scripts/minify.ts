// Minifies what was built, part of npm run build (decision 25). What is shown keeps its names: classes
// and what a chunk exports, which stand in stack traces, and the js backend as a whole: `trace` shows
// its functions.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { minify, type MinifyOptions } from "terser";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));

/** esbuild heads each module of a chunk with its path. */
const modulesOf = (code: string): string[] =>
  [...code.matchAll(/^\/\/ (src\/.+)$/gm)].map(([, path]) => path!);
const ofJs = (path: string): boolean => path.startsWith("src/kernels/js/");

function exported(code: string): string[] {
  const lists = [...code.matchAll(/^export \{([^}]*)\}/gm)].map(([, names]) => names!);
  return lists.join().match(/[\w$]+/g) ?? [];
}

/** Without imports for effects alone: package.json promises that nobody needs one, and scripts/pack.ts tries the result. */
const withoutBareImports = (code: string): string =>
  code.replace(/^import "\.\/chunk-[^"]+";\n/gm, "");

/**
 * Mends CommonJS, which tsup makes by sucrase. For a class field whose name is exported, too, that writes
 * `this.gradient = exports.gradient = false`: every new object would overwrite the export. And classes that
 * have their names from the variables in which they stand would lose them.
 */
const mended = (code: string): string =>
  code
    .replace(/\bthis\.([\w$]+) = exports\.\1 = /g, "this.$1 = ")
    .replace(/\bvar ([\w$]+) = (\(_class\d* = )?class(?= \{| extends )/g, "var $1 = $2class $1");

async function minified(name: string, code: string): Promise<string> {
  const options: MinifyOptions = {
    ecma: 2020,
    module: name.endsWith(".js"),
    toplevel: true,
    keep_classnames: true,
    // With sequences, constants on the left and more inlining the text is shorter, and its gzip
    // longer. No getter here does anything but get.
    compress: { passes: 2, inline: 1, sequences: false, lhs_constants: false, pure_getters: true },
    // New lines for semicolons: Node prints the whole line of an uncaught error.
    format: { semicolons: false },
    // f is what writes WebAssembly: a thousand `f.op(` stay equal.
    mangle: { reserved: [...exported(code), "f"] },
  };
  const result = await minify(withoutBareImports(code), options);
  if (!result.code) throw new Error(`dist/${name} was minified to nothing: look at it.`);
  return result.code;
}

let readable = 0;
for (const name of readdirSync(dist).filter((file) => /\.c?js$/.test(file))) {
  const built = readFileSync(join(dist, name), "utf8");
  const code = name.endsWith(".cjs") ? mended(built) : built;
  const modules = modulesOf(code);
  const js = modules.some(ofJs);
  if (js && !modules.every(ofJs))
    throw new Error(
      `dist/${name} holds kernels of the js backend among other modules: they must be loaded by ` +
        "import() alone (src/tensor/use.ts), or `trace` shows them minified.",
    );
  if (js) readable++;
  writeFileSync(join(dist, name), js ? code : await minified(name, code));
}
if (readable === 0) throw new Error("dist has no chunk with the js backend's kernels: build it.");
