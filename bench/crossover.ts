/**
 * From which size on does a GPU pay? Times x·W, tanh, sum and a read on wasm and on this machine's WebGPU adapter, in
 * turns, and prints the best of each: `npx tsx bench/crossover.ts` (docs/backends.md, "Small work").
 */
import { randn, tidy, use, wasm, webgpu, type Opener } from "genarch";
import { startAgainForGpu } from "../test/webgpu/swiftshader.js";

startAgainForGpu();

const openers = { wasm, webgpu: webgpu.with({ software: true }) };

/** Milliseconds of the fastest of `runs` on n×n matrices, from the call to the number. */
async function fastest(opener: Opener, n: number, runs: number): Promise<number> {
  await use(opener);
  using x = randn([n, n]);
  using w = randn([n, n]);
  await Promise.all([x.data(), w.data()]);
  let best = Infinity;
  for (let k = 0; k < runs; k++) {
    const start = performance.now();
    using y = tidy(() => x.matmul(w).tanh().sum());
    await y.item();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

console.log("n of n×n     wasm, ms   webgpu, ms   webgpu / wasm");
for (const n of [8, 32, 128, 256, 512, 1024]) {
  const best = { wasm: Infinity, webgpu: Infinity };
  for (const name of ["wasm", "webgpu", "wasm", "webgpu"] as const)
    best[name] = Math.min(best[name], await fastest(openers[name], n, n > 256 ? 5 : 40));
  const cells = [
    best.wasm.toFixed(3),
    best.webgpu.toFixed(3),
    (best.webgpu / best.wasm).toFixed(1),
  ];
  console.log(String(n).padEnd(8), ...cells.map((cell) => cell.padStart(12)));
}
