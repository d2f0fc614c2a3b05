/**
 * Offsets for a plan's temporaries: buffers whose lifetimes overlap never overlap in memory. Greedy by
 * size, as in Pisarchyk & Lee, Efficient Memory Management for Deep Neural Net Inference (2020).
 */
export type Lifetime = { bytes: number; first: number; last: number };

const ALIGN = 256; // WebGPU's storage offset, and room for a vector read past the end
const align = (bytes: number) => Math.max(ALIGN, Math.ceil(bytes / ALIGN) * ALIGN);

export function layOut(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const bySize = lifetimes
    .map((_, k) => k)
    .sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes);
  const placed: number[] = []; // in order of offset
  let bytes = 0;
  for (const k of bySize) {
    const { first, last, bytes: size } = lifetimes[k]!;
    let offset = 0;
    for (const other of placed) {
      const life = lifetimes[other]!;
      if (life.last < first || life.first > last) continue;
      if (offsets[other]! - offset >= align(size)) break;
      offset = Math.max(offset, offsets[other]! + align(life.bytes));
    }
    offsets[k] = offset;
    const at = placed.findIndex((other) => offsets[other]! > offset);
    placed.splice(at < 0 ? placed.length : at, 0, k);
    bytes = Math.max(bytes, offset + align(size));
  }
  return { offsets, bytes };
}
