/**
 * 32-bit integers. A float texture holds whole numbers up to 2²⁴ only, and gpu.js keeps integers in float
 * variables: so an i32 is a pair, in memory and in a kernel, of its upper 16 bits (signed) and its lower 16;
 * each function goes through `int`. By 0 everything is 0, a remainder has the divisor's sign.
 */
const ofOne = (name: string, value: string): string => `
vec2 ${name}(vec2 a) { int x = whole(a); return pair(${value}); }`;

const ofTwo = (name: string, value: string): string => `
vec2 ${name}(vec2 a, vec2 b) { int x = whole(a); int y = whole(b); return pair(${value}); }`;

const comparison = (name: string, value: string): string => `
float ${name}(vec2 a, vec2 b) { int x = whole(a); int y = whole(b); return truth(${value}); }`;

export const integers = {
  pair: /* glsl */ `
vec2 pair(int n) { return vec2(float(n >> 16), float(n & 65535)); }`,
  whole: /* glsl */ `
int whole(vec2 halves) { return int(halves.x) * 65536 + int(halves.y); }`,
  // Of places, which are not negative: gpu.js has no division of integers.
  divided: /* glsl */ `
int divided(int x, int y) { return x / y; }`,
  rest: /* glsl */ `
int rest(int x, int y) { return x - x / y * y; }`,
  integer_sum: ofTwo("integer_sum", "x + y"),
  integer_difference: ofTwo("integer_difference", "x - y"),
  integer_product: ofTwo("integer_product", "x * y"),
  integer_quotient: ofTwo("integer_quotient", "truncated_quotient(x, y)"),
  integer_remainder: ofTwo("integer_remainder", "remainder_of(x, y)"),
  integer_power: ofTwo("integer_power", "power_of(x, y)"),
  integer_larger: ofTwo("integer_larger", "max(x, y)"),
  integer_smaller: ofTwo("integer_smaller", "min(x, y)"),
  integer_negated: ofOne("integer_negated", "-x"),
  integer_magnitude: ofOne("integer_magnitude", "x < 0 ? -x : x"),
  integer_sign: ofOne("integer_sign", "x < 0 ? -1 : x > 0 ? 1 : 0"),
  integer_less: comparison("integer_less", "x < y"),
  integer_less_or_equal: comparison("integer_less_or_equal", "x <= y"),
  integer_equal: comparison("integer_equal", "x == y"),
  integer_unequal: comparison("integer_unequal", "x != y"),
  integer_nonzero: /* glsl */ `
float integer_nonzero(vec2 x) { return truth(whole(x) != 0); }`,
  integer_negation: /* glsl */ `
float integer_negation(vec2 x) { return truth(whole(x) == 0); }`,
  // A bool is a pair in memory, too, and 0.0 or 1.0 in a kernel.
  truth_of: /* glsl */ `
float truth_of(vec2 x) { return x.y; }`,
  pair_of_truth: /* glsl */ `
vec2 pair_of_truth(float x) { return vec2(0.0, x); }`,
  integer_chosen: /* glsl */ `
vec2 integer_chosen(float condition, vec2 yes, vec2 no) { return order_of(condition) != 0 ? yes : no; }`,
  real_of_integer: /* glsl */ `
float real_of_integer(vec2 x) { return float(whole(x)); }`,
  truncated_quotient: /* glsl */ `
int truncated_quotient(int x, int y) { // what / does below 0 is not the same everywhere
  if (y == 0) return 0;
  int size = int(uint(x < 0 ? -x : x) / uint(y < 0 ? -y : y));
  return (x < 0) != (y < 0) ? -size : size;
}`,
  remainder_of: /* glsl */ `
int remainder_of(int x, int y) {
  if (y == 0 || y == -1) return 0;
  int left = x - truncated_quotient(x, y) * y;
  return left != 0 && (left < 0) != (y < 0) ? left + y : left;
}`,
  // By squaring; a negative power truncates: 0 but for ±1.
  power_of: /* glsl */ `
int power_of(int x, int y) {
  if (y < 0) return x == 1 ? 1 : x == -1 ? ((y & 1) == 0 ? 1 : -1) : 0;
  int result = 1;
  int square = x;
  for (int bits = y; bits > 0; bits >>= 1) {
    if ((bits & 1) != 0) result *= square;
    square *= square;
  }
  return result;
}`,
  // Toward zero, held within 32 bits, NaN to 0.
  truncated: /* glsl */ `
vec2 truncated(float x) {
  if (is_nan(x)) return vec2(0.0, 0.0);
  if (order_of(x) >= order_of(2147483648.0)) return vec2(32767.0, 65535.0);
  if (order_of(x) <= order_of(-2147483648.0)) return vec2(-32768.0, 0.0);
  return pair(int(x));
}`,
  // The upper half of a 64-bit product.
  product_high: /* glsl */ `
uint product_high(uint x, uint y) {
  uint low = (x & 0xffffu) * (y & 0xffffu);
  uint left = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  uint right = (x & 0xffffu) * (y >> 16u) + (left & 0xffffu);
  return (x >> 16u) * (y >> 16u) + (left >> 16u) + (right >> 16u);
}`,
} as const;
