// A conformance case: inputs, and what a reference implementation made of them. The format is that
// of the development vectors: `fn` names the kind of case, numbers that JSON cannot write are the
// strings "NaN", "Infinity" and "-Infinity", and `null` stands for a default or a missing value.

/** |got - want| may be at most abs + rel · |want|. */
export interface Tolerance {
  readonly abs: number;
  readonly rel: number;
}

export interface Case {
  readonly name: string;
  /** The kind of case, as "bleu.corpus". */
  readonly fn: string;
  readonly inputs: unknown;
  readonly params: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
  /** Which program made the numbers, and from which data. */
  readonly source: string;
  readonly tolerance: Tolerance;
}

/** What we compute, by the keys of `expected`: a missing key is not offered, `undefined` is undecided. */
export type Answer = Readonly<Record<string, unknown>>;

/** How a kind of case is answered. `expected` is there for its shape alone, never for its numbers. */
export type Kind = (one: Case) => Answer;

/** A kind from a function of its inputs and parameters, typed as the format promises them. */
export function kind<Inputs, Params = unknown>(
  answer: (inputs: Inputs, params: Params, expected: Case["expected"]) => Answer,
): Kind {
  return ({ inputs, params, expected }) => answer(inputs as Inputs, params as Params, expected);
}

/** A parameter as our options take it: `null` stands for the default. */
export function given<T>(value: T | null | undefined): T | undefined {
  return value ?? undefined;
}

/** The object as a case, or a sentence that says what is wrong with it. */
export function readCase(value: unknown, where: string): Case {
  const fields = isRecord(value) ? value : {};
  const missing = ["name", "fn", "inputs", "expected"].filter((name) => fields[name] === undefined);
  if (missing.length > 0 || !isRecord(fields["expected"])) {
    throw new TypeError(`${where} is no case: it lacks ${missing.join(", ") || "expected keys"}.`);
  }
  const { abs = 0, rel = 0 } = isRecord(fields["tolerance"]) ? fields["tolerance"] : {};
  return {
    name: String(fields["name"]),
    fn: String(fields["fn"]),
    inputs: fields["inputs"],
    params: fields["params"] ?? {},
    expected: fields["expected"],
    source: String(fields["source"] ?? "source not named"),
    tolerance: { abs: Number(abs), rel: Number(rel) },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
