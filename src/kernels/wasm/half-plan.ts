/**
 * A plan without f16 but in casts: before a call that reads it stands one to f32, and behind a call that makes it
 * one back. So on wasm f16 saves memory and not time, and no other kernel has to know of it.
 */
import type { Call, Plan, PlanBuffer } from "../backend.js";
import type { Kernel } from "../spec.js";
import { castOfHalves } from "./half-casts.js";

/** `origin[k]`: the call of the old plan that call k of the new one is for. */
export type WithCasts = { plan: Plan; origin: number[] };

export function withCasts(plan: Plan): WithCasts {
  if (plan.buffers.every(({ dtype }) => dtype !== "f16"))
    return { plan, origin: plan.calls.map((_, k) => k) };
  const buffers = [...plan.buffers];
  let arenaBytes = plan.arenaBytes;
  const made = plan.calls.map((call) => {
    const copies = new Copies(buffers, plan.arenaBytes);
    const calls = castsAround(call, copies);
    arenaBytes = Math.max(arenaBytes, copies.end);
    return calls;
  });
  const origin = made.flatMap((calls, k) => calls.map(() => k));
  return { plan: { buffers, arenaBytes, calls: made.flat() }, origin };
}

/** The f32 copies of one call's f16, behind the plan's arena: those of the next call take the same place. */
class Copies {
  readonly of = new Map<number, number>();
  constructor(
    private readonly buffers: PlanBuffer[],
    public end: number,
  ) {}

  /** The copy of a buffer; itself if it is not f16. */
  numberOf(buffer: number): number {
    const { dtype, elements } = this.buffers[buffer]!;
    if (dtype !== "f16") return buffer;
    let copy = this.of.get(buffer);
    if (copy !== undefined) return copy;
    copy = this.buffers.push({ dtype: "f32", elements, arena: this.end }) - 1;
    this.end += Math.max(256, Math.ceil(elements / 64) * 256);
    this.of.set(buffer, copy);
    return copy;
  }

  cast(from: number, to: number): Call {
    const { dtype, elements } = this.buffers[from]!;
    const kernel = castOfHalves(elements, dtype === "f16" ? "f16" : "f32");
    return { kernel, inputs: [from], outputs: [to], scalars: [] };
  }
}

function castsAround(call: Call, copies: Copies): Call[] {
  const inputs = call.inputs.map((buffer) => copies.numberOf(buffer));
  const before = [...copies.of].map(([from, to]) => copies.cast(from, to));
  const outputs = call.outputs.map((buffer) => copies.numberOf(buffer));
  if (copies.of.size === 0) return [call];
  const after = call.outputs.flatMap((to, k) =>
    to === outputs[k] ? [] : [copies.cast(outputs[k]!, to)],
  );
  return [...before, { ...call, kernel: inFloat32(call.kernel), inputs, outputs }, ...after];
}

/** The same kernel over f32. */
function inFloat32(kernel: Kernel): Kernel {
  const wide = <T extends { dtype: string }>(one: T): T =>
    one.dtype === "f16" ? { ...one, dtype: "f32" } : one;
  if (kernel.kernel === "fused") return { ...wide(kernel), loads: kernel.loads.map(wide) };
  if (kernel.kernel === "matmul") return { ...kernel, a: wide(kernel.a), b: wide(kernel.b) };
  return kernel.kernel === "take" || kernel.kernel === "gather" ? wide(kernel) : kernel;
}
