// The cases of a folder: every JSON file in it is a list of cases.

import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Case, readCase } from "./case.js";

/** All cases of the folder's JSON files (or of one file), in the order of their names. */
export async function readCases(where: string): Promise<Case[]> {
  const files = await jsonFiles(where);
  const lists = await Promise.all(files.map(readList));
  const cases = lists.flat();
  if (cases.length > 0) return cases;
  throw new Error(`${where} holds no cases: give a folder with JSON files, each a list of cases.`);
}

async function jsonFiles(where: string): Promise<string[]> {
  const found = await stat(where).catch(() => undefined);
  if (!found) throw new Error(`${where} does not exist: give a folder of cases.`);
  if (found.isFile()) return [where];
  const names = await readdir(where, { recursive: true });
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => path.join(where, name));
}

async function readList(file: string): Promise<Case[]> {
  const text = await readFile(file, "utf8");
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file} is no JSON: mend it, or take it out of the folder.`, { cause: error });
  }
  if (!Array.isArray(list)) throw new TypeError(`${file} is no list of cases.`);
  return list.map((one, i) => readCase(one, `Entry ${i} of ${file}`));
}
