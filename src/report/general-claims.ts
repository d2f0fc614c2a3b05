/** Claims about all architectures together, which no single figure decides: they are read off the tables. */
import {
  languages,
  type Claim,
  type Language,
  type Results,
  type Words,
} from "../compare/results.js";
import { leadsOf } from "./best.js";
import { wordsOf, type Lead, type ReportWords } from "./words.js";

/** Those that the run itself does not speak of. */
export function generalClaims(results: Results): Claim[] {
  const known = results.experiments.flatMap(({ figures }) =>
    figures.flatMap(({ claims }) => claims.map(({ id }) => id)),
  );
  return [noBest(results), hybrids()].filter(({ id }) => !known.includes(id));
}

const inEach = (write: (words: ReportWords, lang: Language) => string): Words => {
  const [en, ru] = languages.map((lang) => write(wordsOf(lang), lang));
  return { en: en!, ru: ru! };
};

/** Held where no architecture is best in every column of every table that it takes part in. */
function noBest(results: Results): Claim {
  const tables = results.experiments
    .map((experiment) => ({ experiment, ...leadsOf(experiment, results) }))
    .filter(({ columns, leads }) => columns > 1 && leads.length > 1);
  const shares = new Map<string, { best: number; columns: number }>();
  for (const { columns, leads } of tables) {
    for (const { contestant, best } of leads) {
      const share = shares.get(contestant.id) ?? { best: 0, columns: 0 };
      shares.set(contestant.id, {
        best: share.best + best,
        columns: share.columns + columns,
      });
    }
  }
  const measured = (words: ReportWords, lang: Language): string => {
    if (!tables.length) return words.table.notMeasured;
    const said = tables.map(({ experiment, columns, leads }) => ({
      columns,
      title: experiment.title[lang],
      leads: leads.map(({ contestant, best }): Lead => ({ name: contestant.name[lang], best })),
    }));
    return words.claims.noBest.measured(said);
  };
  return {
    id: "no-best",
    claim: inEach((words) => words.claims.noBest.claim),
    source: "Theis, van den Oord and Bethge (2016), arXiv:1511.01844",
    measured: inEach(measured),
    values: Object.fromEntries(
      tables.flatMap(({ experiment, leads }) =>
        leads.map(({ contestant, best }) => [`${experiment.id}/${contestant.id}`, best]),
      ),
    ),
    held:
      tables.length > 0
        ? [...shares.values()].every(({ best, columns }) => best < columns)
        : "not measured",
  };
}

const hybrids = (): Claim => ({
  id: "hybrids",
  claim: inEach((words) => words.claims.hybrids.claim),
  source: "Rombach et al. (2022), arXiv:2112.10752",
  measured: inEach((words) => words.claims.hybrids.measured),
  values: {},
  held: "not measured",
});
