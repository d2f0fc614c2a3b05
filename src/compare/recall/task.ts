/**
 * The task of recall: somewhere among meaningless symbols stands a key, and after the last symbol it is asked for. After
 * the recall tasks of Hochreiter and Schmidhuber (1997) and Arjovsky et al. (2016).
 */
import seedrandom from "seedrandom";

const NOISE = 8; // different symbols that mean nothing: ids 0 to 7
export const KEYS = 8; // ids 8 to 15
const QUERY = NOISE + KEYS; // asks for the key
export const VOCABULARY = QUERY + 1;
/** Symbols of a row with the query, which is the last. */
export const LENGTH = 64;

export type Rows = {
  x: Int32Array<ArrayBuffer>; // [rows, LENGTH]
  /** The key of each row, as its id. */
  y: Int32Array<ArrayBuffer>; // [rows]
  /** How many places before the query the key stands: 1 to LENGTH − 1. */
  distance: Int32Array<ArrayBuffer>; // [rows]
};

/** The same for the same seed; `distanceOf` tells where the key of a row stands, anywhere by default. */
export function rowsOf(rows: number, seed: string, distanceOf?: (row: number) => number): Rows {
  const random = seedrandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const made = {
    x: new Int32Array(rows * LENGTH),
    y: new Int32Array(rows),
    distance: new Int32Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < LENGTH; k++) made.x[row * LENGTH + k] = below(NOISE);
    const distance = 1 + below(LENGTH - 1);
    made.distance[row] = distanceOf?.(row) ?? distance;
    made.y[row] = NOISE + below(KEYS);
    made.x[(row + 1) * LENGTH - 1] = QUERY;
    made.x[(row + 1) * LENGTH - 1 - made.distance[row]!] = made.y[row]!;
  }
  return made;
}
