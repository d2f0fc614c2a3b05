/**
 * SwiftShader, Google's Vulkan on the CPU, out of the npm package @sparticuz/chromium: what WGSL runs on
 * where there is no GPU. Unpacked once into a cache folder of our own.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const packed = join(
  dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")),
  "../bin",
);
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Only there does @sparticuz/chromium run. */
export const isX64Linux = process.platform === "linux" && process.arch === "x64";

/** Whether the kernel shows a device that renders. */
export const hasGpu = (): boolean =>
  ["/dev/dri/renderD128", "/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path));

/** The file that tells the Vulkan loader of SwiftShader. */
const manifest = "vk_swiftshader_icd.json";

/** Unpacks SwiftShader if that was not done before, and returns its folder. x64 Linux only. */
export function unpackSwiftshader(): string {
  return cached("swiftshader", (fresh) => unpackArchive("swiftshader.tar.br", fresh));
}

/**
 * What a process must be started with to find a GPU: nothing where the machine has one (or is no x64
 * Linux), else where SwiftShader lies, with the loader, which may be missing, too.
 */
export function gpuEnvironment(): Record<string, string> {
  if (!isX64Linux || hasGpu() || process.env["VK_ICD_FILENAMES"]) return {};
  const folder = unpackSwiftshader();
  return { VK_ICD_FILENAMES: join(folder, manifest), LD_LIBRARY_PATH: folder };
}

/** For scripts: starts this process once more where it lacks what it needs to find a GPU, and ends with it. */
export function startAgainForGpu(): void {
  const environment = gpuEnvironment();
  if (Object.keys(environment).length === 0) return;
  const again = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, ...environment };
  process.exit(spawnSync(process.execPath, again, { env, stdio: "inherit" }).status ?? 1);
}

/** A folder of the cache, filled when it is asked for the first time. */
export function cached(name: string, fill: (folder: string) => void): string {
  const { version } = JSON.parse(readFileSync(join(packed, "../package.json"), "utf8")) as {
    version: string;
  };
  const folder = join(root, "node_modules/.cache", `${name}-${version}`);
  if (existsSync(folder)) return folder;
  const fresh = `${folder}.${process.pid}`; // renamed when whole, so that no one meets half of it
  mkdirSync(fresh, { recursive: true });
  fill(fresh);
  try {
    renameSync(fresh, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(fresh, { recursive: true }); // another process was faster
  }
  return folder;
}

/** What one of the package's files holds. */
export const unpacked = (name: string): Buffer =>
  brotliDecompressSync(readFileSync(join(packed, name)));

/** The files of one of the package's archives, without their folders. */
export function unpackArchive(archive: string, folder: string): void {
  for (const { name, bytes } of entriesOf(unpacked(archive)))
    writeFileSync(join(folder, name), bytes);
}

/** The plain files of a tar archive: headers of 512 bytes, names at 0, sizes in octal at 124, type at 156. */
function* entriesOf(tar: Buffer): Iterable<{ name: string; bytes: Buffer }> {
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const text = (from: number, to: number): string =>
      tar.toString("latin1", at + from, at + to).replace(/\0.*$/s, "");
    const size = parseInt(text(124, 136), 8);
    const isFile = ["0", ""].includes(text(156, 157));
    const name = text(0, 100).split("/").at(-1) ?? "";
    if (isFile && name) yield { name, bytes: tar.subarray(at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
