// Edit distance with traces, for TER: only a band around the diagonal is looked at, and among equal
// costs a match or substitution comes first, then dropping a hypothesis word, then adding a
// reference word. Both decide which shifts TER tries, so both are as in sacreBLEU.

const BEAM = 25;
const UNREACHED = 1 << 29;

/** What turns the hypothesis into the reference at one step. */
export const KEEP = 0;
export const SUBSTITUTE = 1;
/** A word of the hypothesis goes. */
export const DROP = 2;
/** A word of the reference is put in. */
export const ADD = 3;

/** Distances of hypotheses of one length to one reference, in token numbers. */
export class BeamDistance {
  readonly #width: number;
  readonly #costs: Int32Array; // [n + 1, width], of the hypothesis last traced
  readonly #steps: Uint8Array;
  readonly #rows: readonly [Int32Array, Int32Array];
  readonly #reference: Int32Array;
  readonly #length: number;

  constructor(reference: Int32Array, length: number) {
    this.#reference = reference;
    this.#length = length;
    this.#width = reference.length + 1;
    this.#costs = new Int32Array((length + 1) * this.#width);
    this.#steps = new Uint8Array(this.#costs.length);
    this.#rows = [new Int32Array(this.#width), new Int32Array(this.#width)];
    for (let j = 0; j < this.#width; j++) {
      this.#costs[j] = j;
      this.#steps[j] = ADD;
    }
  }

  /** Distance and the steps from start to end; `distance` below starts from this table. */
  trace(hypothesis: Int32Array): { distance: number; steps: number[] } {
    const [width, costs] = [this.#width, this.#costs];
    costs.fill(UNREACHED, width);
    for (let i = 1; i <= this.#length; i++) {
      const above = costs.subarray((i - 1) * width, i * width);
      const row = costs.subarray(i * width, (i + 1) * width);
      const steps = this.#steps.subarray(i * width, (i + 1) * width);
      this.#fill(hypothesis[i - 1]!, i, above, row, steps);
    }
    return { distance: costs[costs.length - 1]!, steps: this.#walkBack() };
  }

  /** Distance of a hypothesis that agrees with the one last traced in its first `same` words. */
  distance(hypothesis: Int32Array, same: number): number {
    const width = this.#width;
    let above: Int32Array = this.#costs.subarray(same * width, (same + 1) * width);
    for (let i = same + 1; i <= this.#length; i++) {
      const row = this.#rows[i & 1]!;
      row.fill(UNREACHED);
      this.#fill(hypothesis[i - 1]!, i, above, row);
      above = row;
    }
    return above[width - 1]!;
  }

  /** One row of the table, inside the band. */
  #fill(word: number, i: number, above: Int32Array, row: Int32Array, steps?: Uint8Array) {
    const [first, end] = this.#band(i);
    for (let j = first; j < end; j++) {
      if (j === 0) {
        row[0] = above[0]! + 1;
        if (steps) steps[0] = DROP;
        continue;
      }
      const same = word === this.#reference[j - 1];
      let cost = above[j - 1]! + (same ? 0 : 1);
      let step = same ? KEEP : SUBSTITUTE;
      if (above[j]! + 1 < cost) [cost, step] = [above[j]! + 1, DROP];
      if (row[j - 1]! + 1 < cost) [cost, step] = [row[j - 1]! + 1, ADD];
      row[j] = Math.min(cost, UNREACHED);
      if (steps) steps[j] = step;
    }
  }

  /** Columns of row i that are looked at: 25 either side of the diagonal, more if it is steep. */
  #band(i: number): readonly [number, number] {
    const ratio = this.#reference.length / this.#length;
    const beam = BEAM < ratio / 2 ? Math.ceil(ratio / 2 + BEAM) : BEAM;
    const diagonal = Math.floor(i * ratio);
    const end = i === this.#length ? this.#width : Math.min(this.#width, diagonal + beam);
    return [Math.max(0, diagonal - beam), end];
  }

  #walkBack(): number[] {
    const steps: number[] = [];
    let [i, j] = [this.#length, this.#width - 1];
    while (i > 0 || j > 0) {
      const step = this.#steps[i * this.#width + j]!;
      steps.push(step);
      if (step !== ADD) i--;
      if (step !== DROP) j--;
    }
    return steps.reverse();
  }
}
