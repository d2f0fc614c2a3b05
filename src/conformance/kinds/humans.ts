// Cases of agreement between raters and of strengths from pairwise votes.

import {
  bradleyTerry,
  type BradleyTerryOptions,
  cohenKappa,
  cohenKappaOfTable,
  elo,
  fleissKappa,
  krippendorffAlpha,
  type Level,
  plackettLuce,
  raterAgreement,
  type Rating,
  type Tally,
} from "../../metrics/index.js";
import { given, isRecord, kind, type Kind } from "../case.js";
import { outcomeOf, type WrittenGame, type WrittenRow, homeTally } from "./votes.js";

type Label = number | string;

/** Names have an order only if somebody gives one; without, theirs in the alphabet. */
function domainOf(ratings: readonly (readonly Rating[])[], domain?: readonly Label[] | null) {
  const names = ratings.flat().filter((rating) => typeof rating === "string");
  if (domain || names.length === 0) return given(domain);
  return [...new Set(names)].sort();
}

/** Labels [rater][item], also from NLTK's records [coder, item, label] of a complete table. */
function byRater(ratings: Label[][]): Label[][] {
  const column = (at: number) => [...new Set(ratings.map((row) => row[at]!))];
  const [coders, items, labels] = [column(0), column(1), column(2)];
  const apart = new Set([...coders, ...items, ...labels]).size;
  const cells = new Map(ratings.map(([coder, item, label]) => [`${coder}\n${item}`, label!]));
  const records =
    ratings.every((row) => row.length === 3) &&
    apart === coders.length + items.length + labels.length &&
    cells.size === ratings.length &&
    ratings.length === coders.length * items.length;
  if (!records) return ratings;
  return coders.map((coder) => items.map((item) => cells.get(`${coder}\n${item}`)!));
}

/** [first, second, wins of the first, wins of the second, ties]. */
type PairRow = readonly [number, number, number, number, number?];

interface Pairs {
  readonly items: readonly Label[];
  readonly pairs: readonly PairRow[];
}

function fitted({ items, pairs }: Pairs, options: BradleyTerryOptions = {}) {
  const names = items.map((_, i) => String(i)); // places, since two items may have one name
  const tallies = pairs.map(([first, second, firstWins, secondWins, ties = 0]): Tally => ({
    first: String(first),
    second: String(second),
    firstWins,
    secondWins,
    ties,
  }));
  return bradleyTerry(tallies, { items: names, ...options });
}

function strengths(pairs: Pairs, options: BradleyTerryOptions = {}) {
  return fitted(pairs, options).parts?.items.map(({ strength }) => strength);
}

function bradleyTerryAnswer(pairs: Pairs) {
  const { value, parts } = fitted(pairs);
  const items = parts?.items;
  return {
    strength_mean_zero: items?.map(({ strength }) => strength),
    se_mean_zero: items?.map(({ standardError }) => standardError),
    se_reference_first: items?.map(({ fromReference }) => fromReference.standardError),
    probability_softmax: items?.map(({ probability }) => probability),
    elo_scale_mean_1000: items?.map((item) => item.elo),
    log_likelihood: parts?.logLikelihood,
    error_or_diverges: value === null,
  };
}

/** R's order of coefficients: the items by name without the reference, then the advantage. */
function homeAnswer(rows: readonly WrittenRow[], reference: string, asList: boolean) {
  const options = { orderEffect: true, reference };
  const { parts } = bradleyTerry(rows.map(homeTally), options);
  const others = (parts?.items ?? []).filter(({ item }) => item !== reference);
  const named = others.map(({ item, fromReference }) => [item, fromReference] as const);
  const home = parts?.orderEffect;
  const entries = [...named, ...(home ? [["at.home", home] as const] : [])];
  const of = (value: "estimate" | "standardError") => {
    const pairs = entries.map(([name, estimate]) => [name, estimate[value]] as const);
    if (asList) return pairs.map(([, x]) => x);
    const aliases = pairs.flatMap(([name, x]) =>
      name === "at.home"
        ? ["at.home", "at_home", "home", "home_advantage"].map((alias) => [alias, x] as const)
        : [name, `team${name}`, `team.${name}`].map((alias) => [alias, x] as const),
    );
    return Object.fromEntries([...aliases, [reference, 0]]);
  };
  return { coef: of("estimate"), se: of("standardError"), deviance: parts?.deviance };
}

