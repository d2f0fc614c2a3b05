/**
 * Random numbers by counter, Threefry-2x32-20 (Salmon et al., 2011; js/random.ts is the definition):
 * four counters a vector, so eight elements at a time. The words are js's, bit for bit.
 */
import type { Random } from "../spec.js";
import type { FunctionBuilder, Local, Operand } from "./emitter.js";
import { type KernelLocals, kernelFunction, type Lowered, pushScalar } from "./kernel.js";
import { log, sincosTurns } from "./math.js";
import { floats, integers } from "./vector.js";

/** Elements of a unit of work: a multiple of the eight that are made at once. */
const unitLength = 4096;
const rotations = [13, 15, 26, 6, 17, 29, 16, 24]; // table 2 of the paper
const parity = 0x1bd11bda;

export function lowerRandom({ count, distribution }: Random): Lowered[] {
  return [
    {
      key: `random ${distribution}`,
      units: Math.ceil(count / unitLength),
      constants: [count],
      build: (module) =>
        kernelFunction(module, `random_${distribution}`, { buffers: 1, constants: 1 }, (f, k) =>
          writeRandom(f, k, distribution),
        ),
    },
  ];
}

/** The last eight may go past `count`, but not past the padding of the buffer. */
function writeRandom(
  f: FunctionBuilder,
  k: KernelLocals,
  distribution: Random["distribution"],
): void {
  const keys = keyWords(f, k);
  const stream = f.let("v128", "stream", () => pushScalar(f, k, 2, "i32x4"));
  const finish = distributions[distribution](f, k);
  const element = f.let("i32", "element", () => f.scaled(k.from, unitLength));
  const end = f.let("i32", "end", () => f.scaled(k.to, unitLength));
  const count = k.constant(0);
  f.set(end, () => f.op("select", end, count, () => f.op("i32.lt_s", end, count)));
  f.loop(element, element, end, 8, () => {
    const counters = f.let("v128", "counters", () =>
      f.op("i32x4.add", () => f.op("i32x4.splat", () => f.op("i32.shr_u", element, 1)), () => f.lanes("i32x4", [0, 1, 2, 3])),
    ); // prettier-ignore
    const [even, odd] = finish(...threefry(f, keys, counters, stream));
    const to = f.let("i32", "to", () => f.address(k.buffer(0), element, 4));
    f.store("v128.store", to, () => f.shuffle([0, 4, 1, 5], even, odd));
    f.store("v128.store", to, () => f.shuffle([2, 6, 3, 7], even, odd), 16);
  });
}

type Words = [Local, Local];

function keyWords(f: FunctionBuilder, k: KernelLocals): [Local, Local, Local] {
  const { xor } = integers(f);
  const k0 = f.let("v128", "key", () => pushScalar(f, k, 0, "i32x4"));
  const k1 = f.let("v128", "key", () => pushScalar(f, k, 1, "i32x4"));
  return [k0, k1, f.let("v128", "key", xor(xor(k0, k1), parity))];
}

/** The two words of four counters. */
function threefry(
  f: FunctionBuilder,
  key: readonly [Local, Local, Local],
  counters: Local,
  stream: Local,
): Words {
  const { add, xor, or, left, rightUnsigned } = integers(f);
  const x0 = f.let("v128", "x0", add(counters, key[0]));
  const x1 = f.let("v128", "x1", add(stream, key[1]));
  for (let round = 1; round <= 20; round++) {
    const turn = rotations[(round - 1) % 8]!;
    f.set(x0, add(x0, x1));
    f.set(x1, xor(or(left(x1, turn), rightUnsigned(x1, 32 - turn)), x0));
    if (round % 4 !== 0) continue;
    const injection = round / 4;
    f.set(x0, add(x0, key[injection % 3]!));
    f.set(x1, add(x1, add(key[(injection + 1) % 3]!, injection)));
  }
  return [x0, x1];
}

type Finish = (x0: Local, x1: Local) => Words;

/** Each writes what is the same for all elements, and gives what makes even and odd elements of the words. */
const distributions: Record<
  Random["distribution"],
  (f: FunctionBuilder, k: KernelLocals) => Finish
> = {
  bits: () => (x0, x1) => [x0, x1],

  uniform: (f, k) => {
    const { madd, sub, keep } = floats(f);
    const [low, high] = range(f, k);
    const span = keep("span", sub(high, low));
    const drawn = (word: Local) => keep("uniform", madd(fraction(f, word), span, low));
    return (x0, x1) => [drawn(x0), drawn(x1)];
  },

  normal: (f, k) => {
    const { add, madd, mul, sqrt, keep } = floats(f);
    const [mean, deviation] = range(f, k);
    return (x0, x1) => {
      const u = keep("u", add(fraction(f, x0), 2 ** -24)); // (0, 1]
      const radius = keep("radius", mul(sqrt(mul(() => log(f, u), -2)), deviation));
      const [sine, cosine] = [f.local("v128", "sine"), f.local("v128", "cosine")];
      sincosTurns(f, keep("turns", fraction(f, x1)), sine, cosine);
      return [keep("even", madd(radius, cosine, mean)), keep("odd", madd(radius, sine, mean))];
    };
  },

  integer: (f, k) => {
    const { add, sub } = integers(f);
    const low = f.let("v128", "low", () => pushScalar(f, k, 3, "i32x4"));
    const span = f.let(
      "v128",
      "span",
      sub(() => pushScalar(f, k, 4, "i32x4"), low),
    );
    const drawn = (word: Local) => f.let("v128", "integer", add(low, highProduct(f, word, span)));
    return (x0, x1) => [drawn(x0), drawn(x1)];
  },
};

const range = (f: FunctionBuilder, k: KernelLocals): [Local, Local] => [
  f.let("v128", "low", () => pushScalar(f, k, 3, "f32x4")),
  f.let("v128", "high", () => pushScalar(f, k, 4, "f32x4")),
];

/** [0, 1) in steps of 2⁻²⁴. */
function fraction(f: FunctionBuilder, word: Local): Operand {
  const whole = () => f.op("f32x4.convert_i32x4_s", integers(f).rightUnsigned(word, 8));
  return floats(f).mul(whole, 2 ** -24);
}

/** The high words of the unsigned products. */
const highProduct = (f: FunctionBuilder, x: Local, y: Local): Operand => () =>
  f.shuffle([1, 3, 5, 7],
    () => f.op("i64x2.extmul_low_i32x4_u", x, y),
    () => f.op("i64x2.extmul_high_i32x4_u", x, y),
  ); // prettier-ignore
