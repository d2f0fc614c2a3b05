/**
 * concat: one phase an input, each copying its rows [outer, size·inner] into their place in the wider
 * rows of the output. Long rows go through memory.copy in chunks, short ones vector by vector.
 */
import type { Concat } from "../spec.js";
import type { FunctionHandle, ModuleBuilder } from "./emitter.js";
import { kernelFunction, type Lowered } from "./kernel.js";
import { cutOf, eachVector, type Cut } from "./row.js";

const chunkBytes = 65536;
/** From this many floats on memory.copy is the faster. */
const long = 256;

export function lowerConcat({ outer, sizes, inner }: Concat): Lowered[] {
  const rowBytes = 4 * inner * sizes.reduce((a, b) => a + b, 0);
  let start = 0;
  return sizes.map((size, input) => {
    const width = size * inner;
    const constants = [4 * width, rowBytes, start];
    const buffers = [input, sizes.length];
    start += 4 * width;
    if (width < long) return { ...shortRows(cutOf(width)), units: width ? outer : 0, buffers, constants };
    const chunks = Math.ceil((4 * width) / chunkBytes);
    return { ...longRows, units: outer * chunks, buffers, constants: [...constants, chunks] };
  });
} // prettier-ignore

type Code = Pick<Lowered, "key" | "build">;

/** A unit is a row. Constants: bytes of a row here, bytes of a row of the output, bytes before it there. */
function shortRows(cut: Cut): Code {
  const key = `concat ${cut}`;
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), { buffers: 2, constants: 3 }, (f, k) => {
      const [bytes, rowBytes, start] = [0, 1, 2].map((n) => k.constant(n));
      const row = f.local("i32", "row");
      const x = f.let("i32", "x", () =>
        f.op("i32.add", k.buffer(0), () => f.op("i32.mul", k.from, bytes!)),
      );
      const place = () => f.op("i32.add", start!, () => f.op("i32.mul", k.from, rowBytes!));
      const y = f.let("i32", "y", () => f.op("i32.add", k.buffer(1), place));
      f.loop(row, k.from, k.to, 1, () => {
        eachVector(f, cut, bytes!, (vector) => vector.store(y, vector.load(x)));
        f.increase(x, bytes!).increase(y, rowBytes!);
      });
    });
  return { key, build };
}

/** A unit is a chunk of a row; one more constant: the chunks of a row. */
const longRows: Code = {
  key: "concat long",
  build: (module) =>
    kernelFunction(module, "concat_long", { buffers: 2, constants: 4 }, (f, k) => {
      const [bytes, rowBytes, start, chunks] = [0, 1, 2, 3].map((n) => k.constant(n));
      const [unit, row] = [f.local("i32", "unit"), f.local("i32", "row")];
      const [at, length] = [f.local("i32", "at"), f.local("i32", "length")];
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(row, () => f.op("i32.div_u", unit, chunks!));
        f.set(at, () => f.scaled(() => f.op("i32.rem_u", unit, chunks!), chunkBytes));
        f.set(length, () => f.op("i32.sub", bytes!, at));
        f.if(() => f.op("i32.gt_s", length, chunkBytes), () => f.set(length, chunkBytes));
        const from = () => f.op("i32.add", at, () => f.op("i32.mul", row, bytes!));
        const to = () =>
          f.op("i32.add", () => f.op("i32.add", at, start!), () => f.op("i32.mul", row, rowBytes!));
        f.copy(() => f.op("i32.add", k.buffer(1), to), () => f.op("i32.add", k.buffer(0), from), length);
      });
    }),
}; // prettier-ignore
