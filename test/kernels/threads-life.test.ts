/**
 * The life of the wasm backend's workers: what they ran, traps that reach the caller, scripts that end,
 * the package as users load it (sources, one ESM file, one CommonJS file), and a browser.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "../../src/kernels/backend.js";
import type { Fused } from "../../src/kernels/ir.js";
import { openWasm, type WasmBackend } from "../../src/kernels/wasm/index.js";
import { launch } from "../browser/chromium.js";

/** y = x, where x may begin wherever `offset` says. */
const copyPlan = (size: number, offset = 0): Plan => {
  const kernel: Fused = {
    kernel: "fused", dtype: "f32", shape: [size], reduce: null, epilogue: [],
    loads: [{ dtype: "f32", offset, strides: [1] }],
    body: [{ op: "load", operand: 0, dtype: "f32" }],
  }; // prettier-ignore
  const buffer = { dtype: "f32" as const, elements: size, arena: null };
  const calls = [{ kernel, inputs: [0], outputs: [1], scalars: [] }];
  return { buffers: [buffer, buffer], arenaBytes: 0, calls };
};

const size = 200_000;
const numbers = Float32Array.from({ length: size }, (_, k) => k % 1000);
const everything = { crossover: 0, part: 0 };

async function copied(wasm: WasmBackend, plan = copyPlan(size)): Promise<ArrayLike<number>> {
  const given = [0, 1].map(() => wasm.allocate("f32", size));
  wasm.write(given[0]!, numbers);
  wasm.run(wasm.prepare(plan), given, []);
  return wasm.read(given[1]!);
}

/** Gives workers time to start: nothing but this test waits for them. */
async function ready(wasm: WasmBackend): Promise<void> {
  while (wasm.workersReady() < wasm.threads - 1) await new Promise((go) => setTimeout(go, 5));
}

describe("a backend with threads", () => {
  it("computes alone until its workers are there, and shares from then on", async () => {
    const wasm = openWasm({ threads: 3 }, everything);
    expect(await copied(wasm)).toEqual(numbers);
    await ready(wasm);
    const taken = (): number =>
      wasm
        .partsTaken()
        .slice(1)
        .reduce((a, b) => a + b, 0);
    for (let n = 0; n < 2000 && taken() === 0; n++) expect(await copied(wasm)).toEqual(numbers);
    expect(taken()).toBeGreaterThan(0);
    wasm.close();
  });

  it("reads into memory of the reader's own", async () => {
    const wasm = openWasm({ threads: 2 });
    const buffer = wasm.allocate("f32", 3);
    wasm.write(buffer, Float32Array.of(1, 2, 3));
    const read = await wasm.read(buffer);
    expect(read.buffer).toBeInstanceOf(ArrayBuffer);
    wasm.write(buffer, Float32Array.of(4, 5, 6));
    expect([...read]).toEqual([1, 2, 3]);
    wasm.close();
  });

  it("sees memory that grew after its workers started", async () => {
    const wasm = openWasm({ threads: 2 }, { ...everything, callerWorks: false });
    expect(await copied(wasm)).toEqual(numbers);
    for (let n = 0; n < 5; n++) {
      wasm.allocate("f32", 10_000_000);
      expect(await copied(wasm)).toEqual(numbers);
    }
    wasm.close();
  });

  it.each([
    ["a worker", { ...everything, callerWorks: false }, /^The kernel "map .*" failed in a worker: .*out of bounds/],
    ["the caller", { crossover: Infinity }, /^The kernel "map .*" failed: .*out of bounds/],
  ])("throws what trapped in %s, and goes on working", async (_, sharing, message) => {
    const wasm = openWasm({ threads: 2 }, sharing);
    await expect(copied(wasm, copyPlan(size, 2 ** 28))).rejects.toThrow(message);
    expect(await copied(wasm)).toEqual(numbers);
    wasm.close();
  }); // prettier-ignore

  it("does not share one buffer given as two", () => {
    const wasm = openWasm({ threads: 2 }, everything);
    const buffer = wasm.allocate("f32", size);
    wasm.write(buffer, numbers);
    wasm.run(wasm.prepare(copyPlan(size)), [buffer, buffer], []);
    expect(wasm.partsTaken()).toEqual([0, 0]);
    wasm.close();
  });

  it("tells in `explain` how each kernel runs", () => {
    const where = (threads: number, plan: Plan): string => {
      const wasm = openWasm({ threads });
      const { where } = wasm.prepare(plan).explain()[0]!;
      wasm.close();
      return where;
    };
    expect(where(2, copyPlan(2_000_000))).toMatch(/^wasm: SIMD, 2 threads \(8 parts\), compiled/);
    expect(where(2, copyPlan(10))).toMatch(/^wasm: SIMD, one thread, compiled/);
    expect(where(1, copyPlan(2_000_000))).toMatch(/^wasm: SIMD, one thread, compiled/);
  });

  it("says how many threads there can be", () => {
    for (const threads of [0, 1.5, 33])
      expect(() => openWasm({ threads })).toThrow(
        `The wasm backend was asked for ${threads} threads: give a whole number from 1 to 32.`,
      );
  });
});

