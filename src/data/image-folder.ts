// A folder of PNG files as training data, in Node.

import { ImageDataset } from "./images.js";
import { decodePng } from "./png.js";
import type { Picture } from "./sheet.js";

type File = { path: string; label: number };

/**
 * The PNG files of a folder in the order of their names; or, where it has folders, the files of these,
 * labelled by the place of their folder among `classes`. Alpha lies on white.
 * @throws RangeError where there is none, or where they are not of one size.
 */
export async function imageFolder(
  folder: string,
  { channels }: { channels: 1 | 3 },
): Promise<ImageDataset & { classes: string[] }> {
  const { files, classes } = await filesOf(folder);
  const pictures = await Promise.all(files.map(({ path }) => read(path)));
  const [first] = pictures;
  if (!first) throw new RangeError(`There is no PNG file in ${folder}.`);
  requireOneSize(files, pictures);
  const size = channels * first.width * first.height;
  const pixels = new Uint8Array(pictures.length * size);
  pictures.forEach((picture, k) => pixels.set(planes(picture, channels), k * size));
  const labels = classes.length ? Int32Array.from(files, ({ label }) => label) : null;
  const shape = [channels, first.height, first.width] as const;
  return Object.assign(new ImageDataset(pixels, shape, labels), { classes });
}

async function filesOf(folder: string): Promise<{ files: File[]; classes: string[] }> {
  const [{ readdir }, { join }] = await Promise.all([
    import("node:fs/promises"),
    import("node:path"),
  ]);
  const namesOf = async (under: string, folders: boolean) =>
    (await readdir(under, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() === folders)
      .map(({ name }) => name)
      .sort();
  const pictures = async (under: string, label: number): Promise<File[]> =>
    (await namesOf(under, false))
      .filter((name) => /\.png$/i.test(name))
      .map((name) => ({ path: join(under, name), label }));
  const classes = await namesOf(folder, true);
  if (!classes.length) return { files: await pictures(folder, 0), classes };
  const lists = classes.map((name, label) => pictures(join(folder, name), label));
  return { files: (await Promise.all(lists)).flat(), classes };
}

async function read(path: string): Promise<Picture> {
  const { readFile } = await import("node:fs/promises");
  return decodePng(await readFile(path));
}

function requireOneSize(files: File[], pictures: Picture[]): void {
  const size = ({ width, height }: Picture) => `${width}×${height}`;
  const wanted = size(pictures[0]!);
  const odd = pictures.findIndex((picture) => size(picture) !== wanted);
  if (odd < 0) return;
  throw new RangeError(
    `${files[odd]!.path} is ${size(pictures[odd]!)}, but ${files[0]!.path} is ${wanted}; make them one size.`,
  );
}

/** Side by side → channel by channel; grey is the mean of the colours. */
function planes({ width, height, channels, data }: Picture, wanted: 1 | 3): Uint8Array {
  const area = width * height;
  const out = new Uint8Array(wanted * area);
  const colours = channels >= 3 ? 3 : 1;
  for (let k = 0; k < area; k++) {
    const alpha = channels % 2 === 0 ? data[(k + 1) * channels - 1]! / 255 : 1;
    const at = (c: number) => 255 + alpha * (data[k * channels + Math.min(c, colours - 1)]! - 255);
    if (wanted === 3) for (let c = 0; c < 3; c++) out[c * area + k] = Math.round(at(c));
    else out[k] = Math.round((at(0) + at(1) + at(2)) / 3);
  }
  return out;
}
