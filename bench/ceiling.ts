/**
 * What this machine's WebAssembly can do at most, measured by kernels of our own emitter: multiplications and additions
 * in registers, and bytes read and written in memory too large for caches. Each thread runs its own copy.
 */
import { Worker } from "node:worker_threads";
import { type Local, ModuleBuilder } from "../src/kernels/wasm/emitter.js";

export type Probe = "arithmetic" | "memory";

/** Chains of a·x + b that wait for nothing but themselves: V8 has 15 registers to give, a and b take two. */
const chains = 13;
/** Turns of one run: about 5 ms. */
const turns = 3e6;
/** Of each of the two arrays of the copy. */
const copied = 64 * 2 ** 20;

/** What one run does: 2 floating-point operations in each of 4 lanes of each chain, or bytes read and written. */
export const work: Record<Probe, number> = { arithmetic: turns * chains * 8, memory: 2 * copied };

export function probeModule(probe: Probe): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  if (probe === "arithmetic") arithmetic(module);
  else memory(module);
  return module.bytes();
}

/** run(turns): x ← x·a + b in every chain, in one instruction where the engine has it; the sum keeps it all alive. */
function arithmetic(module: ModuleBuilder): void {
  module.function("arithmetic", { turns: "i32" }, ["f32"], (f, { turns }) => {
    const turn = f.local("i32", "turn");
    const [a, b] = [f.let("v128", "a", () => f.f32x4(0.999)), f.let("v128", "b", () => f.f32x4(1e-3))]; // prettier-ignore
    const x = Array.from({ length: chains }, (_, k) => f.let("v128", `x${k}`, () => f.f32x4(k)));
    f.loop(turn, 0, turns, 1, () => x.forEach((chain) => f.set(chain, () => f.madd(chain, a, b))));
    x.slice(1).forEach((chain) => f.set(x[0]!, () => f.op("f32x4.add", x[0]!, chain)));
    f.lane("f32x4.extract_lane", 0, x[0]!);
  });
}

/** run(to): copies the bytes from 0 to `to` behind them, 64 a turn. */
function memory(module: ModuleBuilder): void {
  module.function("memory", { to: "i32" }, [], (f, { to }) => {
    const [from, into] = [f.local("i32", "from"), f.let("i32", "into", () => f.get(to))];
    const line: Local[] = [0, 1, 2, 3].map((k) => f.local("v128", `line${k}`));
    f.loop(from, 0, to, 64, () => {
      line.forEach((part, k) => f.set(part, () => f.load("v128.load", from, 16 * k)));
      line.forEach((part, k) => f.store("v128.store", into, part, 16 * k));
      f.increase(into, 64);
    });
  });
}

/** The program of a thread: it runs when it is told to, and says when it began and ended. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const memory = new WebAssembly.Memory({ initial: workerData.pages });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData.bytes), { env: { memory } });
const now = () => performance.timeOrigin + performance.now();
parentPort.on("message", () => {
  const from = now();
  exports.f0(workerData.argument);
  parentPort.postMessage([from, now()]);
});
`;

/** A run on `threads` threads at once → milliseconds from the first one's begin to the last one's end. */
export function openProbe(probe: Probe, threads: number): { once(): Promise<number>; close(): void } {
  const argument = probe === "arithmetic" ? turns : copied;
  const pages = probe === "arithmetic" ? 1 : (2 * copied) / 2 ** 16;
  const bytes = probeModule(probe);
  const workerData = { bytes, pages, argument };
  const workers = Array.from(
    { length: threads },
    () => new Worker(program, { eval: true, execArgv: [], env: {}, workerData }),
  );
  const run = (worker: Worker) =>
    new Promise<[number, number]>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (times: [number, number]) => {
        worker.off("error", reject);
        resolve(times);
      });
      worker.postMessage("run");
    });
  const once = async () => {
    const times = await Promise.all(workers.map(run));
    return Math.max(...times.map(([, to]) => to)) - Math.min(...times.map(([from]) => from));
  };
  return { once, close: () => workers.forEach((worker) => void worker.terminate()) };
} // prettier-ignore
