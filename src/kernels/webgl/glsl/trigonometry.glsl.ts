/**
 * sin and cos of any float32 (GLSL promises nothing of its own beyond a few turns). x = q·π/2 + r with
 * |r| ≤ π/4 by integers: x = m·2ˢ times 96 bits of 2/π from where whole turns end (Payne and Hanek, 1983);
 * then a polynomial in r² (minimax; the other backends have the same), chosen and signed by q mod 4.
 */
export const waves = {
  // q mod 4 and r, of a finite |x|.
  quarter_turns: /* glsl */ `
struct QuarterTurns { uint q; float r; };
const uint two_over_pi[9] = uint[9](0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u,
  0x3c439041u, 0xfe5163abu, 0xdebbc561u);
uint two_over_pi_from(uint word, uint turn) {
  return turn == 0u ? two_over_pi[word] : (two_over_pi[word] << turn) | (two_over_pi[word + 1u] >> (32u - turn));
}
QuarterTurns quarter_turns(float size) {
  if (size < 0.78539816) return QuarterTurns(0u, size);
  uint bits = floatBitsToUint(size);
  uint mantissa = (bits & 0x007fffffu) | 0x00800000u;
  uint start = (bits >> 23u) - 120u; // the first bit of 2/π that counts, 32 zeros before it
  uint word = start >> 5u;
  uint turn = start & 31u;
  uint window0 = two_over_pi_from(word, turn);
  uint window1 = two_over_pi_from(word + 1u, turn);
  uint window2 = two_over_pi_from(word + 2u, turn);
  // mantissa · window, its lowest 96 bits: two of whole quarters, then the fraction
  uint low = mantissa * window2;
  uint carry = product_high(mantissa, window2);
  uint middle = mantissa * window1 + carry;
  uint carry2 = product_high(mantissa, window1) + (middle < carry ? 1u : 0u);
  uint high = mantissa * window0 + carry2;
  uint fraction = (high << 2u) | (middle >> 30u);
  uint left = (middle << 2u) | (low >> 30u);
  uint up = fraction >> 31u; // above ½: the next quarter is nearer
  if (up == 1u) {
    left = ~left + 1u;
    fraction = ~fraction + (left == 0u ? 1u : 0u);
  }
  uint zeros = leading_zeros(fraction);
  uint top = left;
  if (zeros < 32u) top = (fraction << zeros) | (zeros == 0u ? 0u : left >> (32u - zeros));
  float r = float(top) * uintBitsToFloat((127u - 32u - zeros) << 23u) * 1.57079632679;
  return QuarterTurns((high >> 30u) + up, up == 1u ? -r : r);
}`,
  // The sine of r in even quarters, the cosine in odd ones; negative in the second half of a turn.
  of_quarter: /* glsl */ `
float of_quarter(float r, uint q) {
  float r2 = r * r;
  float sine = r + r2 * r * (-0.16666655 + r2 * (0.008332156 + r2 * -0.00019514632));
  float cosine = (1.0 - r2 * 0.5) + r2 * r2 * (0.041666646 + r2 * (-0.001388731 + r2 * 2.4432413e-5));
  float value = (q & 1u) == 1u ? cosine : sine;
  return (q & 2u) == 2u ? -value : value;
}`,
  sine: /* glsl */ `
float sine(float x) {
  float size = magnitude(x);
  if (order_of(size) >= 0x7f800000) return not_a_number();
  if (size < 1e-5) return x;
  QuarterTurns turns = quarter_turns(size);
  float value = of_quarter(turns.r, turns.q);
  return floatBitsToInt(x) < 0 ? -value : value;
}`,
  cosine: /* glsl */ `
float cosine(float x) {
  float size = magnitude(x);
  if (order_of(size) >= 0x7f800000) return not_a_number();
  QuarterTurns turns = quarter_turns(size);
  return of_quarter(turns.r, turns.q + 1u);
}`,
  // Cosine (0) or sine (1) of 2π·turns, 0 ≤ turns ≤ 1: exact but for the last product.
  wave_of_turns: /* glsl */ `
float wave_of_turns(float turns, uint which) {
  float quarters = roundEven(turns * 4.0);
  float r = (turns * 4.0 - quarters) * 1.57079632679;
  return of_quarter(r, uint(quarters) + 1u - which);
}`,
} as const;
