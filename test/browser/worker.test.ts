/** WGSL in a worker of a real browser: training to its end and over a lost device, PyTorch's numbers, runs in order. */
import { inBrowser } from "./tests.js";

await inBrowser("worker", [
  "test/webgpu/backend.test.ts",
  "test/webgpu/training.test.ts",
  "test/train/torch-optimizers.test.ts",
  "test/layers/torch.test.ts",
]);
