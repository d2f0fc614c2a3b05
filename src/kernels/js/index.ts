/**
 * The `js` backend: every kernel as plain loops in float64, on one thread. It is the definition of
 * right that the other backends are tested against, so it is written to be read, not to be fast.
 */
import type {
  Backend,
  Buffer,
  Explanation,
  Plan,
  PlanBuffer,
  Program,
  TypedArray,
} from "../backend.js";
import { fromHalves, toHalves } from "../half.js";
import type { DType } from "../ir.js";
import type { Buffers, Data } from "./kernel.js";
import { sourceOf } from "./explain.js";
import { kernelOf } from "./table.js";

/** What memory holds: data, or the bits of f16. */
type Stored = Data | Uint16Array;

class JsBuffer implements Buffer {
  data: Stored | null; // null once freed

  constructor(
    readonly dtype: DType,
    readonly elements: number,
  ) {
    this.data = newData(dtype, elements);
  }
}

/** Opens a backend of its own: buffers and programs of another one are not known to it. */
export function openJs(): Backend {
  return new JsBackend();
}

class JsBackend implements Backend {
  readonly name = "js";
  private readonly buffers = new Set<JsBuffer>();
  /** One arena for all plans, which run one after another; a plan that needs more replaces it. */
  private arena = new ArrayBuffer(0);

  allocate(dtype: DType, elements: number): Buffer {
    const buffer = new JsBuffer(dtype, elements);
    this.buffers.add(buffer);
    return buffer;
  }

  free(buffer: Buffer): void {
    if (buffer instanceof JsBuffer && this.buffers.delete(buffer)) buffer.data = null;
  }

  write(buffer: Buffer, data: TypedArray): void {
    const own = this.dataOf(buffer, "write");
    if (data.length !== own.length) {
      throw new Error(`write: the buffer holds ${own.length} numbers, but ${data.length} came`);
    }
    store(own, data);
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    const own = this.dataOf(buffer, "read");
    return own instanceof Uint16Array ? fromHalves(own) : own.slice();
  }

  prepare(plan: Plan): Program {
    return new JsProgram(plan);
  }

  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void {
    if (!(program instanceof JsProgram)) {
      throw new Error("run: this program was prepared by another backend; prepare the plan here");
    }
    const data = given.map((buffer) => this.dataOf(buffer, "run"));
    program.run(data, this.arenaOf(2 * program.plan.arenaBytes), scalars);
  }

  bytes(): number {
    let sum = this.arena.byteLength;
    for (const { data } of this.buffers) sum += data?.byteLength ?? 0;
    return sum;
  }

  close(): void {
    for (const buffer of [...this.buffers]) this.free(buffer);
    this.arena = new ArrayBuffer(0);
  }

  private dataOf(buffer: Buffer, asked: string): Stored {
    if (buffer instanceof JsBuffer && buffer.data && this.buffers.has(buffer)) return buffer.data;
    throw new Error(`${asked}: this buffer was freed, or is another backend's; allocate it here`);
  }

  private arenaOf(bytes: number): ArrayBuffer {
    if (this.arena.byteLength < bytes) {
      this.arena = orNoMemory(bytes, () => new ArrayBuffer(bytes));
    }
    return this.arena;
  }
}

function newData(dtype: DType, elements: number): Stored {
  if (dtype === "f16") return orNoMemory(2 * elements, () => new Uint16Array(elements));
  return dtype === "f32"
    ? orNoMemory(8 * elements, () => new Float64Array(elements))
    : orNoMemory(4 * elements, () => new Int32Array(elements));
}

function orNoMemory<T>(bytes: number, make: () => T): T {
  try {
    return make();
  } catch {
    throw new Error(`allocate: there is no memory left for ${bytes} bytes; free some`);
  }
}

class JsProgram implements Program {
  private readonly kernels;
  private readonly given: readonly PlanBuffer[];

  constructor(readonly plan: Plan) {
    this.kernels = plan.calls.map((call) => kernelOf(call.kernel));
    this.given = plan.buffers.filter((buffer) => buffer.arena === null);
  }

  run(given: readonly Stored[], arena: ArrayBuffer, scalars: readonly number[]): void {
    const buffers = this.bind(given, arena);
    this.plan.calls.forEach(({ kernel, inputs, outputs, scalars: wanted }, k) => {
      const numbers = wanted.map((i) => scalars[i]!);
      const made: readonly Data[] = outputs.map((i) => numbersOf(buffers[i]!));
      const read: readonly Data[] = inputs.map((i) => numbersOf(buffers[i]!));
      this.kernels[k]!(kernel, read as Buffers, made as Buffers, numbers);
      outputs.forEach((i, n) => buffers[i] !== made[n] && store(buffers[i]!, made[n]!));
    });
  }

  explain(): Explanation[] {
    const where = "js, one thread";
    return this.plan.calls.map(({ kernel }) => ({ source: sourceOf(kernel), where }));
  }

  /** The data of every buffer of the plan, in its order. */
  private bind(given: readonly Stored[], arena: ArrayBuffer): Stored[] {
    if (this.given.length !== given.length) {
      throw new Error(
        `run: the plan asks for ${this.given.length} buffers, but ${given.length} came`,
      );
    }
    this.given.forEach((wanted, k) => checkFit(wanted, given[k]!, k));
    let next = 0;
    return this.plan.buffers.map((buffer) => viewOf(buffer, arena) ?? given[next++]!);
  }
}

/** What kernels compute with: f16 as a copy in float64. */
const numbersOf = (stored: Stored): Data =>
  stored instanceof Uint16Array ? Float64Array.from(fromHalves(stored)) : stored;

function store(into: Stored, numbers: TypedArray): void {
  into.set(into instanceof Uint16Array ? toHalves(numbers) : numbers);
}

const kindOf = (data: Stored): string => {
  if (data instanceof Int32Array) return "i32 or bool";
  return data instanceof Uint16Array ? "f16" : "f32";
};

function checkFit({ dtype, elements }: PlanBuffer, data: Stored, k: number): void {
  const kind = kindOf(data);
  if (data.length === elements && kind.split(" or ").includes(dtype)) return;
  throw new Error(
    `run: buffer ${k} must hold ${elements} ${dtype}, but holds ${data.length} ${kind}`,
  );
}

/** A plan counts 4 bytes a number (2 for f16), and f32 takes 8 here: so every offset is doubled. */
function viewOf({ dtype, elements, arena }: PlanBuffer, memory: ArrayBuffer): Stored | null {
  if (arena === null) return null;
  if (dtype === "f16") return new Uint16Array(memory, 2 * arena, elements);
  return dtype === "f32"
    ? new Float64Array(memory, 2 * arena, elements)
    : new Int32Array(memory, 2 * arena, elements);
}
