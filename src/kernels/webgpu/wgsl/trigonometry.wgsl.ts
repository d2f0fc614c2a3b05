/**
 * sin and cos of any float32 (WGSL's own are off by 2⁻¹¹ and only hold within ±π). x = q·π/2 + r with
 * |r| ≤ π/4 by integers: x = m·2ˢ times 96 bits of 2/π from where whole turns end (Payne and Hanek, 1983);
 * then a polynomial in r² (minimax; the wasm backend has the same), chosen and signed by q mod 4.
 */
export const waves = {
  // q mod 4 and r, of a finite |x|.
  quarter_turns: /* wgsl */ `
struct QuarterTurns { q: u32, r: f32 }
const two_over_pi = array<u32, 9>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u,
  0x3c439041u, 0xfe5163abu, 0xdebbc561u);
fn quarter_turns(size: f32) -> QuarterTurns {
  if (size < 0.78539816) { return QuarterTurns(0u, size); }
  let bits = bitcast<u32>(size);
  let mantissa = (bits & 0x007fffffu) | 0x00800000u;
  let start = (bits >> 23u) - 120u; // the first bit of 2/π that counts, 32 zeros before it
  let word = start >> 5u;
  let turn = start & 31u;
  var window = array<u32, 3>();
  for (var k = 0u; k < 3u; k++) {
    let next = select(two_over_pi[word + k + 1u] >> (32u - turn), 0u, turn == 0u);
    window[k] = (two_over_pi[word + k] << turn) | next;
  }
  // mantissa · window, its lowest 96 bits: two of whole quarters, then the fraction
  let low = mantissa * window[2];
  let carry = product_high(mantissa, window[2]);
  let middle_part = mantissa * window[1];
  let middle = middle_part + carry;
  let carry2 = product_high(mantissa, window[1]) + select(0u, 1u, middle < carry);
  let high = mantissa * window[0] + carry2;
  var fraction = (high << 2u) | (middle >> 30u);
  var rest = (middle << 2u) | (low >> 30u);
  let up = fraction >> 31u; // above ½: the next quarter is nearer
  if (up == 1u) {
    rest = ~rest + 1u;
    fraction = ~fraction + select(0u, 1u, rest == 0u);
  }
  let zeros = countLeadingZeros(fraction);
  let top = select((fraction << zeros) | select(rest >> (32u - zeros), 0u, zeros == 0u), rest, zeros == 32u);
  let r = f32(top) * bitcast<f32>((127u - 32u - zeros) << 23u) * 1.57079632679;
  return QuarterTurns((high >> 30u) + up, select(r, -r, up == 1u));
}`,
  // The sine of r in even quarters, the cosine in odd ones; negative in the second half of a turn.
  of_quarter: /* wgsl */ `
fn of_quarter(r: f32, q: u32) -> f32 {
  let r2 = r * r;
  let sine = fma(r2 * r, -0.16666655 + r2 * (0.008332156 + r2 * -0.00019514632), r);
  let cosine = fma(r2 * r2, 0.041666646 + r2 * (-0.001388731 + r2 * 2.4432413e-5), fma(r2, -0.5, 1.0));
  let value = select(sine, cosine, (q & 1u) == 1u);
  return select(value, -value, (q & 2u) == 2u);
}`,
  sine: /* wgsl */ `
fn sine(x: f32) -> f32 {
  let size = magnitude(x);
  if (order_of(size) >= 0x7f800000) { return not_a_number(); }
  let turns = quarter_turns(size);
  let value = of_quarter(turns.r, turns.q);
  return select(value, -value, bitcast<i32>(x) < 0);
}`,
  cosine: /* wgsl */ `
fn cosine(x: f32) -> f32 {
  let size = magnitude(x);
  if (order_of(size) >= 0x7f800000) { return not_a_number(); }
  let turns = quarter_turns(size);
  return of_quarter(turns.r, turns.q + 1u);
}`,
  // Cosine (0) or sine (1) of 2π·turns, 0 ≤ turns ≤ 1: exact but for the last product.
  wave_of_turns: /* wgsl */ `
fn wave_of_turns(turns: f32, which: u32) -> f32 {
  let quarters = round(turns * 4.0);
  let r = (turns * 4.0 - quarters) * 1.57079632679;
  return of_quarter(r, u32(quarters) + 1u - which);
}`,
} as const;
