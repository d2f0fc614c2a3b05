/**
 * pow and mod. pow: |x|^y = 2^(y·log₂|x|), where an error in the logarithm is multiplied by up to 150: so
 * log₂ is a sum of two floats, the first of 12 bits, for the product of two such is exact (Dekker, 1971).
 * Signs and edges are IEEE 754's. mod: the exact remainder, by long division of the mantissas.
 */
export const powers = {
  cut: /* glsl */ `
float cut(float x) { return uintBitsToFloat(floatBitsToUint(x) & 0xfffff000u); } // the first 12 bits`,
  // log₂ |x| in two parts: 2/ln 2·artanh s, s = f/(2 + f), each factor in two parts, too.
  logarithm_2: /* glsl */ `
vec2 logarithm_2(float x) {
  Parts parts = parts_of(x);
  float f = parts.fraction;
  float e = float(parts.e);
  float sum_whole = 2.0 + f;
  float high = cut(sum_whole);
  float low = f - cut(high - 2.0); // this cut changes nothing, but no compiler adds 2 to f again
  float s = f / sum_whole;
  float s_high = cut(s);
  float s_low = ((f - s_high * high) - s_high * low) / sum_whole;
  float s2 = s * s;
  float tail = s * s2 * (0.96179669 + s2 * (0.57707802 + s2 * (0.41219859 + s2 * 0.32)));
  float first = 2.884765625 * s_high; // 2/ln 2 in two parts: exact
  float second = 0.00062445677793 * s_high + (2.8853900818 * s_low + tail);
  float sum = cut(e + (first + second));
  return vec2(sum, ((e - sum) + first) + second);
}`,
  power_of_size: /* glsl */ `
float power_of_size(float x, float y) { // for finite x > 0 and finite y
  vec2 log = logarithm_2(x);
  float rough = y * log.x;
  if (rough > 200.0) return infinity();
  if (rough < -200.0) return 0.0;
  float y_high = cut(y);
  float y_low = y - y_high;
  float first = y_high * log.x; // exact
  float second = y_low * log.x + y * log.y;
  float n = roundEven(first + second);
  float r = ((first - n) + second) * 0.69314718056;
  float tail = 0.49999997 + r * (0.16666542 + r * (0.041667204 + r * (0.008366713 + r * 0.0013882478)));
  return scaled(1.0 + (r + r * r * tail), clamp(int(n), -252, 252));
}`,
  power: /* glsl */ `
float power(float x, float y) {
  float size = magnitude(x);
  uint infinite = 0x7f800000u;
  uint size_bits = floatBitsToUint(size);
  uint y_bits = floatBitsToUint(magnitude(y));
  if (y_bits == 0u || floatBitsToUint(x) == 0x3f800000u) return 1.0;
  if (is_nan(x) || is_nan(y)) return not_a_number();
  bool negative = floatBitsToInt(y) < 0;
  if (y_bits == infinite) {
    if (size_bits == 0x3f800000u) return 1.0;
    return (size_bits > 0x3f800000u) != negative ? infinity() : 0.0;
  }
  bool is_whole = y_bits >= 0x3f800000u && trunc(y) == y;
  bool odd = is_whole && y_bits < 0x4b800000u && (int(y) & 1) == 1;
  float value = 0.0;
  if (size_bits == 0u || size_bits == infinite) {
    value = (size_bits == infinite) != negative ? infinity() : 0.0;
  } else {
    if (floatBitsToInt(x) < 0 && !is_whole) return not_a_number();
    value = power_of_size(size, y);
  }
  return odd && floatBitsToInt(x) < 0 ? negated(value) : value;
}`,
  // |x| = mantissa · 2^exponent, as integers.
  integer_parts: /* glsl */ `
uvec2 integer_parts(uint bits) {
  uint mantissa = bits & 0x007fffffu;
  return bits < 0x00800000u ? uvec2(mantissa, 1u) : uvec2(mantissa | 0x00800000u, bits >> 23u);
}`,
  // With the sign of y: x − y·⌊x/y⌋.
  remainder: /* glsl */ `
float remainder(float x, float y) {
  uint x_bits = floatBitsToUint(magnitude(x));
  uint y_bits = floatBitsToUint(magnitude(y));
  if (x_bits >= 0x7f800000u || y_bits == 0u || y_bits > 0x7f800000u) return not_a_number();
  if (x_bits == 0u) return x;
  float left = x;
  if (x_bits >= y_bits) {
    uvec2 a = integer_parts(x_bits);
    uvec2 b = integer_parts(y_bits);
    uint r = a.x % b.x;
    for (uint turns = a.y - b.y; turns > 0u && r > 0u;) { // eight bits of the quotient a turn
      uint bits = min(turns, 8u);
      r = (r << bits) % b.x;
      turns -= bits;
    }
    if (r == 0u) return 0.0;
    float size = scaled(float(r), int(b.y) - 150);
    left = floatBitsToInt(x) < 0 ? -size : size;
  }
  return (floatBitsToInt(left) < 0) != (floatBitsToInt(y) < 0) ? left + y : left;
}`,
} as const;
