/** See peers.mjs. */
export declare const workloads: readonly string[];
export declare function peerStep(
  peer: "tfjs" | "jax",
  workload: string,
): Promise<() => Promise<number>>;
