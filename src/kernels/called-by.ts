/** Shaders carry only the functions that they call: a library is a text for each name. */
export function calledBy(text: string, library: Readonly<Record<string, string>>): string {
  const taken = new Map<string, string>();
  const take = (from: string): void => {
    for (const [, name] of from.matchAll(/\b(\w+)\(/g)) {
      const code = library[name!];
      if (code === undefined || taken.has(name!)) continue;
      taken.set(name!, ""); // a mark: its callees come before it
      take(code);
      taken.delete(name!);
      taken.set(name!, code.trim());
    }
  };
  take(text);
  return [...taken.values()].join("\n");
}
