/** The errors that users read. Each message says what was asked, what came, and what to do. */

/** An op's own calls take nine of the ten lines that Node traces, a layer's follow: 30 reach the user's. */
class Traced extends Error {
  constructor(message: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 30;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** A shape, an axis or a size that does not fit. */
export class ShapeError extends Traced {
  override readonly name = "ShapeError";
}

/** A dtype that the operation does not take. */
export class DTypeError extends Traced {
  override readonly name = "DTypeError";
}

/** A tensor that was used after it was freed. */
export class FreedError extends Traced {
  override readonly name = "FreedError";
}

/** No backend opened, or tensors of two backends met. */
export class BackendError extends Traced {
  override readonly name = "BackendError";
}

/** A number that must not be: a NaN loss, a non-finite learning rate, an option out of range. */
export class NumberError extends Traced {
  override readonly name = "NumberError";
}

/** Parameters and names that do not match: in load, in backprop, in an optimizer. */
export class ParameterError extends Traced {
  override readonly name = "ParameterError";
}

/** [2, 3] as users read it. */
export const show = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
