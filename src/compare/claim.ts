/** A claim and what the run measured of it: held or not, or not measured where a number is missing. */
import type { Claim, Words } from "./results.js";
import { words } from "./words.js";

export type ClaimQuestion<Name extends string> = {
  id: string;
  claim: Words;
  source: string;
  /** What it is decided by; a number that is missing was not measured in this run. */
  values: Record<Name, number | null | undefined>;
  held(values: Record<Name, number>): boolean;
  measured(values: Record<Name, number>): Words;
};

const MISSING = words(
  "A contestant that this is about did not take part in this run.",
  "Участник, о котором идёт речь, в этом запуске не участвовал.",
);

export function claimOf<Name extends string>(question: ClaimQuestion<Name>): Claim {
  const { id, claim, source, values, held, measured } = question;
  const known = Object.fromEntries(
    Object.entries<number | null | undefined>(values).filter(([, value]) => isKnown(value)),
  ) as Record<Name, number>;
  if (!Object.values<number | null | undefined>(values).every(isKnown))
    return { id, claim, source, values: known, measured: MISSING, held: "not measured" };
  return { id, claim, source, values: known, measured: measured(known), held: held(known) };
}

const isKnown = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);
