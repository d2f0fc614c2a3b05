/**
 * `npm run bench:counts`: dispatches, submits, bytes, buffers and pipelines of one training step of five models, those
 * of torch_rows.py, on webgpu. It needs no GPU (step-counts.ts), and test/webgpu/counts.test.ts asserts its numbers.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { countStep, nullAdapter, workloads, type Counts, type Members, type Workload } from "./step-counts.js"; // prettier-ignore

type Row = Counts & { step: Workload; members: Members };

const rows: Row[] = [];
const awake = setInterval(() => undefined, 1000); // the null device does not keep Node running
for (const step of Object.keys(workloads) as Workload[])
  for (const members of ["gpu", "cpu"] as const)
    rows.push({ step, members, ...(await countStep(step, members, await nullAdapter())) });
clearInterval(awake);
save();
process.exit(0); // Dawn keeps handles open

function save(): void {
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL("counts.json", folder), JSON.stringify(rows, null, 2) + "\n");
  const lines = rows.map(
    (row) =>
      `| ${row.step} | ${row.members} | ${row.dispatches} | ${row.submits} | ${row.bytesWritten} | ${row.bytesRead} | ${(row.bytesBound / 2 ** 20).toFixed(1)} | ${row.buffers} | ${row.pipelines} |`,
  );
  const text = [
    "# What a training step asks of a GPU",
    "",
    "`npm run bench:counts`: the third step, at WebGPU's default limits. Kernels are those for GPUs (gpu) or for adapters",
    "that compute on the CPU (cpu). Bytes written and read go between host and device; bound is what its dispatches",
    "name, the most that they can read and write on the device if they do it once.",
    "",
    "| step | kernels | dispatches | submits | bytes written | bytes read | MiB bound | buffers made | pipelines made |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
  writeFileSync(new URL("counts.md", folder), text);
  console.log(text);
}
