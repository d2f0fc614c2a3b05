/**
 * Rows brought into the cache before a product needs them. A tile reads 128 bytes of two rows and then
 * jumps to the next two, which no prefetcher follows; here all lines are asked for at once.
 */
import type { FunctionHandle, ModuleBuilder } from "./emitter.js";

const cacheLine = 64;

/** Reads a number of each cache line of `rows` rows of `bytes` bytes, `stride` apart. */
export function readAhead(module: ModuleBuilder): FunctionHandle {
  const parameters = { from: "i32", stride: "i32", rows: "i32", bytes: "i32" } as const;
  return module.once("readAhead", () =>
    module.function("readAhead", parameters, [], (f, p) => {
      const [row, at, line] = [f.local("i32", "row"), f.local("i32", "at"), f.local("i32", "line")];
      f.loop(row, 0, p.rows, 1, () => {
        f.set(line, p.from);
        f.loop(at, 0, p.bytes, cacheLine, () => {
          f.load("f32.load", line).op("drop");
          f.increase(line, cacheLine);
        });
        f.increase(p.from, p.stride);
      });
    }),
  );
}
