/**
 * The WebGL backend, for browsers that have no WebGPU: the third lowering of the IR and of the kernels, to
 * JavaScript functions that the npm package gpu.js compiles to fragment shaders. A buffer is a float32
 * texture; a kernel draws each element of its output. See docs/webgl.md for what that cannot do.
 */
import type { Backend, Buffer, Plan, Program, TypedArray } from "../backend.js";
import type { DType } from "../ir.js";
import { openGl, type OpenedGl, type WebglOptions } from "./gpu-js.js";
import { WebglProgram } from "./program.js";
import { Readback } from "./readback.js";
import { Running, type Held } from "./run.js";
import { mustCompute } from "./self-test.js";
import { Shaders } from "./shaders.js";
import { Textures } from "./textures.js";

export type { WebglOptions } from "./gpu-js.js";

const noHalves = "The webgl backend keeps nothing in f16: cast to f32, or use webgpu, wasm or js.";

class WebglBuffer implements Buffer, Held {
  freed = false;
  memory: Held["memory"] = null;
  constructor(
    readonly owner: object,
    readonly dtype: DType,
    readonly elements: number,
  ) {}
}

/** What a backend of this kind has done so far; a training loop should raise the last two by nothing. */
export type Counts = { draws: number; textures: number; live: number; functions: number };

/** Opens WebGL; its error says why there is none, or why it is refused. */
export async function openWebgl(options: WebglOptions = {}): Promise<WebglBackend> {
  return new WebglBackend(await openGl(options));
}

export class WebglBackend implements Backend {
  readonly name = "webgl";
  /** Why this backend can do no more; null while it works. */
  lost: string | null = null;
  readonly gl: WebGL2RenderingContext;
  readonly textures: Textures;
  readonly shaders: Shaders;
  readonly readback: Readback;
  private held = 0;

  constructor(private readonly opened: OpenedGl) {
    const { gpu, gl } = opened;
    this.gl = gl;
    this.textures = new Textures(gpu, gl);
    this.shaders = new Shaders(gpu, this.textures);
    this.readback = new Readback(gl);
    mustCompute(this);
    const lose = (): void => this.lose("the browser took it away");
    gl.canvas.addEventListener("webglcontextlost", lose);
  }

  /** Draws; textures made, and those there are now; functions compiled. */
  get counts(): Counts {
    const { shaders, textures } = this;
    const { made, live } = textures;
    return { draws: shaders.draws, textures: made, live, functions: shaders.compiled };
  }

  allocate(dtype: DType, elements: number): Buffer {
    this.mustLive();
    if (dtype === "f16") throw new Error(noHalves);
    this.textures.mustFit(elements, `A tensor of ${elements} ${dtype}`);
    this.held += 4 * elements;
    return new WebglBuffer(this, dtype, elements);
  }

  free(buffer: Buffer): void {
    const own = this.ownOf(buffer);
    own.freed = true;
    this.held -= 4 * own.elements;
    if (own.memory && this.lost === null) this.textures.give(own.memory);
    own.memory = null;
  }

  write(buffer: Buffer, data: TypedArray): void {
    this.mustLive();
    const own = this.ownOf(buffer);
    if (data.length !== own.elements)
      throw new Error(
        `A buffer of ${own.elements} elements was to be written with ${data.length}: give as many as it has.`,
      );
    own.memory ??= this.textures.take(own.dtype, own.elements);
    this.textures.write(own.memory, data);
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    this.mustLive();
    const own = this.ownOf(buffer);
    own.memory ??= this.textures.take(own.dtype, own.elements);
    const data = await this.readback.later(own.memory, own.dtype, own.elements);
    this.mustLive();
    return data;
  }

  prepare(plan: Plan): Program {
    this.mustLive();
    if (plan.buffers.some(({ dtype }) => dtype === "f16")) throw new Error(noHalves);
    const program = new WebglProgram(this, plan, this.opened.name);
    for (const { label, elements } of program.needs())
      this.textures.mustFit(elements, `${label} needs a buffer of ${elements} elements. That`);
    return program;
  }

  run(program: Program, given: readonly Buffer[], scalars: readonly number[]): void {
    this.mustLive();
    if (!(program instanceof WebglProgram) || program.owner !== this)
      throw new Error("This program was prepared by another backend: prepare the plan here.");
    new Running(this, program, this.fitting(program.plan, given), scalars).run();
    if (this.gl.isContextLost()) this.lose("the browser took it away");
  }

  bytes(): number {
    return this.held;
  }

  close(): void {
    this.shaders.close();
    this.textures.close();
    this.readback.close();
    this.lose("it was closed");
    void this.opened.gpu.destroy();
  }

  private fitting(plan: Plan, given: readonly Buffer[]): WebglBuffer[] {
    const wanted = plan.buffers.filter(({ arena }) => arena === null);
    if (wanted.length !== given.length)
      throw new Error(
        `The plan takes ${wanted.length} buffers at each run, and ${given.length} were given.`,
      );
    return wanted.map(({ elements, dtype }, k) => {
      const own = this.ownOf(given[k]);
      const isSame = (own.dtype === "f32") === (dtype === "f32");
      if (own.elements === elements && isSame) return own;
      throw new Error(
        `The plan's buffer ${k} has ${elements} ${dtype}, the one given ${own.elements} ${own.dtype}.`,
      );
    });
  }

  private ownOf(buffer: Buffer | undefined): WebglBuffer {
    if (!(buffer instanceof WebglBuffer) || buffer.owner !== this)
      throw new Error(
        "This buffer is not of this webgl backend: write its content into one that is.",
      );
    if (buffer.freed) throw new Error("This buffer was freed: its content is gone.");
    return buffer;
  }

  private mustLive(): void {
    if (this.lost !== null) throw new Error(this.lost);
  }

  private lose(why: string): void {
    this.lost ??= `The WebGL context was lost (${why}), and what its tensors held with it: open a new one with await use(webgl), and go on from the last checkpoint.`;
  }
}
