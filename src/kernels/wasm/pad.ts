/**
 * pad: x inside a border. An axis without a border of its own is joined with the one before it, so an
 * image batch [B, C, H, W] padded in H and W is three axes deep. A unit is a row of the output: it is
 * filled with the border's number, and where it crosses x, that row of x is copied into its middle.
 */
import type { Pad } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder } from "./emitter.js";
import { kernelFunction, pushScalar, type KernelLocals, type Lowered } from "./kernel.js";
import { cutOf, eachVector } from "./row.js";

type Axis = { before: number; size: number; after: number };

const totalOf = ({ before, size, after }: Axis): number => before + size + after;

function joined({ shape, before, after }: Pad): Axis[] {
  const axes: Axis[] = [];
  shape.forEach((size, axis) => {
    const next = { before: before[axis]!, size, after: after[axis]! };
    const last = axes.pop();
    if (!last) axes.push(next);
    else if (next.before || next.after) axes.push(last, next);
    else axes.push({ before: last.before * size, size: last.size * size, after: last.after * size });
  });
  return axes.length > 0 ? axes : [{ before: 0, size: 1, after: 0 }]; // a scalar
} // prettier-ignore

/** Constants: bytes of a row before x, of x, in all; then before, size and all of each axis above the row. */
export function lowerPad(spec: Pad): Lowered[] {
  const axes = joined(spec);
  const row = axes.pop()!;
  const type = spec.dtype === "f32" ? "f32x4" : "i32x4";
  const [cut, wholeCut] = [cutOf(row.size), cutOf(totalOf(row))];
  const key = `pad ${axes.length + 1} axes ${type} ${cut} in ${wholeCut}`;
  const constants = [4 * row.before, 4 * row.size, 4 * totalOf(row)];
  for (const axis of axes) constants.push(axis.before, axis.size, totalOf(axis));
  const signature = { buffers: 2, constants: constants.length };
  const build = (module: ModuleBuilder): FunctionHandle =>
    kernelFunction(module, key.replaceAll(" ", "_"), signature, (f, k) => {
      const border = f.let("v128", "border", () => pushScalar(f, k, 0, type));
      const [unit, x, y] = [f.local("i32", "unit"), f.local("i32", "x"), f.local("i32", "y")];
      const isInside = f.local("i32", "isInside");
      f.loop(unit, k.from, k.to, 1, () => {
        f.set(y, () => f.op("i32.add", k.buffer(1), () => f.op("i32.mul", unit, k.constant(2))));
        eachVector(f, wholeCut, k.constant(2), (vector) => vector.store(y, border));
        findRow(f, k, axes.length, unit, { row: x, isInside });
        f.if(isInside, () => {
          f.set(x, () => f.op("i32.add", k.buffer(0), () => f.op("i32.mul", x, k.constant(1))));
          f.increase(y, k.constant(0));
          eachVector(f, cut, k.constant(1), (vector) => vector.store(y, vector.load(x)));
        });
      });
    });
  const rows = axes.reduce((product, axis) => product * totalOf(axis), 1);
  return [{ key, units: totalOf(row) > 0 ? rows : 0, constants, build }];
}

/** The number of the row of x that row `unit` of the output crosses, and whether it crosses one. */
function findRow(
  f: FunctionBuilder,
  k: KernelLocals,
  depth: number,
  unit: Local,
  found: { row: Local; isInside: Local },
): void {
  const rest = f.let("i32", "rest", unit);
  const stride = f.let("i32", "stride", 1); // rows of x from one step on this axis to the next
  const at = f.local("i32", "at");
  f.set(found.row, 0).set(found.isInside, 1);
  for (let axis = depth - 1; axis >= 0; axis--) {
    const [before, size, all] = [3, 4, 5].map((n) => k.constant(n + 3 * axis));
    f.set(at, () => f.op("i32.sub", () => f.op("i32.rem_u", rest, all!), before!));
    f.set(rest, () => f.op("i32.div_u", rest, all!));
    f.set(found.isInside, () => f.op("i32.and", found.isInside, () => f.op("i32.lt_u", at, size!)));
    f.increase(found.row, () => f.op("i32.mul", at, stride));
    f.set(stride, () => f.op("i32.mul", stride, size!));
  }
}
