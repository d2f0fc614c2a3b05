/**
 * log and log1p to about 1 unit in the last place (GLSL promises less). |x| = 2ᵉ·m, √½ ≤ m < √2, and
 * log m = 2 artanh s with s = (m − 1)/(m + 1), whose series in s² converges fast (coefficients: minimax; the
 * wasm and webgpu backends have the same).
 */
export const logarithms = {
  // log(2ᵉ·(1 + f)), √½ ≤ 1 + f < √2.
  logarithm_of_parts: /* glsl */ `
float logarithm_of_parts(float e, float f) {
  float s = f / (f + 2.0);
  float s2 = s * s;
  float half_square = 0.5 * f * f;
  float tail = half_square + s2 * (0.6666666 + s2 * (0.40000334 + s2 * (0.28537348 + s2 * 0.23581468)));
  float left = half_square - (s * tail + e * 3.194618329871446e-5);
  return e * 0.693115234375 + (f - left);
}`,
  // NaN below 0, −∞ at 0.
  logarithm: /* glsl */ `
float logarithm(float x) {
  int order = order_of(x);
  if (order == 0) return -infinity();
  if (is_nan(x) || order >= 0x7f800000) return x;
  if (order < 0) return not_a_number();
  Parts parts = parts_of(x);
  return logarithm_of_parts(float(parts.e), parts.fraction);
}`,
  // Near 0 the fraction is x itself; elsewhere 1 + x loses nothing that shows.
  logarithm_of_1_plus: /* glsl */ `
float logarithm_of_1_plus(float x) {
  if (is_nan(x) || magnitude(x) < 5.9604644775390625e-8) return x;
  if (x > -0.29 && x < 0.41) return logarithm_of_parts(0.0, x);
  return logarithm(1.0 + x);
}`,
} as const;
