/** Threefry-2x32-20 by counter, the same integers as on every backend: a thread an element. */
import type { Random } from "../spec.js";
import { eachElement, scalar, type Dispatch } from "./kernel.js";
import { functionsFor } from "./wgsl/functions.js";

/** Salmon et al. (2011): twenty rounds of add, rotate, xor; a key is added after every fourth. */
const threefry = /* wgsl */ `
fn threefry(counter: vec2<u32>) -> vec2<u32> {
  let turns = array<u32, 8>(13u, 15u, 26u, 6u, 17u, 29u, 16u, 24u); // table 2 of the paper
  let key = array<u32, 3>(numbers.k0, numbers.k1, 0x1bd11bdau ^ numbers.k0 ^ numbers.k1);
  var x = counter + vec2<u32>(key[0], key[1]);
  for (var round = 1u; round <= 20u; round++) {
    let turn = turns[(round - 1u) % 8u];
    x.x += x.y;
    x.y = ((x.y << turn) | (x.y >> (32u - turn))) ^ x.x;
    if (round % 4u == 0u) {
      let injection = round / 4u;
      x += vec2<u32>(key[injection % 3u], key[(injection + 1u) % 3u] + injection);
    }
  }
  return x;
}`;

/** Each from the `words` of a counter, of which `word` is the element's, the second where it is `odd`. */
const values: Record<Random["distribution"], string> = {
  bits: "bitcast<i32>(word)",
  uniform: "numbers.low + (numbers.high - numbers.low) * (f32(word >> 8u) * 0x1p-24f)",
  // Box and Muller (1958)
  normal: /* wgsl */ `numbers.low + numbers.high
    * sqrt(-2.0 * logarithm(f32((words.x >> 8u) + 1u) * 0x1p-24f))
    * wave_of_turns(f32(words.y >> 8u) * 0x1p-24f, odd)`,
  integer:
    "numbers.low + bitcast<i32>(product_high(word, bitcast<u32>(numbers.high - numbers.low)))",
};

export function lowerRandom({ count, distribution }: Random): Dispatch[] {
  const whole = distribution === "bits" || distribution === "integer";
  const type = whole ? "i32" : "f32";
  const body = /* wgsl */ `
  let words = threefry(vec2<u32>(i >> 1u, numbers.stream));
  let odd = i & 1u;
  let word = select(words.x, words.y, odd == 1u);
  y[i] = ${values[distribution]};`;
  return [
    eachElement(count, {
      buffers: { y: [type, 0] },
      numbers: {
        k0: scalar(0, "u32"),
        k1: scalar(1, "u32"),
        stream: scalar(2, "u32"),
        low: scalar(3, type),
        high: scalar(4, type),
      },
      declarations: functionsFor(body) + threefry,
      body,
    }),
  ];
}
