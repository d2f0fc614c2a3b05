/**
 * The tensor: a shape, a dtype, and numbers that are computed when somebody reads them. Every method
 * names one op, checks shapes at once, and adds a node to the graph; reading is the only await. Most
 * methods stand in methods/, by kind.
 */
import { disposeSymbol } from "./dispose-symbol.js";
import type { TypedArray } from "../kernels/backend.js";
import type { DType } from "../kernels/ir.js";
import type { ConvolutionSize } from "../kernels/spec.js";
import { FreedError, NumberError, ShapeError, show } from "./errors.js";
import { Node, type Value } from "./graph.js";
import { one } from "./methods/operable.js";
import { ShapeMethods } from "./methods/shape.js";
import type { OpRecord } from "./op.js";
import { attention, attentionGradient } from "./ops/attention.js";
import { convolution, convolutionInput, convolutionWeight } from "./ops/convolution.js";
import { full } from "./ops/elementwise.js";
import { affine, matmul } from "./ops/matmul.js";
import { normalize, normalizeGradient, type Groups } from "./ops/normalize.js";
import { recurrent, recurrentGradient, type Cell } from "./ops/recurrent.js";
import { crossEntropy, crossEntropyGradient, softmaxGradient } from "./ops/softmax.js";
import { intern } from "./order.js";
import { adopt, release } from "./ownership.js";
import { copying } from "./preserve.js";
import { realize } from "./realize.js";
import { currentBackend, runtime } from "./runtime.js";
import { sizeOf, type Shape } from "./shape.js";

/** Nested lists of numbers, as deep as the tensor has axes. */
export type NestedArray = number | NestedArray[];

/** "B T C" → { B: number; T: number; C: number }. */
export type Dims<Names extends string> = Names extends `${infer Name} ${infer Rest}`
  ? { [K in Name]: number } & Dims<Rest>
  : { [K in Names]: number };

/** Longest chain of waiting ops outside an arena before it is computed. */
const DEEPEST = 2000;
/** Set while gradients are written: they may read what a closure has let go of. */
const reading = { freed: false };

export function withFreed<T>(body: () => T): T {
  const before = reading.freed;
  reading.freed = true;
  try {
    return body();
  } finally {
    reading.freed = before;
  }
}

export class Tensor extends ShapeMethods {
  // ** what it is **

