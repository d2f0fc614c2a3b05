/** A table of vectors, read by row: how whole numbers (characters, tokens, classes) enter a model. */
import { DTypeError, type Parameter, type Tensor } from "../tensor/index.js";
import { normal } from "./initial.js";
import { checkSizes } from "./sizes.js";

/** Rows of weight [count, width], which starts as N(0, deviation), by their numbers. A number outside gives NaN. */
export class Embedding {
  weight: Parameter;

  constructor(
    readonly count: number,
    readonly width: number,
    { deviation = 1 } = {},
  ) {
    checkSizes("Embedding", { count, width });
    this.weight = normal([count, width], deviation);
  }

  /** rows, i32 [..] → [.., width] */
  forward(rows: Tensor): Tensor {
    if (rows.dtype !== "i32")
      throw new DTypeError(
        `Embedding: row numbers are i32, got ${rows.dtype}; make them with { dtype: "i32" } or .cast("i32")`,
      );
    return this.weight.take(rows.reshape([-1])).reshape([...rows.shape, this.width]);
  }
}
