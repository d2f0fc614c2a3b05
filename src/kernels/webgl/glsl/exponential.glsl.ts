/**
 * exp, expm1, tanh, erf and the logistic function over the whole float range, to about 2 units in the last
 * place: GLSL promises little of its own exp and tanh (its tanh may overflow), and it has no erf.
 * x = n·ln 2 + r, |r| ≤ ½ ln 2; eʳ − 1 is a polynomial (minimax; the wasm and webgpu backends have the same).
 * ln 2 is taken off in two parts, the first so short that n times it is exact (Cody and Waite, 1980).
 */
export const exponentials = {
  // n and eʳ − 1, for x within ±2²².
  split_exponent: /* glsl */ `
struct SplitExponent { float n; float excess; };
SplitExponent split_exponent(float x) {
  float n = roundEven(x * 1.4426950408889634);
  float r = (x - n * 0.693115234375) - n * 3.194618329871446e-5;
  float tail = 0.49999997 + r * (0.16666542 + r * (0.041667204 + r * (0.008366713 + r * 0.0013882478)));
  return SplitExponent(n, r + r * r * tail);
}`,
  // 0 below −104, ∞ above 88.73.
  exponential: /* glsl */ `
float exponential(float x) {
  if (is_nan(x)) return x;
  SplitExponent split = split_exponent(clamp(x, -104.5, 89.0));
  return scaled(1.0 + split.excess, int(split.n));
}`,
  // 2ⁿ(eʳ − 1) + (2ⁿ − 1), times ½ inside so that 2¹²⁸ does not occur.
  exponential_minus_1: /* glsl */ `
float exponential_minus_1(float x) {
  if (is_nan(x) || magnitude(x) < 1e-5) return order_of(x) == 0 ? x : x + x * x * 0.5;
  SplitExponent split = split_exponent(clamp(x, -30.0, 89.0));
  float half_power = intBitsToFloat((int(split.n) + 126) << 23);
  float value = split.excess * half_power + (half_power - 0.5);
  return value + value;
}`,
  // e/(e + 2) with e = exp(2|x|) − 1; tanh 10 is 1 in float32.
  hyperbolic_tangent: /* glsl */ `
float hyperbolic_tangent(float x) {
  if (is_nan(x) || magnitude(x) < 1e-4) return x;
  SplitExponent split = split_exponent(2.0 * min(magnitude(x), 10.0));
  float power = intBitsToFloat((int(split.n) + 127) << 23);
  float e = split.excess * power + (power - 1.0);
  return with_sign(e / (e + 2.0), x);
}`,
  // erf |x| = 1 − exp(−|x|·(1 + P(|x|))), as −(2ⁿ(eʳ − 1) + 2ⁿ − 1); erf 4 is 1 in float32.
  error_function: /* glsl */ `
float error_function(float x) {
  if (is_nan(x) || magnitude(x) < 1e-5) return x * 1.1283792; // 2/√π
  float t = min(magnitude(x), 4.0);
  float p = 0.12837917 + t * (0.6366194 + t * (0.10277784 + t * (-0.01915309 + t * (-0.00016035252
    + t * (0.0016669867 + t * (-0.00063281576 + t * (0.00011763564 + t * -9.255661e-6)))))));
  SplitExponent split = split_exponent(-(t + t * p));
  float power = intBitsToFloat((int(split.n) + 127) << 23);
  return with_sign(-(split.excess * power + (power - 1.0)), x);
}`,
  sigmoid: /* glsl */ `
float sigmoid(float x) { // 1/(1 + e^−x), from the side where the exponential is small
  float e = exponential(-magnitude(x));
  return (order_of(x) >= 0 || is_nan(x) ? 1.0 : e) / (1.0 + e);
}`,
} as const;
