/** Functions of several tensors. */
import { ShapeError, show } from "./errors.js";
import type { Tensor } from "./tensor.js";
import { ones } from "./create.js";

/** One behind the other along `axis`. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!tensors.length) throw new ShapeError("concat: no tensors given");
  return tensors[0]!.concat(tensors.slice(1), axis);
}

/** Side by side along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  if (!tensors.length) throw new ShapeError("stack: no tensors given");
  const at = axis < 0 ? axis + tensors[0]!.shape.length + 1 : axis;
  return concat(
    tensors.map((tensor) => tensor.unsqueeze(at)),
    at,
  );
}

/** condition ? a : b, point by point. */
export const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor =>
  condition.where(a, b);

/**
 * Einstein's sum: `einsum("b t h d, b s h d -> b h t s", q, k)`; letters may also stand without spaces.
 * Letters missing on the right are summed over.
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const [left, right] = equation.split("->").map((side) => side.trim());
  const terms = left!.split(",").map(letters);
  if (
    right === undefined ||
    terms.length !== tensors.length ||
    terms.some((term, k) => term.length !== tensors[k]!.shape.length)
  )
    throw new ShapeError(
      `einsum: "${equation}" does not fit ${tensors.map(({ shape }) => show(shape)).join(", ") || "no tensors"}; write "a b, b c -> a c"`,
    );
  const output = letters(right);
  let result = single(terms[0]!, tensors[0]!);
  for (let k = 1; k < terms.length; k++) {
    const later = new Set([...output, ...terms.slice(k + 1).flat()]);
    result = contract(result, single(terms[k]!, tensors[k]!), later);
  }
  return arrange(sumOut(result, new Set(output)), output, equation);
}

type Named = { names: string[]; tensor: Tensor };

const letters = (side: string): string[] =>
  side.trim().includes(" ") ? side.trim().split(/\s+/) : [...side.trim()];

/** A letter that stands twice in one term takes the diagonal. */
function single(names: string[], tensor: Tensor): Named {
  const twice = names.findIndex((name, k) => names.indexOf(name) < k);
  if (twice < 0) return { names, tensor };
  const first = names.indexOf(names[twice]!);
  const same = tensor.rangeLike(first);
  const along = same.reshape(names.map((_, k) => (k === first ? -1 : 1)));
  const across = same.reshape(names.map((_, k) => (k === twice ? -1 : 1)));
  const diagonal = along.eq(across).where(tensor, 0).sum(twice);
  return single(
    names.filter((_, k) => k !== twice),
    diagonal,
  );
}

function sumOut({ names, tensor }: Named, kept: ReadonlySet<string>): Named {
  const axes = names.flatMap((name, axis) => (kept.has(name) ? [] : [axis]));
  return axes.length
    ? { names: names.filter((name) => kept.has(name)), tensor: tensor.sum(axes) }
    : { names, tensor };
}

/** Two terms as one batched matrix product: [batch, own of a, shared] · [batch, shared, own of b]. */
function contract(a: Named, b: Named, later: ReadonlySet<string>): Named {
  const left = sumOut(a, new Set([...later, ...b.names]));
  const right = sumOut(b, new Set([...later, ...a.names]));
  const both = left.names.filter((name) => right.names.includes(name));
  const batch = both.filter((name) => later.has(name));
  const shared = both.filter((name) => !later.has(name));
  const ownLeft = left.names.filter((name) => !both.includes(name));
  const ownRight = right.names.filter((name) => !both.includes(name));
  const size = (names: string[], from: Named) =>
    names.map((name) => from.tensor.shape[from.names.indexOf(name)]!);
  const total = (names: string[], from: Named) => size(names, from).reduce((x, y) => x * y, 1);
  const x = arrange(left, [...batch, ...ownLeft, ...shared]).reshape([
    ...size(batch, left),
    total(ownLeft, left),
    total(shared, left),
  ]);
  const y = arrange(right, [...batch, ...shared, ...ownRight]).reshape([
    ...size(batch, right),
    total(shared, right),
    total(ownRight, right),
  ]);
  const shape = [...size(batch, left), ...size(ownLeft, left), ...size(ownRight, right)];
  return { names: [...batch, ...ownLeft, ...ownRight], tensor: x.matmul(y).reshape(shape) };
}

function arrange({ names, tensor }: Named, order: string[], equation = ""): Tensor {
  const axes = order.map((name) => names.indexOf(name));
  const unknown = order.find((name) => !names.includes(name));
  if (unknown)
    throw new ShapeError(`einsum: "${equation}" asks for "${unknown}", which no tensor has`);
  return tensor.permute(axes);
}

/** Lower triangle of ones, as bool: [size, size], row t sees columns ≤ t. */
export function causalMask(size: number): Tensor {
  const line = ones([size]);
  return line.rangeLike(0).le(line.rangeLike(0).unsqueeze(1));
}
