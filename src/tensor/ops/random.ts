/** Random numbers by counter (kernels/spec.ts, Random): scalars key0, key1, stream, then low and high (or mean and deviation). */
import type { Random } from "../../kernels/spec.js";
import type { OpRecord } from "../op.js";
import { sizeOf, type Shape } from "../shape.js";

export const random: OpRecord<{ shape: Shape; distribution: Random["distribution"] }> = {
  name: "random",
  forms: (_, { shape, distribution }) => [
    { shape, dtype: distribution === "bits" || distribution === "integer" ? "i32" : "f32" },
  ],
  compute: {
    kernel: (_, { shape, distribution }) => ({
      kernel: "random",
      count: sizeOf(shape),
      distribution,
    }),
  },
};
