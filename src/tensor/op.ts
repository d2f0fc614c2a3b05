/**
 * What an op is: one record of shape rule, computation and gradient. The record never makes a
 * tensor itself: its gradient is written with the methods of the tensors that it is handed, so this
 * floor has no circle, and a gradient can be differentiated again.
 */
import type { Access, Binary, Computed, DType, Reduction, Unary } from "../kernels/ir.js";
import type { Kernel } from "../kernels/spec.js";
import type { IndexMap } from "./plan/index-map.js";
import type { Shape } from "./shape.js";
import type { Tensor } from "./tensor.js";

/** Shape and dtype of one tensor: all that a shape rule sees. */
export type Form = { readonly shape: Shape; readonly dtype: DType };

/** Writes the lines of an expression (kernels/ir.ts); a line is named by a number. */
export interface Expression {
  constant(value: number, dtype?: Computed): number;
  scalar(index: number, dtype?: Computed): number;
  index(axis: number): number;
  unary(op: Unary, x: number): number;
  binary(op: Binary, a: number, b: number): number;
  select(condition: number, a: number, b: number): number;
  cast(x: number, dtype: Computed): number;
}

/** What a gradient is written from. `g[k]` is null for an output that had no part in the loss. */
export type Backward<A> = {
  g: readonly (Tensor | null)[];
  inputs: readonly Tensor[];
  outputs: readonly Tensor[];
  attributes: A;
  scalars: readonly number[];
  /** Gradients of Σ f(inputs)·g with respect to `inputs`: how a fused op is differentiated through its plain definition. */
  through(
    f: (...inputs: Tensor[]) => (Tensor | null)[],
    inputs: readonly Tensor[],
    g: readonly (Tensor | null)[],
  ): (Tensor | null)[];
};

/** How a kernel's input lies in its buffer, whose dtype is the access's; `contiguous`: at offset 0 and without gaps. */
export type Layout = { shape: Shape; dtype: DType; access: Access; contiguous: boolean };

/** Ways to compute; each op has one. */
export type Computation<A> =
  /** One value a point, from one value of each (broadcast) input. */
  | { map(e: Expression, args: number[], attributes: A, output: Form): number }
  /** The same numbers at other places: where, for a place in output k, the input is read. null: no affine way. */
  | { view(map: IndexMap, input: Form, attributes: A, output: number): IndexMap | null }
  /** Reduces `attributes.axes`; the output keeps the others. */
  | { reduce(attributes: A): { op: Reduction; axes: readonly number[] } }
  /**
   * A kernel of kernels/spec.ts. `strided[k]`: input k may have any layout for which this says true;
   * the rest are copied together first. `halves`: inputs that it reads as f16 where they are a cast of that.
   * `inPlace`: it has no outputs and writes its inputs.
   */
  | {
      kernel(inputs: readonly Layout[], attributes: A): Kernel;
      strided?(input: number, layout: Layout, attributes: A): boolean;
      halves?: readonly number[];
      inPlace?: true;
    };

/** `A`: the op's attributes, part of the plan's identity. Numbers that change from run to run are scalars instead. */
export type OpRecord<A> = {
  name: string;
  /** Shapes and dtypes of the outputs, or a ShapeError/DTypeError. Called when the op is, so that the trace shows the user's line. */
  forms(inputs: readonly Form[], attributes: A): Form[];
  compute: Computation<A>;
  /** It moves or casts numbers, and takes f16 as it is; every other op but views gets an f32 cast of it. */
  takesHalves?: true;
  /** Gradients of the inputs; null where there is none (integers, constants). Absent: the op ends all gradients. */
  gradient?(backward: Backward<A>): (Tensor | null)[];
};

/** An op whose attributes' type is forgotten, as the graph holds it. */
export type Op = OpRecord<never>;
