/** What the page's WebGPU is: adapter and isolation; null where there is none. */
import type { Json } from "./page.js";

export default async function adapter(): Promise<Json> {
  const { gpu } = navigator as { gpu?: GPU };
  const found = await gpu?.requestAdapter();
  if (!found) return null;
  const { vendor, architecture } = found.info;
  return { vendor, architecture, isolated: globalThis.crossOriginIsolated };
}