export const humanKinds: Readonly<Record<string, Kind>> = {
  krippendorffAlpha: kind<
    { ratings: Rating[][] },
    { level?: Level | null; value_domain?: Label[] | null }
  >(({ ratings }, { level, value_domain }) => {
    const options = { level: level ?? "interval", domain: domainOf(ratings, value_domain) };
    const { value } = krippendorffAlpha(ratings, options);
    return { alpha: value, error_or_nan: value === null };
  }),
  fleissKappa: kind<{ counts: number[][] }>(({ counts }) => ({
    fleiss: fleissKappa(counts).value,
    randolph: fleissKappa(counts, { marginals: "free" }).value,
  })),
  agreementFamily: kind<{ ratings: Label[][] }>(({ ratings }) => {
    const { parts } = raterAgreement(byRater(ratings));
    return {
      avg_observed: parts?.observed,
      S: parts?.bennettS,
      pi: parts?.scottPi,
      kappa_mean_pairwise: parts?.meanCohenKappa,
      multi_kappa: parts?.daviesFleissKappa,
      alpha: parts?.krippendorffAlpha,
    };
  }),
  cohenKappa: kind<{ a: Label[]; b: Label[] }>(({ a: first, b: second }) => {
    const { parts } = cohenKappa({ first, second });
    return {
      unweighted: parts?.unweighted,
      linear: parts?.linear,
      quadratic: parts?.quadratic,
    };
  }),
  cohenKappaTable: kind<{ table: number[][] }, { confidence?: number | null }>(
    ({ table }, { confidence }) => {
      const { value, parts, ...rest } = cohenKappaOfTable(table, { level: given(confidence) });
      const interval = "interval" in rest ? rest.interval : undefined;
      return {
        kappa: value,
        low: interval?.low,
        upp: interval?.high,
        std: parts?.standardError,
        std0: parts?.standardErrorAtZero,
        z: parts?.z,
        p_two_sided: parts?.pValue,
      };
    },
  ),
  bradleyTerry: kind<Pairs>(bradleyTerryAnswer),
  bradleyTerryRegularised: kind<Pairs, { alpha: number }>((pairs, { alpha }) => ({
    ilsr_alpha: strengths(pairs, { prior: { kind: "spectral", alpha } }),
    l2_penalty_alpha: strengths(pairs, { prior: { kind: "l2", alpha } }),
    mm_dirichlet_alpha: strengths(pairs, { prior: { kind: "dirichlet", alpha } }),
  })),
  bradleyTerryHome: kind<{ rows: WrittenRow[] }, { reference: string }>(
    ({ rows }, { reference }, expected) =>
      homeAnswer(rows, reference, Array.isArray(expected["coef"])),
  ),
  plackettLuce: kind<{ n_items: number; rankings: number[][] }>(({ n_items, rankings }) => {
    const items = Array.from({ length: n_items }, (_, i) => String(i));
    const { parts } = plackettLuce(
      rankings.map((ranking) => ranking.map(String)),
      { items },
    );
    return { strength_mean_zero: parts?.items.map(({ strength }) => strength) };
  }),
  elo: kind<
    { games: WrittenGame[]; items: Label[] },
    { K: number; scale?: number; base?: number; initial?: number }
  >(({ games, items }, { K: k, scale, base, initial }, expected) => {
    const names = items.map(String);
    const votes = games.map((game) => outcomeOf(game, names));
    const options = { k, scale, base, initial, items: names };
    const ratings = elo(votes, options).parts?.ratings;
    const asRecord = isRecord(expected["ratings"]);
    return { ratings: asRecord ? ratings : names.map((name) => ratings?.[name]) };
  }),
};
