/** See peers.mjs. */
export declare const workloads: readonly string[];
export declare function peerStep(
  peer: "tfjs" | "jax",
  workload: string,
  backend?: "wasm" | "webgpu",
): Promise<() => Promise<number>>;
