/**
 * Rows added up by subgroups, an option: the table's softmax, cross-entropy and norms against js, with 4
 * threads a workgroup and with up to 256, on whatever subgroup size this adapter has (SwiftShader: 4).
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJs } from "../../src/kernels/js/index.js";
import type { KernelName } from "../../src/kernels/spec.js";
import { lower } from "../../src/kernels/webgpu/lowerings.js";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { cases } from "../kernels/cases.js";
import { expectLikeJs } from "../kernels/like-js.js";

const js = openJs();
let wide: WebgpuBackend;
let narrow: WebgpuBackend;
beforeAll(async () => {
  wide = await openWebgpu({ software: true, limits: "default", members: "gpu", subgroups: true });
  narrow = await openWebgpu({ device: wide.device, members: "cpu", subgroups: true });
});
afterAll(() => {
  narrow.close();
  wide.close();
  js.close();
});

const byRows: readonly KernelName[] = [
  "softmax", "softmaxGradient", "crossEntropy", "normalize", "normalizeGradient",
]; // prettier-ignore

for (const [name, rows] of [...cases].filter(([name]) => byRows.includes(name)))
  describe(name, () => {
    it.each(rows.map((row) => [row.name, row] as const))("%s", async (_, row) => {
      await expectLikeJs(js, wide, row);
      await expectLikeJs(js, narrow, row);
    });
  });

describe("the option", () => {
  const softmax = { kernel: "softmax", log: false, rows: 2, columns: 300 } as const;

  it("is told by the member's name, for trace", () => {
    expect(lower(softmax, false, true)[0]!.member).toBe("a workgroup a row, by subgroups");
    expect(lower(softmax, false)[0]!.member).toBeUndefined();
  });

  it("is refused where the device has none", async () => {
    const plain = await openWebgpu({ software: true });
    await expect(openWebgpu({ device: plain.device, subgroups: true })).rejects.toThrow(
      "Subgroups were asked for, and the device given was opened without them: leave the option out",
    );
    plain.close();
  });

  it("writes WGSL with 2 barriers for each sum, whatever the number of threads", () => {
    const { declarations } = lower({ ...softmax, kernel: "softmaxGradient" }, false, true)[0]!;
    expect(declarations).toMatchInlineSnapshot(`
      "
      var<workgroup> sum_of_all_values: array<f32, 256>;
      fn sum_of_all(thread: u32, value: f32) -> f32 {
        workgroupBarrier(); // all have read what the last use left
        let own = subgroupAdd(value);
        sum_of_all_values[thread] = select(0.0, own, subgroupElect());
        workgroupBarrier();
        let lanes = subgroupAdd(1u);
        var total = 0.0;
        for (var k = subgroupExclusiveAdd(1u); k < 256u; k += lanes) { total += sum_of_all_values[k]; }
        return subgroupAdd(total);
      }"
    `);
  });
});
