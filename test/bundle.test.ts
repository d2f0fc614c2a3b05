// The faces go into a page by a bundler: what they load in Node alone is empty there (`browser` of package.json).
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const faces = [
  "index",
  ...["layers", "models", "metrics", "train", "data"].map((n) => `${n}/index`),
];

/** What is published says "path" where the sources say "node:path", as tsup drops the protocol: is that resolved? */
const withoutProtocol: Plugin = {
  name: "without-protocol",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^node:/ }, async ({ path, kind, resolveDir }) => {
      const { errors } = await resolve(path.slice("node:".length), { kind, resolveDir });
      return { errors, path, external: true };
    });
  },
};

/** Names that a bundle for a page could not resolve, of those that only Node has. */
async function unresolved(contents: string): Promise<string[]> {
  const { errors } = await build({
    stdin: { contents, resolveDir: `${root}src`, loader: "ts" },
    bundle: true, write: false, format: "esm", platform: "browser", target: "es2022",
    external: ["fast-png", "gpu.js"], // these work in a page
    plugins: [withoutProtocol], logLevel: "silent",
  }).catch((failed: { errors: { text: string }[] }) => failed); // prettier-ignore
  return errors.map(({ text }) => /"(.*?)"/.exec(text)?.[1] ?? text);
}

describe("a bundle for a page", () => {
  it("takes every face without a setting", async () => {
    const all = faces.map((face) => `export * as ${face.replace("/", "_")} from "./${face}.js";`);
    expect(await unresolved(all.join("\n"))).toEqual([]);
  });

  it("would stop at a module of Node that is not listed", async () => {
    expect(await unresolved('export const os = () => import("node:os");')).toEqual(["os"]);
  });
});
