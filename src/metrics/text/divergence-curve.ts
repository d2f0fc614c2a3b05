// The divergence curve of two histograms and the areas that MAUVE reads off it (Pillutla et al.
// 2021, "MAUVE", section 3; Pillutla et al. 2023, "MAUVE scores for generative models", for the
// smoothed form and the frontier integral of Liu et al. 2021). Exact, once the counts are there.

export interface DivergenceOptions {
  /** Mixtures of the two histograms that the curve is drawn through. Default 25. */
  readonly curvePoints?: number;
  /** c of exp(-c KL). Default 5. */
  readonly scaling?: number;
}

/** A point: exp(-c KL(generated, mixture)), exp(-c KL(real, mixture)). */
export type CurvePoint = readonly [number, number];

export interface DivergenceParts {
  readonly mauve: number;
  /** 0 for equal histograms, 1 for disjoint ones. */
  readonly frontierIntegral: number;
  /** Both again with half a count added to every bin (Krichevsky & Trofimov). */
  readonly mauveStar: number;
  readonly frontierIntegralStar: number;
  readonly curve: readonly CurvePoint[];
}

/** MAUVE and the frontier integral of two histograms over the same bins. */
export function divergenceOf(
  counts: { readonly real: ArrayLike<number>; readonly generated: ArrayLike<number> },
  options: DivergenceOptions = {},
): DivergenceParts {
  const [p, q] = [shares(counts.real), shares(counts.generated)];
  const [pStar, qStar] = [shares(counts.real, 0.5), shares(counts.generated, 0.5)];
  const curve = divergenceCurve(p, q, options);
  return {
    mauve: areaUnder(curve),
    frontierIntegral: frontierIntegral(p, q),
    mauveStar: areaUnder(divergenceCurve(pStar, qStar, options)),
    frontierIntegralStar: frontierIntegral(pStar, qStar),
    curve,
  };
}

function shares(counts: ArrayLike<number>, added = 0): number[] {
  const smoothed = Array.from(counts, (count) => count + added);
  const total = smoothed.reduce((sum, count) => sum + count, 0);
  return smoothed.map((count) => count / total);
}

/** Eq. 1: for weights from 1e-6 to 1 - 1e-6 of p in the mixture, between the two end points. */
function divergenceCurve(
  p: readonly number[],
  q: readonly number[],
  { curvePoints = 25, scaling = 5 }: DivergenceOptions,
): CurvePoint[] {
  const [first, last] = [1e-6, 1 - 1e-6];
  const points = Array.from({ length: curvePoints }, (_, i): CurvePoint => {
    const step = (last - first) / Math.max(1, curvePoints - 1);
    const weight = i > 0 && i === curvePoints - 1 ? last : first + i * step;
    const mixture = p.map((x, bin) => weight * x + (1 - weight) * q[bin]!);
    return [
      Math.exp(-scaling * klDivergence(q, mixture)),
      Math.exp(-scaling * klDivergence(p, mixture)),
    ];
  });
  return [[1, 0], ...points, [0, 1]];
}

/** KL(p, q) in nats; the mixture q is never 0 where p is not, but for underflow. */
function klDivergence(p: readonly number[], q: readonly number[]): number {
  return p.reduce((sum, x, bin) => (x === 0 ? sum : sum + x * Math.log(x / q[bin]!)), 0);
}

/** The mean of the areas over either axis, by trapezoids. */
function areaUnder(curve: readonly CurvePoint[]): number {
  const swapped = curve.map(([x, y]): CurvePoint => [y, x]);
  return 0.5 * (trapezoids(curve) + trapezoids(swapped));
}

function trapezoids(points: readonly CurvePoint[]): number {
  // The curve falls: of two points with one x the higher comes first.
  const sorted = [...points].sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  return sorted.reduce((area, [x, y], i) => {
    const before = sorted[i - 1];
    return before ? area + ((x - before[0]) * (y + before[1])) / 2 : area;
  }, 0);
}

/** Liu et al. (2021), eq. 4 in closed form, times two so that it ends at 1. */
function frontierIntegral(p: readonly number[], q: readonly number[]): number {
  const total = p.reduce((sum, x, bin) => {
    const y = q[bin]!;
    if (x === 0 || y === 0) return sum + (x + y) / 4;
    if (Math.abs(x - y) <= 1e-8) return sum;
    const mixed = (x * y * (Math.log(x) - Math.log(y))) / (x - y);
    return sum + 0.25 * (x + y) - 0.5 * mixed;
  }, 0);
  return 2 * total;
}