  /** Sizes by name: `const { B, T, C } = x.dims("B T C")`. Throws if there are more or fewer axes than names. */
  dims<Names extends string>(names: Names, asked = "dims"): Dims<Names> {
    const list = names.split(" ");
    if (list.length !== this.shape.length)
      throw new ShapeError(
        `${asked}: expected [${list.join(", ")}] (${list.length} axes), got ${show(this.shape)}`,
      );
    return Object.fromEntries(list.map((name, axis) => [name, this.shape[axis]!])) as Dims<Names>;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  override toString(): string {
    return `Tensor ${this.dtype} ${show(this.shape)}; await .data() to read it`;
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // ** reading and freeing **

  /** A copy of the numbers, row-major: Float32Array for f32 and f16, Int32Array for i32 and bool (0 or 1). */
  async data(): Promise<Float32Array | Int32Array> {
    const raw = await this.raw();
    return raw instanceof Float64Array ? Float32Array.from(raw) : raw;
  }

  /** The numbers as nested lists; on the js backend with all their float64 digits. */
  async array(): Promise<NestedArray> {
    const flat = await this.raw();
    let at = 0;
    const nest = (axis: number): NestedArray =>
      axis === this.shape.length
        ? flat[at++]!
        : Array.from({ length: this.shape[axis]! }, () => nest(axis + 1));
    return nest(0);
  }

  /** The one number of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(
        `item: ${show(this.shape)} holds ${this.size} numbers; use data() or array()`,
      );
    return (await this.raw())[0]!;
  }

  private async raw(): Promise<TypedArray> {
    checkUsable(this, "read");
    if (this.host) return hostNumbers(this.host, currentBackend().name === "js");
    realize([this]);
    const { backend, buffer } = this.storage!;
    return backend.read(buffer);
  }

  /** Frees the memory now. Using the tensor afterwards is an error; disposing of it twice is not. */
  dispose(): void {
    release(this, "was disposed of; use it before dispose(), or before its `using` block ends");
  }
  [disposeSymbol](): void {
    this.dispose();
  }
  // ** products **

  /** [.., M, K] · [.., K, N] → [.., M, N]. Batch axes broadcast; one axis on a side counts as a row or a column. */
  matmul(other: Tensor): Tensor {
    if (this.shape.length === 1 && other.shape.length > 0)
      return this.unsqueeze(0)
        .matmul(other)
        .squeeze(other.shape.length === 1 ? 0 : -2);
    if (other.shape.length === 1) return this.matmul(other.unsqueeze(1)).squeeze(-1);
    if (this.shape.length > 2 && other.shape.length === 2) {
      const lead = this.shape.slice(0, -1); // one tall product, whose gradient is one, too
      return this.reshape([sizeOf(lead), this.shape.at(-1)!])
        .matmul(other)
        .reshape([...lead, other.shape[1]!]);
    }
    return one(matmul, [this, other]);
  }
  /** x · weightᵀ (+ bias): weight [out, in], bias [out]; x [.., in] → [.., out]. */
  affine(weight: Tensor, bias?: Tensor): Tensor {
    const lead = this.shape.slice(0, -1);
    const flat =
      this.shape.length === 2 ? this : this.reshape([sizeOf(lead), this.shape.at(-1) ?? 1]);
    return one(affine, bias ? [flat, weight, bias] : [flat, weight]).reshape([
      ...lead,
      weight.shape[0]!,
    ]);
  }

  // ** the fused parts of layers: what these compute is said in ops/; layers and losses give them their faces **

  convolution(weight: Tensor, size: ConvolutionSize, bias?: Tensor): Tensor {
    return one(convolution, bias ? [this, weight, bias] : [this, weight], { size });
  }
  convolutionInput(weight: Tensor, size: ConvolutionSize, bias?: Tensor): Tensor {
    return one(convolutionInput, bias ? [this, weight, bias] : [this, weight], { size });
  }
  convolutionWeight(output: Tensor, size: ConvolutionSize): Tensor {
    return one(convolutionWeight, [this, output], { size });
  }
  softmaxGradient(g: Tensor, log: boolean): Tensor {
    return one(softmaxGradient, [this, g], { log });
  }
  /** Loss of each row and its logsumexp. */
  crossEntropy(
    target: Tensor,
    ignoreIndex: number | null,
    smoothing: number,
  ): [loss: Tensor, logsumexp: Tensor] {
    return apply(crossEntropy, [this, target], { ignoreIndex }, [smoothing]) as [Tensor, Tensor];
  }
  crossEntropyGradient(
    target: Tensor,
    logsumexp: Tensor,
    g: Tensor,
    ignoreIndex: number | null,
    smoothing: number,
  ): Tensor {
    return one(crossEntropyGradient, [this, target, logsumexp, g], { ignoreIndex }, [smoothing]);
  }
  /** [outer, rows, inner] → normalized, mean [rows], rstd [rows]. */
  normalize(rms: boolean, eps: number): [y: Tensor, mean: Tensor, rstd: Tensor] {
    const { outer, rows, inner } = this.dims("outer rows inner", "normalize");
    return apply(normalize, [this], { outer, rows, inner, rms }, [eps]) as [Tensor, Tensor, Tensor];
  }
  normalizeGradient(rstd: Tensor, g: Tensor, groups: Groups): Tensor {
    return one(normalizeGradient, [this, rstd, g], groups);
  }
  /** This as q [B, heads, T, D] → out [B, heads, T, D], in memory [B, T, heads, D], and logsumexp [B, heads, T]. */
  attention(
    k: Tensor,
    v: Tensor,
    mask: Tensor | null,
    causal: boolean,
    scale: number,
  ): [out: Tensor, logsumexp: Tensor] {
    const inputs = mask ? [this, k, v, mask] : [this, k, v];
    const [out, logsumexp] = apply(attention, inputs, { causal }, [scale]);
    return [out!.transpose(1, 2), logsumexp!];
  }
  /** dq, dk and dv as views [B, heads, rows, D]; `packed`: parts of one tensor. */
  attentionGradient(
    rest: readonly Tensor[],
    how: { causal: boolean; packed: boolean },
    scale: number,
  ): Tensor[] {
    const made = apply(attentionGradient, [this, ...rest], how, [scale]);
    const parts = how.packed ? made[0]!.split(3, 2).map((part) => part.squeeze(2)) : made;
    return parts.map((part) => part.transpose(1, 2));
  }
  /** This as xw [B, T, gates·H]. */
  recurrent(rest: readonly Tensor[], cell: Cell): Tensor[] {
    return apply(recurrent, [this, ...rest], cell);
  }
  recurrentGradient(rest: readonly Tensor[], cell: Cell): Tensor[] {
    return apply(recurrentGradient, [this, ...rest], cell);
  }

  override apply<A extends object>(
    op: OpRecord<A>,
    inputs: readonly Tensor[],
    attributes: A,
    scalars: readonly number[] = [],
  ): Tensor[] {
    return apply(op, inputs, attributes, scalars);
  }

  /** Through layers and functions, left to right. */
  pipe(...stages: ({ forward(x: Tensor): Tensor } | ((x: Tensor) => Tensor))[]): Tensor {
    return stages.reduce<Tensor>(
      (x, stage) => (typeof stage === "function" ? stage(x) : stage.forward(x)),
      this,
    );
  }
}

/** A copy; in float32 but on js, as if the numbers had been there and back. */
const hostNumbers = (host: TypedArray, exact: boolean): TypedArray =>
  exact || !(host instanceof Float64Array) ? host.slice() : Float32Array.from(host);

// ** making nodes **

const signatures = new Map<string, number>();

/** Attributes as text; numbers keep their infinities, which JSON would lose. */
function keyOf(attributes: object): string {
  let key = "";
  for (const value of Object.values(attributes) as unknown[])
    key +=
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? `{${keyOf(value)}}`
        : `${String(value)};`;
  return key;
}

/** Of ops without attributes and scalars, found without a text. */
const plainSignatures = new Map<object, number>();

/** A number for each op with its attributes. */
function signatureOf(op: { name: string }, attributes: object, scalars: number): number {
  const key = keyOf(attributes);
  if (key || scalars) return intern(signatures, `${op.name} ${scalars} ${key}`);
  let known = plainSignatures.get(op);
  if (known === undefined) plainSignatures.set(op, (known = intern(signatures, `${op.name} 0 `)));
  return known;
}

function checkUsable(tensor: Tensor, asked: string): void {
  if (!tensor.freed || reading.freed) return;
  throw new FreedError(`${asked}: tensor ${show(tensor.shape)} ${tensor.freed}`);
}

/** Adds an op to the graph; all its outputs. */
export function apply<A extends object>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attributes: A,
  scalars: readonly number[] = [],
): Tensor[] {
  const { node, outputs } = waiting(op, inFloat32(op, inputs), attributes, scalars);
  adopt(node);
  if (!runtime.arena && node.depth > DEEPEST) realize(outputs);
  return outputs;
}

/** f16 is what numbers are kept in: but for ops that only move them, it is read as f32. */
function inFloat32(
  op: Pick<OpRecord<never>, "name" | "compute" | "takesHalves">,
  inputs: readonly Tensor[],
) {
  if (op.takesHalves || "view" in op.compute || inputs.every(({ dtype }) => dtype !== "f16"))
    return inputs;
  for (const input of inputs) checkUsable(input, op.name);
  return inputs.map((input) => (input.dtype === "f16" ? input.cast("f32") : input));
}

/** A node and its outputs, before anyone owns them. */
export function waiting<A extends object>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attributes: A,
  scalars: readonly number[] = [],
): { node: Node; outputs: Tensor[] } {
  for (const input of inputs) checkUsable(input, op.name);
  const forms = op.forms(inputs, attributes);
  const signature = signatureOf(op, attributes, scalars.length);
  const node = new Node(
    op as OpRecord<never>,
    inputs as Tensor[] as Value[],
    attributes,
    scalars,
    signature,
  );
  const outputs = forms.map(({ shape, dtype }, k) => new Tensor(shape, dtype, node, k));
  node.outputs = outputs;
  return { node, outputs };
}

export function fill(shape: Shape, value: number, dtype: DType): Tensor {
  return apply(full, [], { shape, dtype }, [value])[0]!;
}

/** Only to keep the message in one place: a number that must be finite. */
export function finite(value: number, what: string): number {
  if (Number.isFinite(value)) return value;
  throw new NumberError(`${what} is ${value}; it must be a finite number`);
}

copying.copy = (value) => withFreed(() => (value as Tensor).copy());
