/** PyTorch's random numbers on a CPU, after torch.manual_seed: MT19937, 24-bit uniforms, Box and Muller by blocks of 16. */

/** Matsumoto and Nishimura (1998), started by init_genrand. */
export function torchRandom(seed: number) {
  const words = new Uint32Array(624);
  words[0] = seed;
  for (let k = 1; k < 624; k++) {
    const before = words[k - 1]! ^ (words[k - 1]! >>> 30);
    words[k] = Math.imul(1812433253, before) + k;
  }
  let at = 624;
  const refill = () => {
    for (let k = 0; k < 624; k++) {
      const y = (words[k]! & 0x80000000) | (words[(k + 1) % 624]! & 0x7fffffff);
      words[k] = words[(k + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    at = 0;
  };
  const integer = (): number => {
    if (at === 624) refill();
    let y = words[at++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
  const uniform = (): number => (integer() & 0xffffff) / 2 ** 24;

  /** torch.randn for 16 numbers and more; a rest below 16 takes the last 16 anew. */
  const normal = (count: number): Float32Array => {
    const d = Float32Array.from({ length: count }, uniform);
    const box = (from: number) => {
      for (let j = from; j < from + 8; j++) {
        const radius = Math.sqrt(-2 * Math.log(1 - d[j]!));
        const angle = 2 * Math.PI * d[j + 8]!;
        d[j] = radius * Math.cos(angle);
        d[j + 8] = radius * Math.sin(angle);
      }
    };
    for (let k = 0; k + 16 <= count; k += 16) box(k);
    if (count % 16) {
      for (let k = count - 16; k < count; k++) d[k] = uniform();
      box(count - 16);
    }
    return d;
  };
  return { uniform, normal };
}
