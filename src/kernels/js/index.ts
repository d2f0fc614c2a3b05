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
import type { DType } from "../ir.js";
import type { Buffers, Data } from "./kernel.js";
import { sourceOf } from "./explain.js";
import { kernelOf } from "./table.js";

class JsBuffer implements Buffer {
  data: Data | null; // null once freed

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
    own.set(data);
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    return this.dataOf(buffer, "read").slice();
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

  private dataOf(buffer: Buffer, asked: string): Data {
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

function newData(dtype: DType, elements: number): Data {
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

  run(given: readonly Data[], arena: ArrayBuffer, scalars: readonly number[]): void {
    const buffers = this.bind(given, arena);
    const named = (numbers: readonly number[]): Buffers => {
      const found: readonly Data[] = numbers.map((i) => buffers[i]!);
      return found as Buffers;
    };
    this.plan.calls.forEach(({ kernel, inputs, outputs, scalars: wanted }, k) => {
      const numbers = wanted.map((i) => scalars[i]!);
      this.kernels[k]!(kernel, named(inputs), named(outputs), numbers);
    });
  }

  explain(): Explanation[] {
    const where = "js, one thread";
    return this.plan.calls.map(({ kernel }) => ({ source: sourceOf(kernel), where }));
  }

  /** The data of every buffer of the plan, in its order. */
  private bind(given: readonly Data[], arena: ArrayBuffer): Data[] {
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

function checkFit({ dtype, elements }: PlanBuffer, data: Data, k: number): void {
  const kind = data instanceof Float64Array ? "f32" : "i32 or bool";
  if (data.length === elements && (dtype === "f32") === (kind === "f32")) return;
  throw new Error(
    `run: buffer ${k} must hold ${elements} ${dtype}, but holds ${data.length} ${kind}`,
  );
}

/** A plan counts 4 bytes a number, and f32 takes 8 here: so every offset is doubled. */
function viewOf({ dtype, elements, arena }: PlanBuffer, memory: ArrayBuffer): Data | null {
  if (arena === null) return null;
  return dtype === "f32"
    ? new Float64Array(memory, 2 * arena, elements)
    : new Int32Array(memory, 2 * arena, elements);
}