/** A user's script: trains a layer on two threads until a worker took part, and just ends. */
const script = (load: string): string => `
${load}
async function main() {
  const backend = await use(wasm.with({ threads: 2 }));
  seed("threads");
  const x = randn([256, 256]), w = parameter(randn([256, 256]));
  const step = async () => {
    const result = backprop({ w }, () => x.matmul(w).tanh().square().mean());
    const loss = await result.loss.item();
    result[Symbol.dispose]();
    return loss;
  };
  const first = await step();
  let same = true;
  const alone = memory().threads === 1;
  const worked = () => backend.partsTaken().slice(1).some((parts) => parts > 0);
  for (let k = 0; k < (alone ? 20 : 2000) && !worked(); k++) {
    same &&= (await step()) === first;
    await new Promise((go) => setTimeout(go, 1));
  }
  const [run] = (await trace(() => x.matmul(w))).runs;
  return JSON.stringify({ threads: memory().threads, worked: worked(), same, where: run.kernels[0].where });
}
`;
const names = "{ use, wasm, seed, randn, parameter, backprop, memory, trace }";

const folder = mkdtempSync(join(tmpdir(), "genarch-threads-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The library as one minified file of each format, built as the package is. */
beforeAll(() =>
  build({
    config: false, silent: true, minify: true, target: "es2022", outDir: folder,
    entry: { genarch: "src/index.ts" }, format: ["esm", "cjs", "iife"], globalName: "genarch",
    noExternal: ["seedrandom"], external: ["webgpu"],
    outExtension: ({ format }) => ({ js: { esm: ".mjs", cjs: ".cjs", iife: ".js" }[format] }),
  }),
); // prettier-ignore
const bundle = (extension: string): string => join(folder, `genarch${extension}`);

const print = "\nmain().then(console.log);\n";

function runScript(name: string, text: string, flags: string[] = []): unknown {
  const file = join(folder, name);
  writeFileSync(file, text);
  const output = execFileSync(process.execPath, [...flags, file], { encoding: "utf8", timeout: 50_000 }); // prettier-ignore
  return JSON.parse(output);
}

const where = (how: string): string => `wasm: SIMD, ${how}, compiled from bytes emitted here`;
const shared = {
  threads: 2,
  worked: true,
  same: true,
  where: expect.stringMatching(/^wasm: SIMD, 2 threads \(/) as string,
};

describe("a script that uses threads computes and ends", () => {
  it("on the TypeScript sources, through tsx", () => {
    const load = `import ${names} from ${JSON.stringify(resolve("src/index.ts"))};`;
    const tsx = ["--import", import.meta.resolve("tsx")];
    expect(runScript("sources.mts", script(load) + print, tsx)).toEqual(shared);
  });

  it("on one ESM file", () => {
    const load = `import ${names} from ${JSON.stringify(bundle(".mjs"))};`;
    expect(runScript("esm.mjs", script(load) + print)).toEqual(shared);
  });

  it("on one CommonJS file", () => {
    const load = `const ${names} = require(${JSON.stringify(bundle(".cjs"))});`;
    expect(runScript("commonjs.cjs", script(load) + print)).toEqual(shared);
  });
});

/** What the script says in a page that is served with these headers. */
async function inBrowser(headers: Record<string, string>, files: Map<string, string>): Promise<unknown> {
  const server = createServer(({ url }, response) => {
    const type = url === "/" ? "text/html" : "text/javascript";
    response.writeHead(200, { "content-type": type, ...headers }).end(files.get(url!) ?? "");
  }).listen(0);
  const browser = await launch(false);
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
    return JSON.parse(await page.evaluate<string>("main()"));
  } finally {
    await browser.close();
    server.close();
  }
} // prettier-ignore

describe("in Chromium", () => {
  const page =
    '<!doctype html><script src="/genarch.js"></script><script src="/script.js"></script>';
  const files = (): Map<string, string> =>
    new Map([
      ["/", page],
      ["/genarch.js", readFileSync(bundle(".js"), "utf8")],
      ["/script.js", script(`const ${names} = genarch;`)],
    ]);

  it("threads work where the page is cross-origin isolated", async () => {
    const isolated = {
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    };
    expect(await inBrowser(isolated, files())).toEqual(shared);
  });

  it("there is one thread where it is not", async () => {
    expect(await inBrowser({}, files())).toEqual({
      threads: 1,
      worked: false,
      same: true,
      where: where("one thread (this page is not cross-origin isolated)"),
    });
  });
});
