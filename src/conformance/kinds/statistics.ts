// Cases of significance: paired tests of systems and of scores, intervals of shares, bootstraps.

import {
  approximateRandomization,
  binomialTest,
  Bleu,
  bootstrap,
  Chrf,
  type ItemStatistics,
  mcnemar,
  type McNemarTable,
  meanStatistics,
  pairedBootstrap,
  type PairedScores,
  pairedTTest,
  proportionInterval,
  type ProportionMethod,
  type TokenizerName,
  wilcoxonTest,
} from "../../metrics/index.js";
import { given, isRecord, kind, type Kind } from "../case.js";

interface TwoSystems {
  readonly baseline: readonly string[];
  readonly system: readonly string[];
  readonly references: readonly (readonly (string | null)[])[];
}

interface MetricParams {
  readonly metric: "bleu" | "chrf";
  readonly tokenize?: TokenizerName | null;
}

/** Both systems' statistics, segment by segment. */
function pairOf({ baseline, system, references }: TwoSystems, params: MetricParams) {
  const statistics = (hypotheses: readonly string[]): ItemStatistics => {
    const all =
      params.metric === "chrf" ? new Chrf() : new Bleu({ tokenize: given(params.tokenize) });
    hypotheses.forEach((hypothesis, i) =>
      all.add({ hypothesis, references: references.map((stream) => stream[i] ?? null) }),
    );
    return all.statistics();
  };
  return { baseline: statistics(baseline), system: statistics(system) };
}

/** The bounds as the case writes them: [low, high], or a record. */
function bounds(
  { n: trials, wins: successes }: { n: number; wins: number },
  level: number | undefined,
  expected: Readonly<Record<string, unknown>>,
) {
  const of = (key: string, method: ProportionMethod) => {
    const { low, high } = proportionInterval({ successes, trials }, { method, level });
    return [key, isRecord(expected[key]) ? { low, high, upp: high } : [low, high]] as const;
  };
  return Object.fromEntries([
    of("wilson", "wilson"),
    of("clopper_pearson", "clopper-pearson"),
    of("agresti_coull", "agresti-coull"),
    of("jeffreys", "jeffreys"),
    of("wald", "wald"),
  ]);
}

/** SciPy divides by a spread of 0: infinite, or NaN where the mean is 0 too. */
function tAnswer(scores: PairedScores) {
  const { value, parts } = pairedTTest(scores);
  const difference = (scores.system[0] ?? NaN) - (scores.baseline[0] ?? NaN);
  if (value !== null || scores.system.length < 2 || difference === 0) {
    return { t: value, t_p: parts?.pValue };
  }
  return { t: difference > 0 ? Infinity : -Infinity, t_p: 0 };
}

export const statisticsKinds: Readonly<Record<string, Kind>> = {
  pairedBootstrap: kind<TwoSystems & { indices: number[][] }, MetricParams>((inputs, params) => {
    const { parts } = pairedBootstrap(pairOf(inputs, params), { indices: inputs.indices });
    return {
      baseline_score: parts?.baseline.score,
      baseline_mean: parts?.baseline.mean,
      baseline_ci: parts?.baseline.halfWidth,
      system_score: parts?.system.score,
      system_mean: parts?.system.mean,
      system_ci: parts?.system.halfWidth,
      p_value: parts?.pValue,
    };
  }),
  approximateRandomization: kind<TwoSystems & { swap: (number | boolean)[][] }, MetricParams>(
    (inputs, params) => {
      const { parts } = approximateRandomization(pairOf(inputs, params), { swap: inputs.swap });
      return {
        baseline_score: parts?.baseline.score,
        system_score: parts?.system.score,
        p_value: parts?.pValue,
      };
    },
  ),
  proportionInterval: kind<{ n: number; wins: number }, { confidence?: number | null }>(
    (inputs, { confidence }, expected) => bounds(inputs, given(confidence), expected),
  ),
  binomialTest: kind<{ n: number; wins: number }, { p?: number | null }>(
    ({ n: trials, wins: successes }, { p }) => {
      const { less, greater, twoSided } = binomialTest({ successes, trials }, given(p));
      return { less, greater, two_sided: twoSided };
    },
  ),
  mcnemar: kind<{ table: McNemarTable }>(({ table }) => {
    const { value, parts } = mcnemar(table);
    return {
      chi2: value,
      chi2_p: parts?.pValue,
      // Of equal columns statsmodels still takes the correction: (|0| - 1)² / 0.
      chi2_corrected: parts ? parts.corrected.chiSquare : Infinity,
      chi2_corrected_p: parts ? parts.corrected.pValue : 0,
      exact_p: parts ? parts.exactPValue : 1, // two equal columns are as likely as can be
    };
  }),
  pairedTests: kind<{ x: number[]; y: number[] }>(({ x: system, y: baseline }) => {
    const ranks = wilcoxonTest({ baseline, system });
    return {
      ...tAnswer({ baseline, system }),
      wilcoxon_w: ranks.value,
      wilcoxon_p_normal_approx: ranks.parts?.pValue,
    };
  }),
  bootstrapPercentile: kind<{ indices: number[][]; x: number[] }, { confidence?: number | null }>(
    ({ indices, x }, { confidence }) => {
      const result = bootstrap(meanStatistics(x), { indices, level: given(confidence) });
      const interval = "interval" in result ? result.interval : undefined;
      return {
        low: interval?.low,
        high: interval?.high,
        median: result.parts?.median,
        se: result.parts?.standardError,
      };
    },
  ),
  bootstrapBCa: kind<{ indices: number[][]; x: number[] }, { confidence?: number | null }>(
    ({ indices, x }, { confidence }) => {
      const options = { indices, level: given(confidence), method: "bca" } as const;
      const result = bootstrap(meanStatistics(x), options);
      const interval = "interval" in result ? result.interval : undefined;
      return {
        low: interval?.low,
        high: interval?.high,
        z0: result.parts?.bias,
        acceleration: result.parts?.acceleration,
      };
    },
  ),
};
