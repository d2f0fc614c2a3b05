/**
 * What IEEE 754 says of float32, by its bits: a GLSL compiler may assume that NaN and infinity do not occur
 * (so `x != x` may be false for a NaN) and may flush subnormals to 0. A truth is 1.0 or 0.0, as in memory.
 */
export const floats = {
  is_nan: /* glsl */ `
bool is_nan(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }`,
  infinity: /* glsl */ `
float infinity() { return uintBitsToFloat(0x7f800000u); }`,
  not_a_number: /* glsl */ `
float not_a_number() { return uintBitsToFloat(0x7fc00000u); }`,
  // A constant of the kernel, so that gpu.js takes 2 for a real number and not for an integer.
  real: /* glsl */ `
float real(float x) { return x; }`,
  real_of_bits: /* glsl */ `
float real_of_bits(int bits) { return intBitsToFloat(bits); }`,
  // Integers in the order of the floats; 0 for both zeros.
  order_of: /* glsl */ `
int order_of(float x) {
  int bits = floatBitsToInt(x);
  return bits < 0 ? -(bits & 0x7fffffff) : bits;
}`,
  truth: /* glsl */ `
float truth(bool x) { return x ? 1.0 : 0.0; }`,
  less: /* glsl */ `
float less(float x, float y) { return truth(order_of(x) < order_of(y) && !is_nan(x) && !is_nan(y)); }`,
  less_or_equal: /* glsl */ `
float less_or_equal(float x, float y) { return truth(order_of(x) <= order_of(y) && !is_nan(x) && !is_nan(y)); }`,
  is_equal: /* glsl */ `
float is_equal(float x, float y) { return truth(order_of(x) == order_of(y) && !is_nan(x)); }`,
  is_unequal: /* glsl */ `
float is_unequal(float x, float y) { return truth(order_of(x) != order_of(y) || is_nan(x)); }`,
  // Not 0: NaN is.
  nonzero: /* glsl */ `
float nonzero(float x) { return truth(order_of(x) != 0); }`,
  negation: /* glsl */ `
float negation(float x) { return truth(order_of(x) == 0); }`,
  both: /* glsl */ `
float both(float x, float y) { return truth(order_of(x) != 0 && order_of(y) != 0); }`,
  either: /* glsl */ `
float either(float x, float y) { return truth(order_of(x) != 0 || order_of(y) != 0); }`,
  chosen: /* glsl */ `
float chosen(float condition, float yes, float no) { return order_of(condition) != 0 ? yes : no; }`,
  // NaN if either is.
  larger: /* glsl */ `
float larger(float x, float y) {
  if (is_nan(y)) return y;
  return order_of(x) > order_of(y) || is_nan(x) ? x : y;
}`,
  smaller: /* glsl */ `
float smaller(float x, float y) {
  if (is_nan(y)) return y;
  return order_of(x) < order_of(y) || is_nan(x) ? x : y;
}`,
  magnitude: /* glsl */ `
float magnitude(float x) { return uintBitsToFloat(floatBitsToUint(x) & 0x7fffffffu); }`,
  negated: /* glsl */ `
float negated(float x) { return uintBitsToFloat(floatBitsToUint(x) ^ 0x80000000u); }`,
  with_sign: /* glsl */ `
float with_sign(float size, float other) {
  return uintBitsToFloat((floatBitsToUint(size) & 0x7fffffffu) | (floatBitsToUint(other) & 0x80000000u));
}`,
  sign_of: /* glsl */ `
float sign_of(float x) { return is_nan(x) || order_of(x) == 0 ? x : with_sign(1.0, x); }`,
  // x · 2ⁿ for any n, in two steps so that neither factor leaves the range.
  scaled: /* glsl */ `
float scaled(float x, int n) {
  int first = n >> 1;
  return x * intBitsToFloat((first + 127) << 23) * intBitsToFloat((n - first + 127) << 23);
}`,
  leading_zeros: /* glsl */ `
uint leading_zeros(uint x) {
  if (x == 0u) return 32u;
  uint n = 0u;
  if (x < 0x00010000u) { n += 16u; x <<= 16u; }
  if (x < 0x01000000u) { n += 8u; x <<= 8u; }
  if (x < 0x10000000u) { n += 4u; x <<= 4u; }
  if (x < 0x40000000u) { n += 2u; x <<= 2u; }
  return x < 0x80000000u ? n + 1u : n;
}`,
  // The exponent e and the fraction f of |x| = 2ᵉ·(1 + f), √½ ≤ 1 + f < √2, for a finite x that is not 0, subnormal or not.
  parts_of: /* glsl */ `
struct Parts { int e; float fraction; };
Parts parts_of(float x) {
  uint bits = floatBitsToUint(x) & 0x7fffffffu;
  int e = 0;
  if (bits < 0x00800000u) { // subnormal: the leading 1 goes where a normal number has it
    uint up = leading_zeros(bits) - 8u;
    bits = ((bits << up) & 0x007fffffu) | 0x00800000u;
    e = -int(up);
  }
  uint shifted = bits + (0x3f800000u - 0x3f3504f3u);
  e += int(shifted >> 23u) - 127;
  float mantissa = uintBitsToFloat((shifted & 0x007fffffu) + 0x3f3504f3u);
  return Parts(e, mantissa - 1.0);
}`,
  // A device may take a subnormal for 0.
  rounded_down: /* glsl */ `
float rounded_down(float x) {
  int order = order_of(x);
  if (order == 0) return x;
  return order < 0 && order > -0x00800000 ? -1.0 : floor(x);
}`,
  rounded_up: /* glsl */ `
float rounded_up(float x) {
  int order = order_of(x);
  if (order == 0) return x;
  if (order > 0 && order < 0x00800000) return 1.0;
  return with_sign(ceil(x), x); // ceil −0.5 is −0
}`,
  rounded: /* glsl */ `
float rounded(float x) { return is_nan(x) ? x : with_sign(roundEven(x), x); }`,
  quotient: /* glsl */ `
float quotient(float x, float y) { // beyond 2¹²⁶ a device may take 1/y for 0
  float down = (floatBitsToUint(y) & 0x7f800000u) > 0x7e000000u ? 5.9604644775390625e-8 : 1.0;
  return x / (y * down) * down;
}`,
  square_root: /* glsl */ `
float square_root(float x) { // a subnormal is made normal by its bits: 2¹⁴⁹·x is an integer
  uint bits = floatBitsToUint(x);
  if (bits > 0x80000000u) return not_a_number();
  if ((bits - 1u) < 0x007fffffu) return sqrt(float(bits)) * 3.743392066509216e-23;
  return sqrt(x);
}`,
} as const;
