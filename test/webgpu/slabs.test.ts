/**
 * Where one binding reaches little, an optimizer's slabs, the gradients in the arena and the factor that clips them
 * come in several dispatches, or one by one. Here it reaches 128 KiB: a device that says so of itself.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backprop, js, parameter, tensor, trace, use, webgpu, type Gradients } from "genarch";
import { adam, sgd } from "genarch/train";
import { openWebgpu, type WebgpuBackend } from "../../src/kernels/webgpu/index.js";
import { close, drawn, gpu } from "../support.js";

const mostBytes = 2 ** 17;

/** The same device, with another limit. */
function narrow(device: GPUDevice): GPUDevice {
  const from = <T extends object>(target: T, own: Record<string, unknown>): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = name in own ? own[String(name)] : Reflect.get(target, name);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  const limits = from(device.limits, { maxStorageBufferBindingSize: mostBytes });
  return from(device, { limits });
}

let whole: WebgpuBackend;
beforeAll(async () => {
  whole = await openWebgpu({ software: true, limits: "default" });
});
afterAll(() => whole.close());

/** Parameters of which a slab holds one, two or all, and one that no slab holds; g is the gradient of Σ p·g. */
const sizes = [9_000, 100, 9_000, 7, 9_000, 20_000, 9_000, 9_000];

/** All parameters after two steps, and what the optimizer's kernel says of the second. */
async function trained(
  method: typeof adam | typeof sgd,
  change: (grads: Gradients) => Gradients,
): Promise<{ found: number[]; where: string }> {
  const start = sizes.map((size, k) => drawn(`p${k}`, size));
  const g = sizes.map((size, k) => tensor(drawn(`g${k}`, size)));
  const model = { p: start.map((data) => parameter(tensor(data))) };
  const back = () =>
    backprop(model, () =>
      model.p.map((p, k) => p.mul(g[k]!).sum()).reduce((sum, term) => sum.add(term)),
    );
  const optimizer = method(model, { lr: 0.1 });
  const step = () => {
    using result = back();
    optimizer.step(change(result.grads));
  };
  step();
  const { runs } = await trace(step);
  const data = await Promise.all(model.p.map((p) => p.data()));
  return { found: data.flatMap((part) => [...part]), where: runs.at(-1)!.kernels.at(-1)!.where };
}

describe.each([
  ["results", (grads: Gradients) => grads.clip(1)],
  ["the arena", (grads: Gradients) => grads.add(grads).clip(1)],
] as const)("gradients in %s, clipped", (_, change) => {
  it.each([["sgd", sgd], ["adam", adam]] as const)("train by %s as on js", async (_, method) => {
    await use(webgpu.with({ device: narrow(whole.device) }));
    const narrowed = await trained(method, change);
    await use(gpu);
    const wide = await trained(method, change);
    await use(js);
    const { found } = await trained(method, change);
    close(narrowed.found, found, { relative: 1e-5, absolute: 2e-6 });
    close(wide.found, found, { relative: 1e-5, absolute: 2e-6 });
    const dispatches = (where: string) => Number(/(\d+) dispatches/.exec(where)![1]);
    expect(dispatches(wide.where)).toBe(1);
    expect(dispatches(narrowed.where)).toBeGreaterThan(2);
  }); // prettier-ignore
});
