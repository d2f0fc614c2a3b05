/** What an op with a kernel of its own demands of its inputs: a kernel trusts its sizes, so a wrong one must stop here. */
import { DTypeError, ShapeError, show } from "../errors.js";
import type { Form } from "../op.js";
import { sameShape, type Shape } from "../shape.js";

/** All given `forms` are f32; the first one. */
export function floats(name: string, ...forms: (Form | undefined)[]): Form {
  for (const form of forms)
    if (form && form.dtype !== "f32")
      throw new DTypeError(
        `${name}: takes f32, got ${form.dtype}; cast it first with .cast("f32")`,
      );
  return forms[0]!;
}

/** `form`, called `what`, has exactly the shape `wanted`. */
export function fits(name: string, what: string, { shape }: Form, wanted: Shape): void {
  if (sameShape(shape, wanted)) return;
  throw new ShapeError(`${name}: ${what} is ${show(shape)}; these sizes want ${show(wanted)}`);
}

/** `form` has `count` axes. */
export function ranked(name: string, what: string, { shape }: Form, count: number): void {
  if (shape.length === count) return;
  throw new ShapeError(`${name}: ${what} is ${show(shape)}; ${count} axes are wanted`);
}
