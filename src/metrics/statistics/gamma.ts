// The gamma and incomplete beta functions, under the distributions of distributions.ts.
// Formulas by number from Abramowitz & Stegun (1964).

/** ln Γ(x) for x > 0: Stirling's series (6.1.41) above 15, the recurrence below. */
export function lnGamma(x: number): number {
  let product = 1;
  let y = x;
  for (; y < 15; y++) product *= y;
  return (y - 0.5) * Math.log(y) - y + LN_ROOT_TWO_PI + stirling(y) - Math.log(product);
}

/** ln B(a, b); the large terms of Stirling's series are cancelled before they are computed. */
export function lnBeta(a: number, b: number): number {
  const [small, large] = a < b ? [a, b] : [b, a];
  if (large < 15) return lnGamma(small) + lnGamma(large) - lnGamma(small + large);
  const sum = small + large;
  const rest = (large - 0.5) * -Math.log1p(small / large) - small * Math.log(sum) + small;
  return lnGamma(small) + rest + stirling(large) - stirling(sum);
}

/** I_x(a, b), the cumulative beta distribution: the continued fraction 26.5.8 by Lentz's method. */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - regularizedBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnBeta(a, b)) / a;
  return front * betaFraction(x, a, b);
}

const LN_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);

function stirling(x: number): number {
  const s = 1 / (x * x);
  const tail = 1 / 1188 - s * (691 / 360360 - s / 156);
  return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * tail)))) / x;
}

const MOST_TERMS = 100_000;

function betaFraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m < MOST_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    value *= c * d;
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return value;
}
