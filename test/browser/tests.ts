/** Test files, run one test at a time in a browser and told to vitest as if they were here. */
import { afterAll, describe, it } from "vitest";
import { openPage, type Entry, type Where } from "./page.js";

/** A module that names its tests without an argument, runs the one that it is asked for, and after the last cleans up. */
export function testsOf(files: readonly string[]): Entry {
  const loads = files.map((file) => `file(${JSON.stringify(file)}); await import("./${file}");`);
  const text = `
    import { file, finish, run, tests } from "./test/browser/vitest.ts";
    ${loads.join("\n")}
    export default (asked) =>
      asked === null ? tests.map(({ name }) => name) : asked < tests.length ? run(tests[asked]) : finish();
  `;
  return { name: files.join("+"), text };
}

/** Fails, and skips nothing, where the browser has no adapter. */
export async function inBrowser(where: Where, files: readonly string[]): Promise<void> {
  const page = await openPage({ webgpu: true });
  const adapter = await page.run("test/browser/adapter.ts", null, where);
  if (adapter === null)
    throw new Error(
      `This browser has no WebGPU adapter in its ${where}: set CHROME to one that has`,
    );
  console.log(`WebGPU in a ${where}: ${JSON.stringify(adapter)}`);
  for (const file of files) {
    const entry = testsOf([file]);
    const names = (await page.run(entry, null, where)) as string[];
    describe(`${where}: ${file}`, () => {
      names.forEach((name, k) => it(name, () => page.run(entry, k, where)));
      afterAll(() => page.run(entry, names.length, where));
    });
  }
  afterAll(() => page.close());
}
