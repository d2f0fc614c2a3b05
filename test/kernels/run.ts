/** How a case runs on a backend: as a plan of one call, its buffers either all given or all in the arena. */
import type { Backend, Call, Plan, PlanBuffer, TypedArray } from "../../src/kernels/backend.js";
import { computedIn } from "../../src/kernels/ir.js";
import type { Concat } from "../../src/kernels/spec.js";
import type { Case, Tolerance } from "./case.js";

type Planned = { plan: Plan; read: number[] }; // read: the buffers that hold the results
type Place = Pick<PlanBuffer, "dtype" | "elements">;

/** A copy (concat of one), so that a test can bring numbers into the arena and out of it. */
const copy = ({ dtype, elements }: Place): Concat => {
  return { kernel: "concat", outer: 1, sizes: [elements], inner: 1, dtype: computedIn(dtype) };
};

function placesOf(row: Case, inputs: readonly TypedArray[]): Place[] {
  const made = inputs.map((data, k): Place => {
    const isBool = "dtype" in row.kernel && row.kernel.dtype === "bool" && k === 0;
    const dtype = data instanceof Int32Array ? (isBool ? "bool" : "i32") : "f32";
    return { dtype, elements: data.length };
  });
  return [...made, ...row.outputs];
}

const scalarsOf = (row: Case): number[] => (row.scalars ?? []).map((_, k) => k);

/** inputs…, outputs…, all given. */
function givenPlan(row: Case, inputs: readonly TypedArray[]): Planned {
  const places = placesOf(row, inputs);
  const all = places.map((_, k) => k);
  const [ins, outs] = [all.slice(0, inputs.length), all.slice(inputs.length)];
  const call = { kernel: row.kernel, inputs: ins, outputs: outs, scalars: scalarsOf(row) };
  const buffers = places.map((place) => ({ ...place, arena: null }));
  const read = outs.length > 0 ? outs : ins;
  return { plan: { buffers, arenaBytes: 0, calls: [call] }, read };
}

/** The same with a twin in the arena for each buffer: copied in, worked on, copied out. */
function arenaPlan(row: Case, inputs: readonly TypedArray[]): Planned {
  const { plan, read } = givenPlan(row, inputs);
  const count = plan.buffers.length;
  let arenaBytes = 0;
  const twins = plan.buffers.map((place) => {
    const twin = { ...place, arena: arenaBytes };
    arenaBytes += Math.ceil(Math.max(place.elements, 1) / 64) * 256;
    return twin;
  });
  const move = (from: number, to: number): Call => {
    return { kernel: copy(twins[from % count]!), inputs: [from], outputs: [to], scalars: [] };
  };
  const [call] = plan.calls;
  const calls = [
    ...inputs.map((_, k) => move(k, count + k)),
    {
      ...call!,
      inputs: call!.inputs.map((k) => count + k),
      outputs: call!.outputs.map((k) => count + k),
    },
    ...read.map((k) => move(count + k, k)),
  ];
  return { plan: { buffers: [...plan.buffers, ...twins], arenaBytes, calls }, read };
}

/** Runs the case and gives its outputs (an in-place kernel's inputs as they are afterwards). */
export async function evaluate(
  backend: Backend,
  row: Case,
  inputs: readonly TypedArray[],
  where: "given" | "arena" = "given",
): Promise<TypedArray[]> {
  const { plan, read } = (where === "given" ? givenPlan : arenaPlan)(row, inputs);
  const places = plan.buffers.filter((buffer) => buffer.arena === null);
  const given = places.map(({ dtype, elements }) => backend.allocate(dtype, elements));
  inputs.forEach((data, k) => backend.write(given[k]!, data));
  backend.run(backend.prepare(plan), given, row.scalars ?? []);
  const results = await Promise.all(read.map((k) => backend.read(given[k]!)));
  given.forEach((buffer) => backend.free(buffer));
  return results;
}

/** The worst difference of two arrays, as a share of what the tolerance allows, and where it is. */
export type Worst = { share: number; at: number; got: number; expected: number };

function shareOf(got: number, expected: number, { absolute, relative }: Tolerance): number {
  if (Object.is(got, expected) || got === expected) return 0;
  const difference = Math.abs(got - expected);
  if (!Number.isFinite(difference)) return Infinity; // NaN or ∞ on one side only
  return difference / (absolute + relative * Math.abs(expected));
}

/** Compares with `js`, whose float64 is first rounded to float32: what overflows there is infinite here. */
export function worst(got: TypedArray, expected: TypedArray, tolerance: Tolerance): Worst {
  const found: Worst = { share: 0, at: -1, got: 0, expected: 0 };
  if (got.length !== expected.length) return { ...found, share: Infinity };
  for (let i = 0; i < got.length; i++) {
    const right = tolerance.absolute === 0 ? expected[i]! : Math.fround(expected[i]!);
    const share = shareOf(got[i]!, right, tolerance);
    if (share > found.share) Object.assign(found, { share, at: i, got: got[i], expected: right });
  }
  return found;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray | Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The first byte in which two arrays differ; −1 where they are the same to the bit. */
export function firstDifference(a: TypedArray | Uint8Array, b: TypedArray | Uint8Array): number {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) if (x[i] !== y[i]) return i;
  return -1;
}
