/**
 * pow and mod. pow: |x|^y = 2^(y·log₂|x|), where an error in the logarithm is multiplied by up to 150: so
 * log₂ is a sum of two floats, the first of 12 bits, for the product of two such is exact (Dekker, 1971).
 * Signs and edges are IEEE 754's. mod: the exact remainder, by long division of the mantissas.
 */
export const powers = {
  cut: /* wgsl */ `
fn cut(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); } // the first 12 bits`,
  // log₂ |x| in two parts: 2/ln 2·artanh s, s = f/(2 + f), each factor in two parts, too.
  logarithm_2: /* wgsl */ `
fn logarithm_2(x: f32) -> vec2<f32> {
  let parts = parts_of(x);
  let f = parts.fraction;
  let e = f32(parts.e);
  let whole = 2.0 + f;
  let high = cut(whole);
  let low = f - cut(high - 2.0); // this cut changes nothing, but no compiler adds 2 to f again
  let s = f / whole;
  let s_high = cut(s);
  let s_low = fma(-s_high, low, fma(-s_high, high, f)) / whole;
  let s2 = s * s;
  let tail = s * s2 * (0.96179669 + s2 * (0.57707802 + s2 * (0.41219859 + s2 * 0.32)));
  let first = 2.884765625 * s_high; // 2/ln 2 in two parts: exact
  let second = fma(0.00062445677793, s_high, fma(2.8853900818, s_low, tail));
  let sum = cut(e + (first + second));
  return vec2<f32>(sum, ((e - sum) + first) + second);
}`,
  power_of_size: /* wgsl */ `
fn power_of_size(x: f32, y: f32) -> f32 { // for finite x > 0 and finite y
  let log = logarithm_2(x);
  let rough = y * log.x;
  if (rough > 200.0) { return infinity(); }
  if (rough < -200.0) { return 0.0; }
  let y_high = cut(y);
  let y_low = y - y_high;
  let first = y_high * log.x; // exact
  let second = fma(y_low, log.x, y * log.y);
  let n = round(first + second);
  let r = ((first - n) + second) * 0.69314718056;
  let tail = 0.49999997 + r * (0.16666542 + r * (0.041667204 + r * (0.008366713 + r * 0.0013882478)));
  return scaled(1.0 + fma(r * r, tail, r), clamp(i32(n), -252, 252));
}`,
  power: /* wgsl */ `
fn power(x: f32, y: f32) -> f32 {
  let size = magnitude(x);
  let infinite = 0x7f800000u;
  let size_bits = bitcast<u32>(size);
  let y_bits = bitcast<u32>(magnitude(y));
  if (y_bits == 0u || bitcast<u32>(x) == 0x3f800000u) { return 1.0; }
  if (is_nan(x) || is_nan(y)) { return not_a_number(); }
  let negative = bitcast<i32>(y) < 0;
  if (y_bits == infinite) {
    if (size_bits == 0x3f800000u) { return 1.0; }
    return select(0.0, infinity(), (size_bits > 0x3f800000u) != negative);
  }
  let whole = y_bits >= 0x3f800000u && trunc(y) == y;
  let odd = whole && y_bits < 0x4b800000u && (i32(y) & 1) == 1;
  var value = 0.0;
  if (size_bits == 0u || size_bits == infinite) {
    value = select(0.0, infinity(), (size_bits == infinite) != negative);
  } else {
    if (bitcast<i32>(x) < 0 && !whole) { return not_a_number(); }
    value = power_of_size(size, y);
  }
  return select(value, negated(value), odd && bitcast<i32>(x) < 0);
}`,
  // |x| = mantissa · 2^exponent, as integers.
  integer_parts: /* wgsl */ `
fn integer_parts(bits: u32) -> vec2<u32> {
  let mantissa = bits & 0x007fffffu;
  return select(vec2<u32>(mantissa | 0x00800000u, bits >> 23u), vec2<u32>(mantissa, 1u), bits < 0x00800000u);
}`,
  // With the sign of y: x − y·⌊x/y⌋.
  remainder: /* wgsl */ `
fn remainder(x: f32, y: f32) -> f32 {
  let x_bits = bitcast<u32>(magnitude(x));
  let y_bits = bitcast<u32>(magnitude(y));
  if (x_bits >= 0x7f800000u || y_bits == 0u || y_bits > 0x7f800000u) { return not_a_number(); }
  var rest = x;
  if (x_bits >= y_bits) {
    let a = integer_parts(x_bits);
    let b = integer_parts(y_bits);
    var r = a.x % b.x;
    for (var left = a.y - b.y; left > 0u && r > 0u;) { // eight bits of the quotient a turn
      let bits = min(left, 8u);
      r = (r << bits) % b.x;
      left -= bits;
    }
    if (r == 0u) { return 0.0; }
    let size = scaled(f32(r), i32(b.y) - 150);
    rest = select(size, -size, bitcast<i32>(x) < 0);
  }
  if (x_bits == 0u) { return x; }
  return select(rest, rest + y, (bitcast<i32>(rest) < 0) != (bitcast<i32>(y) < 0));
}`,
} as const;
