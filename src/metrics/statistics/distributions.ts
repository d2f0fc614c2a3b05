// The few probability distributions that intervals and tests need, in float64 to about 1e-14:
// normal, Student's t, chi-square with one degree of freedom, beta, binomial.
// Formulas by number from Abramowitz & Stegun (1964).

import { lnBeta, regularizedBeta } from "./gamma.js";

/** P(X > x) for a standard normal X, exact in the far tail, too. */
export function normalUpperTail(x: number): number {
  if (x < 0) return 1 - normalUpperTail(-x);
  if (x < 2.5) return 0.5 - normalCentre(x);
  if (x > 40) return 0;
  let fraction = x; // 26.2.14, from the last term up
  for (let k = 120; k > 0; k--) fraction = x + k / fraction;
  return density(x) / fraction;
}

/** P(X ≤ x) for a standard normal X. */
export function normalCumulative(x: number): number {
  return normalUpperTail(-x);
}

/** The x with P(X ≤ x) = p for a standard normal X; ∓Infinity at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p === 0.5) return 0;
  if (!(p > 0)) return p === 0 ? -Infinity : NaN;
  let x = Math.sqrt(-2 * Math.log(p)) * 0.9;
  for (let step = 0; step < 60; step++) {
    const error = Math.log(normalUpperTail(x) / p); // Newton on the log: concave, so it converges
    const change = (error * normalUpperTail(x)) / density(x);
    x = Math.max(x / 4, x + change);
    if (Math.abs(change) <= 4e-16 * x) break;
  }
  return -x;
}

/** P(|T| > |t|) for Student's t. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  const x = degreesOfFreedom / (degreesOfFreedom + t * t); // 26.7.1
  return regularizedBeta(x, degreesOfFreedom / 2, 0.5);
}

/** P(X > x) for chi-square with one degree of freedom. */
export function chiSquareUpperTail(x: number): number {
  return 2 * normalUpperTail(Math.sqrt(x));
}

/** The x in [0, 1] with I_x(a, b) = p: the quantile of the beta distribution. */
export function betaQuantile(p: number, a: number, b: number): number {
  if (p <= 0) return 0;
  if (p >= 1) return 1;
  let [low, high] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < 200 && high - low > Number.EPSILON * low; step++) {
    const error = regularizedBeta(x, a, b) - p;
    if (error === 0) return x;
    if (error < 0) low = x;
    else high = x;
    const slope = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - lnBeta(a, b));
    const newton = x - error / slope;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (next === x) return x;
    x = next;
  }
  return x;
}

/** P(K = k) for K successes in n trials of probability p. */
export function binomialProbability(k: number, n: number, p: number): number {
  if (p === 0 || p === 1) return k === n * p ? 1 : 0;
  const ways = -Math.log(n + 1) - lnBeta(n - k + 1, k + 1); // 6.1.21, 6.2.2
  return Math.exp(ways + k * Math.log(p) + (n - k) * Math.log1p(-p));
}

/** P(K ≤ k) for K successes in n trials of probability p. */
export function binomialCumulative(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : regularizedBeta(1 - p, n - k, k + 1); // 26.5.24
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** P(0 < X < x): 26.2.11, all terms positive. */
function normalCentre(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 3; term > sum * 1e-17; k += 2) sum += term *= (x * x) / k;
  return density(x) * sum;
}
