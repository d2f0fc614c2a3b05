/** Runs the ladder: every step is checked against float64, then timed in turn with the others. */
import { spawnSync } from "node:child_process";
import { openWebgpu } from "../../src/kernels/webgpu/index.js";
import { writeSource } from "../../src/kernels/webgpu/source.js";
import { fold } from "../../src/kernels/webgpu/dispatch.js";
import { gpuEnvironment } from "../../test/webgpu/swiftshader.js";
import { steps, type Step } from "./steps.js";

// Where there is no GPU, SwiftShader: the Vulkan loader reads of it when a process starts, so start once more.
const environment = gpuEnvironment();
if (Object.keys(environment).length > 0) {
  const again = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, ...environment };
  process.exit(spawnSync(process.execPath, again, { env, stdio: "inherit" }).status ?? 1);
}

const N = Number(process.argv[2] ?? 256);
const rounds = Number(process.argv[3] ?? 5);

const webgpu = await openWebgpu({ software: true });
const { device } = webgpu;
const software = device.adapterInfo.isFallbackAdapter || /swiftshader/i.test(device.adapterInfo.description); // prettier-ignore

const [storage, uniform, copyFrom, copyTo, mapRead] = [0x80, 0x40, 0x4, 0x8, 0x1];
const make = (
  usage: number,
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
): GPUBuffer => {
  const buffer = device.createBuffer({ size: data.byteLength, usage: usage | copyTo });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
};

/** Numbers of [−1, 1) that need no generator. */
const numbers = (start: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: N * N }, (_, i) => (((i + start) * 2654435761) % 4096) / 2048 - 1);
const [a, b] = [numbers(1), numbers(77)];
const inputs = [make(storage, a), make(storage, b)];
const out = make(storage | copyFrom, new Float32Array(N * N));
const staging = device.createBuffer({ size: 4 * N * N, usage: mapRead | copyTo });

async function prepare(step: Step): Promise<() => Promise<Float32Array>> {
  const dispatch = step.dispatch(N);
  const { source, places } = writeSource(dispatch, [0, 1, 2]);
  const module = device.createShaderModule({ code: source, label: step.name });
  const types: GPUBufferBindingType[] = ["uniform", ...places.map(() => "storage" as const)];
  const layout = device.createBindGroupLayout({
    entries: types.map((type, binding) => ({ binding, visibility: 4, buffer: { type } })),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: "main" },
  });
  const values = [dispatch.groups, ...Object.values(dispatch.numbers).map(([, value]) => value as number)]; // prettier-ignore
  const padded = new Uint32Array(Math.ceil(values.length / 4) * 4);
  padded.set(values);
  const group = device.createBindGroup({
    layout,
    entries: [make(uniform, padded), ...inputs, out].map((buffer, binding) => {
      return { binding, resource: { buffer } };
    }),
  });
  return async () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(...fold(dispatch.groups));
    pass.end();
    encoder.copyBufferToBuffer(out, 0, staging, 0, 4 * N * N);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(mapRead);
    const copy = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return copy;
  };
}

/** The worst difference from float64, over every 7th row. */
function errorOf(c: Float32Array): number {
  let worst = 0;
  for (let row = 0; row < N; row += 7) {
    for (let column = 0; column < N; column++) {
      let sum = 0;
      for (let k = 0; k < N; k++) sum += a[row * N + k]! * b[k * N + column]!;
      worst = Math.max(worst, Math.abs(sum - c[row * N + column]!));
    }
  }
  return worst;
}

const ladder = steps(software);
const runs = await Promise.all(ladder.map(prepare));
const best = ladder.map(() => Infinity);
for (const [k, run] of runs.entries()) {
  const error = errorOf(await run());
  if (!(error < 1e-5 * Math.sqrt(N)))
    throw new Error(`Step "${ladder[k]!.name}" is off by ${error}: it is not a matmul.`);
}
for (let round = 0; round < rounds; round++) {
  for (const [k, run] of runs.entries()) {
    const start = performance.now();
    await run();
    best[k] = Math.min(best[k]!, performance.now() - start);
  }
}
console.log(`${N} × ${N} on ${device.adapterInfo.description || device.adapterInfo.device}, best of ${rounds}, with the read:`); // prettier-ignore
ladder.forEach(({ name, why }, k) => {
  const rate = (2 * N ** 3) / (best[k]! * 1e6);
  console.log(`${name.padEnd(18)} ${best[k]!.toFixed(2).padStart(9)} ms ${rate.toFixed(2).padStart(8)} GFLOP/s  ${why}`); // prettier-ignore
});
webgpu.close();
