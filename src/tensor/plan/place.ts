/**
 * Where the numbers of a view lie: offset and strides in the memory of a value that it is made from,
 * found from that memory upwards, as NumPy does it. (An index map goes the other way, from a loop to
 * the memory; it cannot pass a reshape that the next view would undo.)
 */
import type { Access } from "../../kernels/ir.js";
import type { Value } from "../graph.js";
import { sizeOf, stridesOf, type Shape } from "../shape.js";
import { identityMap, type IndexMap } from "./index-map.js";

/** `value`, what it is a view of, and so on down to numbers that are nobody's view; `halves`: through casts of f16, too. */
export function viewsBelow(value: Value, halves = false): Value[] {
  const chain = [value];
  for (let last = value; isView(last) || (halves && isCastOfHalves(last)); last = chain.at(-1)!)
    chain.push(last.node!.inputs[0]!);
  return chain;
}

const isView = ({ node }: Value): boolean => node !== null && "view" in node.op.compute;

/** f32 that lies in memory as f16: at the same places, so that no view of either minds. */
const isCastOfHalves = ({ node, dtype }: Value): boolean =>
  node !== null && node.op.name === "cast" && dtype === "f32" && node.inputs[0]!.dtype === "f16";

/** Offset and strides of the first of a chain of views in the memory of the last; null: no strides do it. */
export function accessOfView(values: readonly Value[]): Access | null {
  const memory = values.at(-1)!;
  const chain = values.filter((value) => value === memory || !isCastOfHalves(value));
  let { shape } = memory;
  let access: Access | null = { dtype: memory.dtype, offset: 0, strides: stridesOf(shape) };
  for (let k = chain.length - 2; k >= 0 && access; k--) {
    if (k > 0 && isReshape(chain[k]!) && isReshape(chain[k - 1]!)) continue; // only the last shape counts
    access = isReshape(chain[k]!)
      ? reshaped(access, shape, chain[k]!.shape)
      : mapped(access, shape, chain[k]!);
    shape = chain[k]!.shape;
  }
  return access;
}

const isReshape = ({ node }: Value): boolean => node!.op.name === "reshape";

function mapped(access: Access, shape: Shape, value: Value): Access | null {
  const { op, inputs, attributes } = value.node!;
  if (!("view" in op.compute)) throw new Error(`${op.name} is no view`);
  const identity = identityMap(value.shape);
  const view = op.compute.view as (...args: unknown[]) => IndexMap | null;
  const map = view(identity, inputs[0]!, attributes, value.output);
  if (!map) return null;
  let { offset } = access;
  const strides = value.shape.map(() => 0);
  shape.forEach((_, axis) => {
    offset += map.offset[axis]! * access.strides[axis]!;
    map.rows[axis]!.forEach((factor, k) => (strides[k]! += factor * access.strides[axis]!));
  });
  return { ...access, offset, strides: strides.map((s, k) => (value.shape[k] === 1 ? 0 : s)) };
}

/** The same numbers under another shape: axes are joined where they lie behind one another, and parted. */
function reshaped(access: Access, from: Shape, to: Shape): Access | null {
  if (sizeOf(from) === 0) return { ...access, strides: stridesOf(to) };
  const old = from.flatMap((size, axis) =>
    size === 1 ? [] : [{ size, stride: access.strides[axis]! }],
  );
  const strides = to.map(() => 0);
  let next = old.length - 1;
  let [size, stride] = [1, 0]; // of the old axes that are joined and not yet used up
  for (let axis = to.length - 1; axis >= 0; axis--) {
    if (to[axis] === 1) continue;
    if (size === 1) ({ size, stride } = old[next--]!);
    while (size % to[axis]! !== 0 || size < to[axis]!) {
      const outer = old[next--];
      if (!outer || outer.stride !== size * stride) return null;
      size *= outer.size;
    }
    strides[axis] = stride;
    stride *= to[axis]!;
    size /= to[axis]!;
  }
  return { ...access, strides };
}
