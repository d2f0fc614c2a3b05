/**
 * Whether this gpu.js computes what it is asked: versions differ in what they make of integers, constants
 * and textures that are not theirs, and none says so. One small function with all of these is run when the
 * backend opens.
 */
import { draw, known } from "./kernel.js";
import type { Readback } from "./readback.js";
import type { Shaders } from "./shaders.js";
import type { Textures } from "./textures.js";

type Device = { textures: Textures; shaders: Shaders; readback: Readback };

const elements = 3;

const probe = draw({
  output: 1,
  elements,
  buffers: { x: 0 },
  numbers: { most: known(2) },
  body: [
    "let sum = 0;",
    `for (let k = 0; k < ${elements}; k++) {`,
    "const value = whole(x[k]);",
    "if (k < most) {",
    "sum += value * 0.5;",
    "}",
    "}",
    "const half = divided(this.thread.x, 2);",
    "return quotient(sum, real(4)) + half;",
  ],
});

/** (1,000,000 − 3)·0.5/4, and 1 more for the last element: exact in float32. */
const wanted = [124_999.625, 124_999.625, 125_000.625];

/** Throws where the answer is another one. */
export function mustCompute({ textures, shaders, readback }: Device): void {
  const x = textures.take("i32", elements);
  const outputs = [0, 1].map(() => textures.take("f32", elements)); // a draw goes where it is told
  textures.write(x, Int32Array.of(1_000_000, -3, 5));
  for (const y of outputs) {
    shaders.run(probe, [{ memory: x, dtype: "i32" }], [2], y, "a probe");
    const got = readback.now(y, "f32", elements);
    if (!wanted.every((value, k) => value === got[k]))
      throw new Error(
        `This gpu.js computes ${got.join(", ")} where ${wanted.join(", ")} is right: npm install gpu.js@2.24.1 brings one that is known to work`,
      );
  }
  [x, ...outputs].forEach((memory) => textures.give(memory));
}
