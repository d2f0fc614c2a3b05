import type { PixelBuffer } from "genarch/metrics";

/** The k-th picture by formula of the golden files: [side, side, 3], pixels 0 to 255. */
export function formulaImage(k: number, side: number): PixelBuffer {
  const data = new Uint8Array(side * side * 3);
  for (let at = 0; at < data.length; at++) {
    const c = at % 3;
    const x = Math.floor(at / 3) % side;
    const y = Math.floor(at / 3 / side);
    data[at] = (x * (3 + k) + y * (5 + 2 * k) + c * 41 + Math.floor((x * y) / (7 + k))) % 256;
  }
  return { shape: [side, side, 3], data };
}
