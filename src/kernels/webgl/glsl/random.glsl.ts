/**
 * Threefry-2x32-20 (Salmon et al., 2011) in 32-bit integers, the same words as on every backend, and what
 * is made of a word. `i` is the element: word i mod 2 of the block for counter (⌊i/2⌋, stream).
 */
export const random = {
  threefry: /* glsl */ `
uvec2 threefry(int i, int k0, int k1, int stream) {
  uint turns[8] = uint[8](13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u); // table 2 of the paper
  uint key[3] = uint[3](uint(k0), uint(k1), 0x1bd11bdau ^ uint(k0) ^ uint(k1));
  uvec2 x = uvec2(uint(i) >> 1u, uint(stream)) + uvec2(key[0], key[1]);
  for (uint round = 1u; round <= 20u; round++) {
    uint turn = turns[(round - 1u) % 8u];
    x.x += x.y;
    x.y = ((x.y << turn) | (x.y >> (32u - turn))) ^ x.x;
    if (round % 4u == 0u) {
      uint injection = round / 4u;
      x += uvec2(key[injection % 3u], key[(injection + 1u) % 3u] + injection);
    }
  }
  return x;
}`,
  random_word: /* glsl */ `
uint random_word(int i, int k0, int k1, int stream) {
  uvec2 words = threefry(i, k0, k1, stream);
  return (i & 1) == 1 ? words.y : words.x;
}`,
  random_bits: /* glsl */ `
vec2 random_bits(int i, int k0, int k1, int stream) { return pair(int(random_word(i, k0, k1, stream))); }`,
  // In [0, 1), in steps of 2⁻²⁴.
  random_fraction: /* glsl */ `
float random_fraction(int i, int k0, int k1, int stream) {
  return float(random_word(i, k0, k1, stream) >> 8u) * 5.9604644775390625e-8;
}`,
  // Box and Muller (1958)
  random_normal: /* glsl */ `
float random_normal(int i, int k0, int k1, int stream) {
  uvec2 words = threefry(i, k0, k1, stream);
  float radius = sqrt(-2.0 * logarithm(float((words.x >> 8u) + 1u) * 5.9604644775390625e-8));
  return radius * wave_of_turns(float(words.y >> 8u) * 5.9604644775390625e-8, uint(i & 1));
}`,
  random_below: /* glsl */ `
vec2 random_below(int i, int k0, int k1, int stream, int low, int high) {
  return pair(low + int(product_high(random_word(i, k0, k1, stream), uint(high) - uint(low))));
}`,
} as const;
