/**
 * The `js` backend: every kernel as plain loops in float64, on one thread. It is the definition of
 * right that the other backends are tested against, so it is written to be read, not to be fast.
 */
import type { Backend, Buffer, Explanation, Plan, Program, TypedArray } from "../backend.js";
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
    if (!(buffer instanceof JsBuffer)) return;
    this.buffers.delete(buffer);
    buffer.data = null;
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
    if (this.arena.byteLength < bytes) this.arena = new ArrayBuffer(bytes);
    return this.arena;
  }
}

function newData(dtype: DType, elements: number): Data {
  try {
    return dtype === "f32" ? new Float64Array(elements) : new Int32Array(elements);
  } catch {
    throw new Error(`allocate: there is no memory left for ${elements} numbers; dispose of some`);
  }
}

/** A plan with its kernels looked up, and with views of the arena, made again when that is replaced. */
class JsProgram implements Program {
  private arena: ArrayBuffer | null = null;
  private views: (Data | null)[] = [];
  private readonly kernels;

  constructor(readonly plan: Plan) {
    this.kernels = plan.calls.map((call) => kernelOf(call.kernel));
  }

  run(given: readonly Data[], arena: ArrayBuffer, scalars: readonly number[]): void {
    const buffers = this.bind(given, arena);
    const named = (numbers: readonly number[]): Buffers => {
      const found: readonly Data[] = numbers.map((i) => buffers[i]!);
      return found as Buffers;
    };
    this.plan.calls.forEach(({ kernel, inputs, outputs, scalars: numbers }, k) => {
      this.kernels[k]!(
        kernel,
        named(inputs),
        named(outputs),
        numbers.map((i) => scalars[i]!),
      );
    });
  }

  explain(): Explanation[] {
    const where = "js, one thread";
    return this.plan.calls.map(({ kernel }) => ({ source: sourceOf(kernel), where }));
  }

  /** The data of every buffer of the plan, in its order. */
  private bind(given: readonly Data[], arena: ArrayBuffer): Data[] {
    if (arena !== this.arena) {
      this.views = this.plan.buffers.map((buffer) => viewOf(buffer, arena));
      this.arena = arena;
    }
    const wanted = this.plan.buffers.filter((buffer) => buffer.arena === null);
    if (wanted.length !== given.length) {
      throw new Error(`run: the plan asks for ${wanted.length} buffers, but ${given.length} came`);
    }
    let next = 0;
    return this.plan.buffers.map((buffer, k) => this.views[k] ?? given[next++]!);
  }
}

/** A plan counts 4 bytes a number, and f32 takes 8 here: so every offset is doubled. */
function viewOf(
  { dtype, elements, arena }: Plan["buffers"][number],
  memory: ArrayBuffer,
): Data | null {
  if (arena === null) return null;
  const offset = 2 * arena;
  return dtype === "f32"
    ? new Float64Array(memory, offset, elements)
    : new Int32Array(memory, offset, elements);
}
