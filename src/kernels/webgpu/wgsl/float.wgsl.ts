/**
 * What IEEE 754 says of float32, by its bits: a WGSL compiler may assume that NaN and infinity do not
 * occur (so `x != x` may be false for a NaN) and may flush subnormals to 0 (WGSL, section 15.7.2).
 */
export const floats = {
  is_nan: /* wgsl */ `
fn is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }`,
  infinity: /* wgsl */ `
fn infinity() -> f32 { var bits = 0x7f800000u; return bitcast<f32>(bits); } // a constant would be refused`,
  not_a_number: /* wgsl */ `
fn not_a_number() -> f32 { var bits = 0x7fc00000u; return bitcast<f32>(bits); }`,
  // Integers in the order of the floats; 0 for both zeros.
  order_of: /* wgsl */ `
fn order_of(x: f32) -> i32 {
  let bits = bitcast<i32>(x);
  return select(bits, -(bits & 0x7fffffff), bits < 0);
}`,
  less: /* wgsl */ `
fn less(x: f32, y: f32) -> bool { return order_of(x) < order_of(y) && !is_nan(x) && !is_nan(y); }`,
  less_or_equal: /* wgsl */ `
fn less_or_equal(x: f32, y: f32) -> bool { return order_of(x) <= order_of(y) && !is_nan(x) && !is_nan(y); }`,
  equal: /* wgsl */ `
fn equal(x: f32, y: f32) -> bool { return order_of(x) == order_of(y) && !is_nan(x); }`,
  // NaN if either is.
  larger: /* wgsl */ `
fn larger(x: f32, y: f32) -> f32 {
  return select(select(y, x, order_of(x) > order_of(y) || is_nan(x)), y, is_nan(y));
}`,
  smaller: /* wgsl */ `
fn smaller(x: f32, y: f32) -> f32 {
  return select(select(y, x, order_of(x) < order_of(y) || is_nan(x)), y, is_nan(y));
}`,
  magnitude: /* wgsl */ `
fn magnitude(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu); }`,
  negated: /* wgsl */ `
fn negated(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u); }`,
  with_sign: /* wgsl */ `
fn with_sign(size: f32, other: f32) -> f32 {
  return bitcast<f32>((bitcast<u32>(size) & 0x7fffffffu) | (bitcast<u32>(other) & 0x80000000u));
}`,
  sign_of: /* wgsl */ `
fn sign_of(x: f32) -> f32 {
  return select(with_sign(1.0, x), x, is_nan(x) || order_of(x) == 0);
}`,
  // x · 2ⁿ for any n, in two steps so that neither factor leaves the range.
  scaled: /* wgsl */ `
fn scaled(x: f32, n: i32) -> f32 {
  let half = n >> 1u;
  return x * bitcast<f32>((half + 127) << 23u) * bitcast<f32>((n - half + 127) << 23u);
}`,
  // The exponent e and the fraction f of |x| = 2ᵉ·(1 + f), √½ ≤ 1 + f < √2, for a finite x that is not 0, subnormal or not.
  parts_of: /* wgsl */ `
struct Parts { e: i32, fraction: f32 }
fn parts_of(x: f32) -> Parts {
  var bits = bitcast<u32>(x) & 0x7fffffffu;
  var e = 0;
  if (bits < 0x00800000u) { // subnormal: the leading 1 goes where a normal number has it
    let up = countLeadingZeros(bits) - 8u;
    bits = (bits << up) & 0x007fffffu;
    bits |= 0x00800000u;
    e = -i32(up);
  }
  let shifted = bits + (0x3f800000u - 0x3f3504f3u);
  e += i32(shifted >> 23u) - 127;
  let mantissa = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u);
  return Parts(e, mantissa - 1.0);
}`,
  // A device may take a subnormal for 0.
  rounded_down: /* wgsl */ `
fn rounded_down(x: f32) -> f32 {
  let order = order_of(x);
  return select(floor(x), -1.0, order < 0 && order > -0x00800000);
}`,
  rounded_up: /* wgsl */ `
fn rounded_up(x: f32) -> f32 {
  let order = order_of(x);
  return select(ceil(x), 1.0, order > 0 && order < 0x00800000);
}`,
  quotient: /* wgsl */ `
fn quotient(x: f32, y: f32) -> f32 { // beyond 2¹²⁶ a device may take 1/y for 0
  let down = select(1.0, 0x1p-24f, (bitcast<u32>(y) & 0x7f800000u) > 0x7e000000u);
  return x / (y * down) * down;
}`,
  square_root: /* wgsl */ `
fn square_root(x: f32) -> f32 { // a subnormal is made normal by its bits: 2¹⁴⁹·x is an integer
  let bits = bitcast<u32>(x);
  if (bits > 0x80000000u) { return not_a_number(); }
  if ((bits - 1u) < 0x007fffffu) { return sqrt(f32(bits)) * 0x1.6a09e6p-75f; }
  return sqrt(x);
}`,
} as const;
