/**
 * The browser of the tests. Where CHROME names one, that; on x64 Linux the one in the npm package
 * @sparticuz/chromium, with the libraries that it needs, so that nothing is installed by hand; elsewhere
 * the machine's own Chrome. WebGPU runs on the machine's GPU, or on SwiftShader where Linux shows none.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type LaunchOptions } from "playwright-core";
import { cached, hasGpu, isX64Linux, unpackArchive, unpacked } from "../webgpu/swiftshader.js";

const isSoftware = process.platform === "linux" && !hasGpu();

/** WebGPU on Linux is behind a flag; no kernel reads workgroup memory that it has not written. */
const webgpuFlags = [
  "--enable-unsafe-webgpu",
  "--enable-dawn-features=disable_workgroup_init",
  "--enable-features=Vulkan",
  ...(isSoftware ? ["--use-webgpu-adapter=swiftshader"] : []),
];

/** WebGL, too, draws on SwiftShader only if it is told so. */
const webglFlags = isSoftware ? ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"] : [];

/** Starts the browser, with WebGPU or for WebGL alone. */
export function launch(webgpu: boolean): Promise<Browser> {
  const args = [
    "--no-sandbox",
    "--disable-background-networking",
    ...(webgpu ? webgpuFlags : webglFlags),
  ];
  return chromium.launch({ headless: true, args, ...executable() });
}

function executable(): LaunchOptions {
  const own = process.env["CHROME"];
  if (own) return { executablePath: own };
  if (!isX64Linux) return { channel: "chrome" };
  const folder = unpackChromium();
  const env = { ...process.env, LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: undefined };
  return { executablePath: join(folder, "chromium"), env };
}

/** The browser (209 MB), SwiftShader and libnss in one folder, unpacked once. */
const unpackChromium = (): string =>
  cached("chromium", (folder) => {
    writeFileSync(join(folder, "chromium"), unpacked("chromium.br"), { mode: 0o755 });
    unpackArchive("swiftshader.tar.br", folder);
    unpackArchive("al2023.tar.br", folder);
  });
