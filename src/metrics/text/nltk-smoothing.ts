// NLTK's seven smoothing methods of BLEU (Chen & Cherry 2014, "A systematic comparison of smoothing
// techniques for sentence-level BLEU"), as NLTK 3.8 has them: precisions by order in, smoothed out.

export type NltkSmoothing = `method${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

export interface NltkBleuOptions {
  /** One weight an order; four of 0.25 by default. */
  readonly weights?: readonly number[];
  /** Default "method0": an order without a match makes the score about 1e-154 or smaller. */
  readonly smoothing?: NltkSmoothing;
  /** Matches that method1 gives an order without any. Default 0.1. */
  readonly epsilon?: number;
  /** Weight of method6's prior. Default 5. */
  readonly alpha?: number;
  /** Constant of method4 and method7. Default 5. */
  readonly k?: number;
}

/** A precision as NLTK keeps it: a fraction until smoothing makes it a plain number over 1. */
export interface Fraction {
  readonly over: number;
  readonly under: number;
}

/** What methods 5 to 7 read off a segment: its 5-gram precision and its numbers of n-grams. */
export interface LastSegment {
  readonly fiveGram: Fraction;
  readonly length: number;
}

const SMALLEST = 2.2250738585072014e-308; // sys.float_info.min, NLTK's stand-in for 0
export const value = ({ over, under }: Fraction) => over / under;
const plain = (over: number): Fraction => ({ over, under: 1 });

interface SmoothingInput extends NltkBleuOptions {
  readonly last: LastSegment;
  readonly length: number;
}

type Smoothing = (p: readonly Fraction[], about: SmoothingInput) => Fraction[];

/** NLTK's seven methods; each takes the fractions by order and gives smoothed ones. */
export const SMOOTHING: Readonly<Record<NltkSmoothing, Smoothing>> = {
  /** None: 0 becomes the smallest normal number, so that its logarithm exists. */
  method0: (p) => p.map((p) => (p.over === 0 ? plain(SMALLEST) : p)),
  /** A small count, epsilon, where there is no match. */
  method1: (p, { epsilon = 0.1 }) =>
    p.map(({ over, under }) => ({ over: over === 0 ? epsilon : over, under })),
  /** One more match and one more n-gram for every order above the first (Lin & Och 2004). */
  method2: (p) =>
    p.map(({ over, under }, i) =>
      i === 0 ? { over, under } : { over: over + 1, under: under + 1 },
    ),
  /** 1/2, 1/4 … of a match for each further order without one (NIST). */
  method3: (p) => {
    let zeros = 0;
    return p.map((p) => (p.over === 0 ? { over: 1, under: 2 ** ++zeros * p.under } : p));
  },
  /** The same, scaled by the length of the hypothesis: short ones get less. */
  method4: (p, { k = 5, length }) => {
    let zeros = 0;
    return p.map((p) => {
      if (p.over > 0 || length <= 1) return p;
      return { over: 1 / ((2 ** ++zeros * k) / Math.log(length)), under: p.under };
    });
  },
  /** The mean of the neighbouring orders' precisions. */
  method5: (p, { last }) => {
    const above = [...p.slice(1), last.fiveGram].map(value);
    let below = value(p[0]!) + 1;
    return p.map((p, i) => plain((below = (below + value(p) + above[i]!) / 3)));
  },
  /** Interpolated with a prior: precision n is to n-1 as n-1 is to n-2. */
  method6: (p, { alpha = 5, last }) => {
    const smoothed = [...p];
    for (let i = 2; i < p.length; i++) {
      const [two, one] = [value(smoothed[i - 2]!), value(smoothed[i - 1]!)];
      const prior = two === 0 ? 0 : one ** 2 / two;
      const ngrams = Math.max(0, last.length - i);
      smoothed[i] = plain((p[i]!.over + alpha * prior) / (ngrams + alpha));
    }
    return smoothed;
  },
  /** method4, then method5. */
  method7: (p, about) => SMOOTHING.method5(SMOOTHING.method4(p, about), about),
};
