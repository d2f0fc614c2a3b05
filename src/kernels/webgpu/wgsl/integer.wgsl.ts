/** 32-bit integers as the IR means them: by 0 everything is 0, a remainder has the divisor's sign. */
export const integers = {
  integer_quotient: /* wgsl */ `
fn integer_quotient(x: i32, y: i32) -> i32 { return select(x / select(y, 1, y == 0), 0, y == 0); }`,
  integer_remainder: /* wgsl */ `
fn integer_remainder(x: i32, y: i32) -> i32 {
  if (y == 0 || y == -1) { return 0; }
  let rest = x % y;
  return select(rest, rest + y, rest != 0 && (rest < 0) != (y < 0));
}`,
  // By squaring; a negative power truncates: 0 but for ±1.
  integer_power: /* wgsl */ `
fn integer_power(x: i32, y: i32) -> i32 {
  if (y < 0) { return select(0, select(x, 1, (y & 1) == 0), x == 1 || x == -1); }
  var result = 1;
  var square = x;
  for (var bits = y; bits > 0; bits >>= 1u) {
    if ((bits & 1) != 0) { result *= square; }
    square *= square;
  }
  return result;
}`,
  // Toward zero, held within 32 bits, NaN to 0.
  truncated: /* wgsl */ `
fn truncated(x: f32) -> i32 {
  if (is_nan(x)) { return 0; }
  if (order_of(x) >= order_of(2147483648.0)) { return 2147483647; }
  if (order_of(x) < order_of(-2147483648.0)) { return i32(-2147483648); }
  return i32(x);
}`,
  // The upper half of a 64-bit product.
  product_high: /* wgsl */ `
fn product_high(x: u32, y: u32) -> u32 {
  let low = (x & 0xffffu) * (y & 0xffffu);
  let left = (x >> 16u) * (y & 0xffffu) + (low >> 16u);
  let right = (x & 0xffffu) * (y >> 16u) + (left & 0xffffu);
  return (x >> 16u) * (y >> 16u) + (left >> 16u) + (right >> 16u);
}`,
} as const;
