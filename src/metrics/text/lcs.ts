// Longest common subsequences of token numbers: the length alone, 32 rows at a time, and the
// positions of one of them, by the rule that ROUGE-Lsum's scores hang on.

/**
 * Length of the longest common subsequence, by bits (Hyyrö 2004, "Bit-parallel LCS-length
 * computation revisited"): V' = (V + (V & M)) | (V & ~M), and the zeros of V are counted.
 * Tokens are numbers from 0 to `vocabulary` - 1.
 */
export function lcsLength(a: Int32Array, b: Int32Array, vocabulary: number): number {
  const words = Math.ceil(a.length / 32);
  const masks = new Uint32Array(vocabulary * words); // where in `a` each token stands
  for (let i = 0; i < a.length; i++) masks[a[i]! * words + (i >>> 5)]! |= 1 << (i & 31);
  const v = new Uint32Array(words).fill(0xffffffff);
  for (let j = 0; j < b.length; j++) {
    const at = b[j]! * words;
    let carry = 0;
    for (let w = 0; w < words; w++) {
      const row = v[w]!;
      const matches = (row & masks[at + w]!) >>> 0;
      const sum = row + matches + carry;
      carry = sum > 0xffffffff ? 1 : 0;
      v[w] = sum | (row & ~matches);
    }
  }
  return zeros(v, a.length);
}

function zeros(v: Uint32Array, bits: number): number {
  let count = 0;
  for (let i = 0; i < bits; i++) count += 1 - ((v[i >>> 5]! >>> (i & 31)) & 1);
  return count;
}

/**
 * Positions in `reference` of one longest common subsequence, last first. Of several, the one that
 * rouge_score's walk back finds: a step in the candidate only where that keeps strictly more.
 */
export function lcsPositions(reference: Int32Array, candidate: Int32Array): number[] {
  const width = candidate.length + 1;
  const table = new Int32Array((reference.length + 1) * width);
  for (let i = 1; i <= reference.length; i++) {
    const token = reference[i - 1];
    for (let j = 1; j < width; j++) {
      const at = i * width + j;
      table[at] =
        token === candidate[j - 1]
          ? table[at - width - 1]! + 1
          : Math.max(table[at - width]!, table[at - 1]!);
    }
  }
  const positions: number[] = [];
  let [i, j] = [reference.length, candidate.length];
  while (i > 0 && j > 0) {
    if (reference[i - 1] === candidate[j - 1]) {
      positions.push(--i);
      j--;
    } else if (table[i * width + j - 1]! > table[(i - 1) * width + j]!) j--;
    else i--;
  }
  return positions;
}
