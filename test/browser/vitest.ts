/**
 * What test files get for vitest inside a page: `describe`, `it` and the hooks write down what is to be run,
 * and the module that tests.ts makes runs it one by one. `expect` is vitest's own.
 */
import type { ExpectStatic } from "vitest";
import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

type Body = () => unknown;
type Suite = {
  name: string;
  parent: Suite | null;
  hooks: Record<"beforeAll" | "afterAll" | "beforeEach" | "afterEach", Body[]>;
};
export type Test = { name: string; suite: Suite; body: Body };

const suiteOf = (name: string, parent: Suite | null): Suite => {
  return { name, parent, hooks: { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] } };
};

let current = suiteOf("", null);
/** What follows stands in this test file. */
export const file = (name: string): void => void (current = suiteOf(name, null));

export const tests: Test[] = [];

export const expect = chai.expect as unknown as ExpectStatic;

function describeOne(name: string, body: Body): void {
  const outer = current;
  current = suiteOf(name, outer);
  body();
  current = outer;
}

function itOne(name: string, body: Body): void {
  tests.push({ name: pathOf(current, name), suite: current, body });
}

const pathOf = (suite: Suite, name: string): string =>
  suite.parent ? pathOf(suite.parent, `${suite.name} > ${name}`) : name;

/** `%s`, `%i`, `%#` and `$name` as vitest fills them in. */
function title(pattern: string, values: readonly unknown[], index: number): string {
  let next = 0;
  return pattern
    .replace(/%([sidf#])/g, (_, letter) => String(letter === "#" ? index : values[next++]))
    .replace(/\$(\w+)/g, (_, field: string) =>
      String((values[0] as Record<string, unknown>)[field]),
    );
}

type Add = (name: string, body: Body) => void;

/** `it.each(rows)("name %s", (a, b) => …)`; a row that is no array is one value. */
const eachOf =
  (add: Add) =>
  (rows: readonly unknown[]) =>
  (pattern: string, body: (...values: unknown[]) => unknown): void =>
    rows.forEach((row, index) => {
      const values: readonly unknown[] = Array.isArray(row) ? row : [row];
      add(title(pattern, values, index), () => body(...values));
    });

export const describe = Object.assign(describeOne, { each: eachOf(describeOne) });
export const it = Object.assign(itOne, { each: eachOf(itOne) });
export const beforeAll = (body: Body): void => void current.hooks.beforeAll.push(body);
export const afterAll = (body: Body): void => void current.hooks.afterAll.push(body);
export const beforeEach = (body: Body): void => void current.hooks.beforeEach.push(body);
export const afterEach = (body: Body): void => void current.hooks.afterEach.push(body);

const outwards = (suite: Suite): Suite[] => [
  suite,
  ...(suite.parent ? outwards(suite.parent) : []),
];

/** The suites that are open: their `beforeAll` ran, their `afterAll` has still to. From the outermost in. */
let open: Suite[] = [];

/** Closes what `wanted` is not in, and opens what it is. */
async function enter(wanted: readonly Suite[]): Promise<void> {
  for (const suite of [...open].reverse().filter((suite) => !wanted.includes(suite)))
    for (const hook of suite.hooks.afterAll) await hook();
  for (const suite of wanted.filter((suite) => !open.includes(suite)))
    for (const hook of suite.hooks.beforeAll) await hook();
  open = [...wanted];
}

/** Runs one test, in the order of `tests`, with the hooks that are due before it. */
export async function run({ suite, body }: Test): Promise<void> {
  const inwards = outwards(suite).reverse();
  await enter(inwards);
  for (const { hooks } of inwards) for (const hook of hooks.beforeEach) await hook();
  try {
    await body();
  } finally {
    for (const { hooks } of outwards(suite)) for (const hook of hooks.afterEach) await hook();
  }
}

/** After the last test: closes every suite. */
export const finish = (): Promise<void> => enter([]);
