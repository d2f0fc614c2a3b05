import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { gpuEnvironment } from "./test/webgpu/swiftshader.js";

const source = fileURLToPath(new URL("./src/", import.meta.url));

// The processes that run the tests inherit this: the Vulkan loader reads it before any code of theirs runs.
Object.assign(process.env, gpuEnvironment());

export default defineConfig({
  resolve: {
    alias: [
      { find: /^genarch$/, replacement: `${source}index.ts` },
      { find: /^genarch\/(\w+)$/, replacement: `${source}$1/index.ts` },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
