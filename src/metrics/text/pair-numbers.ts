// Numbers for pairs of numbers, in the order in which they first come: a hash table in typed
// arrays with open addressing, which can be emptied in no time and used again.

export class PairNumbers {
  private slots = 64; // a power of two
  private first = new Int32Array(this.slots);
  private second = new Int32Array(this.slots);
  private numbers = new Int32Array(this.slots);
  /** The round in which a slot was filled; one of another round is empty. */
  private filled = new Int32Array(this.slots);
  private round = 1;
  /** How many pairs have a number. */
  size = 0;

  /** The number of a pair, a new one if it is new. */
  number(first: number, second: number): number {
    const slot = this.slot(first, second);
    if (this.filled[slot] === this.round) return this.numbers[slot]!;
    if (2 * this.size >= this.slots) return this.grow().number(first, second);
    this.fill(slot, first, second, this.size);
    return this.size++;
  }

  /** The number of a pair, or -1 if it has none. */
  find(first: number, second: number): number {
    const slot = this.slot(first, second);
    return this.filled[slot] === this.round ? this.numbers[slot]! : -1;
  }

  /** Forgets all pairs. */
  clear(): this {
    this.round++;
    this.size = 0;
    return this;
  }

  /** Where the pair stands, or the empty slot where it would. */
  private slot(first: number, second: number): number {
    const mask = this.slots - 1;
    let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let slot = hash & mask;
    while (this.filled[slot] === this.round) {
      if (this.first[slot] === first && this.second[slot] === second) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private fill(slot: number, first: number, second: number, number: number): void {
    this.filled[slot] = this.round;
    this.first[slot] = first;
    this.second[slot] = second;
    this.numbers[slot] = number;
  }

  private grow(): this {
    const { first, second, numbers, filled, round } = this;
    this.slots *= 2;
    this.first = new Int32Array(this.slots);
    this.second = new Int32Array(this.slots);
    this.numbers = new Int32Array(this.slots);
    this.filled = new Int32Array(this.slots);
    filled.forEach((of, old) => {
      if (of !== round) return;
      const slot = this.slot(first[old]!, second[old]!);
      this.fill(slot, first[old]!, second[old]!, numbers[old]!);
    });
    return this;
  }
}
