// Names the WebGPU types in the built declarations, which speak of GPUDevice: the bundler of declarations
// drops the reference that the sources have. Part of npm run build.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const reference = '/// <reference types="@webgpu/types" />\n';

for (const name of readdirSync(dist).filter((file) => /\.d\.c?ts$/.test(file))) {
  const text = readFileSync(join(dist, name), "utf8");
  if (/\bGPU[A-Z]\w+/.test(text)) writeFileSync(join(dist, name), reference + text);
}
