/**
 * log and log1p to about 1 unit in the last place (WGSL's own log is off by 2⁻²¹ around 1). |x| = 2ᵉ·m,
 * √½ ≤ m < √2, and log m = 2 artanh s with s = (m − 1)/(m + 1), whose series in s² converges fast
 * (coefficients: minimax; the wasm backend has the same).
 */
export const logarithms = {
  // log(2ᵉ·(1 + f)), √½ ≤ 1 + f < √2.
  logarithm_of_parts: /* wgsl */ `
fn logarithm_of_parts(e: f32, f: f32) -> f32 {
  let s = f / (f + 2.0);
  let s2 = s * s;
  let half = 0.5 * f * f;
  let tail = half + s2 * (0.6666666 + s2 * (0.40000334 + s2 * (0.28537348 + s2 * 0.23581468)));
  let rest = half - fma(s, tail, e * 3.194618329871446e-5);
  return fma(e, 0.693115234375, f - rest);
}`,
  // NaN below 0, −∞ at 0.
  logarithm: /* wgsl */ `
fn logarithm(x: f32) -> f32 {
  let order = order_of(x);
  if (order == 0) { return -infinity(); }
  if (is_nan(x) || order >= 0x7f800000) { return x; }
  if (order < 0) { return not_a_number(); }
  let parts = parts_of(x);
  return logarithm_of_parts(f32(parts.e), parts.fraction);
}`,
  // Near 0 the fraction is x itself; elsewhere 1 + x loses nothing that shows.
  logarithm_of_1_plus: /* wgsl */ `
fn logarithm_of_1_plus(x: f32) -> f32 {
  if (is_nan(x) || magnitude(x) < 0x1p-24f) { return x; }
  if (x > -0.29 && x < 0.41) { return logarithm_of_parts(0.0, x); }
  return logarithm(1.0 + x);
}`,
} as const;
