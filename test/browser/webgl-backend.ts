/** In the page: the webgl backend as an object. Each check returns what webgl-backend.test.ts expects of it. */
import * as gpuJs from "gpu.js";
import { tensor, trace, use, webgl } from "genarch";
import type { Backend } from "../../src/kernels/backend.js";
import type { Matmul, Sort } from "../../src/kernels/spec.js";
import type { GpuClass } from "../../src/kernels/webgl/gpu-js.js";
import { openWebgl, type WebglBackend } from "../../src/kernels/webgl/index.js";
import { errorOfOne, errorOfTwo, ofOne, ofTwo } from "../kernels/float-range.js";
import { chain } from "../kernels/plans.js";
import type { Json } from "./page.js";

const software = { software: true };

const messageOf = (act: () => unknown): string => {
  try {
    return `nothing was thrown: ${String(act())}`;
  } catch (error) {
    return (error as Error).message;
  }
};
const rejectionOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "it was kept",
    (error: Error) => error.message,
  );

const five = Float32Array.of(1, 2, 3, 4, 5);
const read = async (backend: Backend, buffer: Parameters<Backend["read"]>[0]): Promise<number[]> =>
  Array.from(await backend.read(buffer));

/** Runs in order, with other scalars and other buffers each time, before anything is read. */
async function order(backend: WebglBackend): Promise<Json> {
  const program = backend.prepare(chain(5));
  const [x, y, z] = [0, 1, 2].map(() => backend.allocate("f32", 5));
  backend.write(x!, five);
  backend.run(program, [x!, y!], [2, 10]);
  backend.run(program, [y!, z!], [0.5, 3]);
  backend.write(x!, Float32Array.of(0, 0, 0, 0, 1));
  backend.run(program, [x!, y!], [1, 1]);
  return { z: await read(backend, z!), y: await read(backend, y!) };
}

/** Counts, refusals. */
async function buffers(backend: WebglBackend): Promise<Json> {
  const before = backend.bytes();
  const made = [0, 1, 1000].map((size) => backend.allocate("i32", size));
  const held = backend.bytes() - before;
  backend.write(made[1]!, Int32Array.of(-2147483648));
  const lowest = await read(backend, made[1]!);
  const short = messageOf(() => backend.write(made[2]!, new Int32Array(3)));
  made.forEach((buffer) => backend.free(buffer));
  return {
    held, lowest, short,
    after: backend.bytes() - before,
    foreign: messageOf(() => backend.free({ dtype: "f32", elements: 4 })),
    freed: messageOf(() => backend.free(made[0]!)),
    half: messageOf(() => backend.allocate("f16", 4)),
    large: messageOf(() => backend.allocate("f32", 2 ** 24 + 1)),
    missing: messageOf(() => backend.run(backend.prepare(chain(5)), [], [1, 1])),
  };
} // prettier-ignore

const matmul = (M: number, N: number): Matmul => {
  const view = { dtype: "f32" as const, offset: 0, strides: [1, 1] };
  return { kernel: "matmul", batch: [], M, N, K: 1, a: view, b: view, bias: false };
};

/** A product larger than a texture: which kernel, and what to do. */
function size(backend: WebglBackend): Json {
  const sizes = [5000, 5000, 25_000_000];
  const places = sizes.map((elements) => ({ dtype: "f32" as const, elements, arena: null }));
  const calls = [{ kernel: matmul(5000, 5000), inputs: [0, 1], outputs: [2], scalars: [] }];
  return messageOf(() => backend.prepare({ buffers: places, arenaBytes: 0, calls }));
}

const sort: Sort = { kernel: "sort", rows: 1, columns: 1500, descending: false, dtype: "f32" };

/** A row too long to sort in shaders. */
async function onCpu(backend: WebglBackend): Promise<Json> {
  const places = [
    { dtype: "f32" as const, elements: 1500, arena: null },
    { dtype: "i32" as const, elements: 1500, arena: null },
  ];
  const calls = [{ kernel: sort, inputs: [0], outputs: [1], scalars: [] }];
  const program = backend.prepare({ buffers: places, arenaBytes: 0, calls });
  const [x, y] = [backend.allocate("f32", 1500), backend.allocate("i32", 1500)];
  backend.write(
    x,
    Float32Array.from({ length: 1500 }, (_, k) => (k * 7) % 1500),
  );
  backend.run(program, [x, y], []);
  const ordered = (await read(backend, y)).every((at, k) => (at * 7) % 1500 === k);
  return { ordered, where: program.explain()[0]!.where };
}

/** Where the content security policy forbids `eval` and `new Function`. */
async function withoutEval(): Promise<Json> {
  const { eval: theirs, Function: own } = globalThis;
  const refuse = (): never => {
    throw new EvalError("unsafe-eval is not allowed");
  };
  Object.assign(globalThis, { eval: refuse, Function: refuse });
  try {
    const backend = await openWebgl(software);
    const answer = await order(backend);
    backend.close();
    return answer;
  } finally {
    Object.assign(globalThis, { eval: theirs, Function: own });
  }
}

/** The browser takes the context away: every read says so, and a new one works. */
async function lost(): Promise<Json> {
  const first = await use(webgl.with(software));
  using x = tensor([1, 2, 3]);
  const before = await x.mul(2).array();
  const backend = first as WebglBackend;
  backend.gl.getExtension("WEBGL_lose_context")!.loseContext();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const told = await rejectionOf(x.add(1).array());
  const second = await use(webgl.with(software));
  const after = await tensor([1, 2, 3]).mul(2).array();
  return { before, told, lost: backend.lost, isNew: second !== first, after };
}

/** gpu.js as it falls back in silence. */
async function silence(): Promise<Json> {
  const real = (gpuJs as unknown as { GPU: GpuClass }).GPU;
  const Silent = function (): object {
    return new real({ mode: "cpu" });
  };
  return rejectionOf(openWebgl({ ...software, GPU: Silent as unknown as GpuClass }));
}

/** A WebGL on the CPU is refused unless it is asked for; `trace` says what drew. */
async function opening(): Promise<Json> {
  const refused = await rejectionOf(use(webgl));
  await use(webgl.with(software));
  const { runs } = await trace(() => tensor([[1, 2]]).matmul(tensor([[3], [4]])).array()); // prettier-ignore
  const { where, source } = runs.flatMap(({ kernels }) => kernels).find(({ kernel }) => kernel === "matmul")!; // prettier-ignore
  return { gpu: "gpu" in navigator, refused, where, source };
}

/** Functions that are off by more than they may be, and the largest error of all. */
async function floatRange(backend: WebglBackend): Promise<Json> {
  const wrong: string[] = [];
  let most = 0;
  const take = (op: string, limit: number, { ulps, where }: { ulps: number; where: string }): void => {
    if (!(ulps <= limit)) wrong.push(`${op}: ${ulps} ulp ${where}`);
    most = Math.max(most, ulps);
  };
  for (const [op, limit] of ofOne) take(op, limit, await errorOfOne(backend, op));
  for (const [op, limit] of ofTwo) take(op, limit, await errorOfTwo(backend, op));
  return { wrong, most };
} // prettier-ignore

const checks: Record<string, (backend: WebglBackend) => Json | Promise<Json>> = {
  order, buffers, size, onCpu, withoutEval, lost, silence, opening, floatRange,
}; // prettier-ignore

let opened: Promise<WebglBackend> | null = null;

export default async function check(name: Json): Promise<Json> {
  const run = checks[String(name)];
  if (!run) throw new Error(`there is no check ${String(name)}`);
  return run(await (opened ??= openWebgl(software)));
}
