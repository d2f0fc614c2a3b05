/**
 * What the platform gives for threads: cores, whether the caller may sleep, and a way to start a
 * worker from its source. Node's own modules come through `process.getBuiltinModule`, which no bundler
 * for browsers stumbles over.
 */

/** A started worker; `fails` hears what goes wrong in it. */
export type Spawned = { post(message: object): void; end(): void };

export type Platform =
  | { threads: true; cores: number; spawn(source: string, fails: (reason: string) => void): Spawned }
  | { threads: false; reason: string }; // prettier-ignore

/** What there is here; `reason` says why there are no threads. */
export function platform(): Platform {
  if (typeof SharedArrayBuffer === "undefined")
    return { threads: false, reason: "this page is not cross-origin isolated" };
  if (typeof process === "object" && process.versions?.node) return node();
  if (typeof Worker === "undefined")
    return { threads: false, reason: "this JavaScript engine has no workers" };
  if (globalThis.crossOriginIsolated === false)
    return { threads: false, reason: "this page is not cross-origin isolated" };
  return { threads: true, cores: navigator.hardwareConcurrency || 1, spawn: spawnInBrowser };
}

function node(): Platform {
  if (typeof process.getBuiltinModule !== "function")
    return { threads: false, reason: "threads need Node 20.16 or later" };
  const workers = process.getBuiltinModule("node:worker_threads");
  const cores = process.getBuiltinModule("node:os").availableParallelism();
  const spawn = (source: string, fails: (reason: string) => void): Spawned => {
    // Flags and variables of the parent may load a test runner or a compiler: a worker needs neither.
    const worker = new workers.Worker(source, { eval: true, execArgv: [], env: {} });
    worker.on("error", (error) => fails(String(error)));
    worker.on("message", (message) => fails(String(message)));
    worker.unref(); // a script ends when its own work is done
    return { post: (message) => worker.postMessage(message), end: () => void worker.terminate() };
  };
  return { threads: true, cores, spawn };
}

function spawnInBrowser(source: string, fails: (reason: string) => void): Spawned {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onerror = ({ message }) => fails(message || "its source was refused");
  worker.onmessage = ({ data }) => fails(String(data));
  return {
    post: (message) => worker.postMessage(message),
    end: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Whether this thread may sleep on shared memory: not on a page's main thread. */
export function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1); // 0 is not 1: returns at once
    return true;
  } catch {
    return false;
  }
}
