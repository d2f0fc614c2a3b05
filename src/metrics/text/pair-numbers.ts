// Numbers for pairs of numbers, in the order in which they first come: a hash table in a typed
// array with open addressing, which can be emptied in no time and used again.

/** A slot of the table: both numbers of a pair, its own number, and the round in which it came. */
const SLOT = 4;

export class PairNumbers {
  #slots = new Int32Array(64 * SLOT); // as many as a power of two
  /** A slot that was filled in another round is empty. */
  #round = 1;
  /** How many pairs have a number. */
  size = 0;

  /** The number of a pair, a new one if it is new. */
  number(first: number, second: number): number {
    const at = this.#find(first, second);
    if (this.#slots[at + 3] === this.#round) return this.#slots[at + 2]!;
    if (2 * SLOT * this.size >= this.#slots.length) return this.#grow().number(first, second);
    this.#fill(at, first, second, this.size);
    return this.size++;
  }

  /** The number of a pair, or -1 if it has none. */
  find(first: number, second: number): number {
    const at = this.#find(first, second);
    return this.#slots[at + 3] === this.#round ? this.#slots[at + 2]! : -1;
  }

  /** Forgets all pairs. */
  clear(): this {
    this.#round++;
    this.size = 0;
    return this;
  }

  /** Where the pair stands, or the empty slot where it would. */
  #find(first: number, second: number): number {
    const slots = this.#slots;
    const mask = slots.length - SLOT;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let at = Math.imul(hash, SLOT) & mask;
    while (slots[at + 3] === this.#round) {
      if (slots[at] === first && slots[at + 1] === second) break;
      at = (at + SLOT) & mask;
    }
    return at;
  }

  #fill(at: number, first: number, second: number, number: number): void {
    this.#slots[at] = first;
    this.#slots[at + 1] = second;
    this.#slots[at + 2] = number;
    this.#slots[at + 3] = this.#round;
  }

  #grow(): this {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 3] !== this.#round) continue;
      const [first, second] = [old[at]!, old[at + 1]!];
      this.#fill(this.#find(first, second), first, second, old[at + 2]!);
    }
    return this;
  }
}
