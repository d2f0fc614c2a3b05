import { defineConfig } from "tsup";

const rooms = ["layers", "models", "metrics", "train", "data"];

// `splitting` also for CommonJS: the entries must share one engine, not carry a copy each.
export default defineConfig({
  entry: {
    index: "src/index.ts",
    ...Object.fromEntries(rooms.map((r) => [r, `src/${r}/index.ts`])),
  },
  format: ["esm", "cjs"],
  dts: true,
  splitting: true,
  clean: true,
  target: "es2022",
});
