/** Lists of token ids as rows of one length: what is longer is cut, and zeros stand behind what is shorter. */
import { tensor, type Tensor } from "../tensor/index.js";

/** i32 [lists, length] */
export function tokenRows(lists: readonly ArrayLike<number>[], length: number): Tensor {
  const ids = new Int32Array(lists.length * length);
  lists.forEach((list, row) => ids.set(Array.from(list).slice(0, length), row * length));
  return tensor(ids, { shape: [lists.length, length] });
}
