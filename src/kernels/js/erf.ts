/**
 * The error function to double precision, erf x = 2/√π ∫₀ˣ e^(−t²) dt, by two formulas of Abramowitz
 * and Stegun, Handbook of Mathematical Functions (1964), chapter 7. JavaScript has none of its own.
 */

/** 7.1.6: erf x = 2/√π · e^(−x²) · Σₙ 2ⁿ x²ⁿ⁺¹ / (1·3·…·(2n+1)): no term is negative, nothing cancels. */
function bySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** 7.1.14: √π·e^(x²)·erfc x = 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), from the inside out; for x ≥ 2. */
function complementByFraction(x: number): number {
  let tail = x;
  for (let n = 60; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * tail);
}

export function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= 6) return Math.sign(x); // 1 − erf 6 is 2e-17, below half a unit in the last place
  if (size >= 2) return Math.sign(x) * (1 - complementByFraction(size));
  return bySeries(x);
}
