/** WGSL in a window of a real browser: the test files that Node runs, run there. */
import { inBrowser } from "./tests.js";

await inBrowser("window", [
  "test/webgpu/backend.test.ts",
  "test/webgpu/math.test.ts",
  "test/webgpu/table.test.ts",
  "test/webgpu/training.test.ts",
  "test/tensor/ops.test.ts",
  "test/tensor/facts.test.ts",
  "test/tensor/f16.test.ts",
  "test/tensor/clip.test.ts",
  "test/tensor/random.test.ts",
  "test/tensor/memory.test.ts",
  "test/tensor/trace.test.ts",
  "test/layers/torch.test.ts",
  "test/layers/modes.test.ts",
  "test/layers/sequences.test.ts",
  "test/train/losses.test.ts",
  "test/train/optimizers.test.ts",
  "test/train/torch-optimizers.test.ts",
  "test/train/average.test.ts",
  "test/models/learning.test.ts",
]);
