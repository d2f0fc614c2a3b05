/**
 * exp, expm1, tanh and erf over the whole float range, to about 2 units in the last place: WGSL's own exp
 * loses up to 2|x| of them, its tanh is NaN above 44 on some devices, and it has no erf.
 * x = n·ln 2 + r, |r| ≤ ½ ln 2; eʳ − 1 is a polynomial (minimax; the wasm backend has the same). ln 2 is
 * taken off in two parts, the first so short that n times it is exact (Cody and Waite, 1980).
 */
export const exponentials = {
  // n and eʳ − 1, for x within ±2²².
  split_exponent: /* wgsl */ `
struct SplitExponent { n: f32, small: f32 }
fn split_exponent(x: f32) -> SplitExponent {
  let n = round(x * 1.4426950408889634);
  let r = fma(n, -3.194618329871446e-5, fma(n, -0.693115234375, x));
  let tail = 0.49999997 + r * (0.16666542 + r * (0.041667204 + r * (0.008366713 + r * 0.0013882478)));
  return SplitExponent(n, fma(r * r, tail, r));
}`,
  // 0 below −104, ∞ above 88.73.
  exponential: /* wgsl */ `
fn exponential(x: f32) -> f32 {
  if (is_nan(x)) { return x; }
  let split = split_exponent(clamp(x, -104.5, 89.0));
  return scaled(1.0 + split.small, i32(split.n));
}`,
  // 2ⁿ(eʳ − 1) + (2ⁿ − 1), times ½ inside so that 2¹²⁸ does not occur.
  exponential_minus_1: /* wgsl */ `
fn exponential_minus_1(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 1e-5) { return fma(x * x, 0.5, x); }
  let split = split_exponent(clamp(x, -30.0, 89.0));
  let half_power = bitcast<f32>((i32(split.n) + 126) << 23u);
  let half = fma(split.small, half_power, half_power - 0.5);
  return half + half;
}`,
  // e/(e + 2) with e = exp(2|x|) − 1; tanh 10 is 1 in float32.
  hyperbolic_tangent: /* wgsl */ `
fn hyperbolic_tangent(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 1e-4) { return x; }
  let split = split_exponent(2.0 * min(magnitude(x), 10.0));
  let power = bitcast<f32>((i32(split.n) + 127) << 23u);
  let e = fma(split.small, power, power - 1.0);
  return with_sign(e / (e + 2.0), x);
}`,
  // erf |x| = 1 − exp(−|x|·(1 + P(|x|))), as −(2ⁿ(eʳ − 1) + 2ⁿ − 1); erf 4 is 1 in float32.
  error_function: /* wgsl */ `
fn error_function(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 1e-5) { return x * 1.1283792; } // 2/√π
  let t = min(magnitude(x), 4.0);
  let p = 0.12837917 + t * (0.6366194 + t * (0.10277784 + t * (-0.01915309 + t * (-0.00016035252
    + t * (0.0016669867 + t * (-0.00063281576 + t * (0.00011763564 + t * -9.255661e-6)))))));
  let split = split_exponent(-fma(t, p, t));
  let power = bitcast<f32>((i32(split.n) + 127) << 23u);
  return with_sign(-fma(split.small, power, power - 1.0), x);
}`,
  sigmoid: /* wgsl */ `
fn sigmoid(x: f32) -> f32 { // 1/(1 + e^−x), from the side where the exponential is small
  let e = exponential(-magnitude(x));
  return select(e, 1.0, x >= 0.0 || is_nan(x)) / (1.0 + e);
}`,
} as const;
