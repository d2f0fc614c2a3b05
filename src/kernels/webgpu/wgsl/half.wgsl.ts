/**
 * f16, whose bits are made of integers: WGSL leaves open how `pack2x16float` rounds, and what it gives beyond 65504.
 */
export const halves = {
  // To the nearest, a tie to the even one; from 65520 on infinity.
  half_bits: /* wgsl */ `
fn half_bits(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size < 0x38800000u) { return sign | u32(round(bitcast<f32>(size) * 16777216.0)); } // so many times 2⁻²⁴
  return sign | ((size - (112u << 23u) + 0xfffu + ((size >> 13u) & 1u)) >> 13u);
}`,
} as const;
