/**
 * Draws at work: their functions compiled by gpu.js, once for each text and each set of sizes, and run into
 * a texture of ours. gpu.js keeps a texture of its own for each function and makes new ones as it likes; so
 * a run's texture is put in the place of that before it draws.
 */
import type { DType } from "../ir.js";
import { functionsFor } from "./glsl/functions.js";
import { returnTypeOf, settings } from "./formats.js";
import type { Gpu, GpuKernel, GpuTexture } from "./gpu-js.js";
import type { Draw } from "./kernel.js";
import type { Memory, Textures } from "./textures.js";

/** Compiled functions kept; the one used longest ago goes first. */
const mostCompiled = 2000;

export class Shaders {
  /** Functions compiled so far, and draws. */
  compiled = 0;
  draws = 0;
  private readonly known = new Map<string, GpuKernel>();

  constructor(
    private readonly gpu: Gpu,
    private readonly textures: Textures,
  ) {}

  /** Runs the draw into `output`; `label` names the kernel it is of in errors. */
  run(draw: Draw, inputs: readonly Input[], numbers: readonly number[], output: Memory, label: string): void {
    const run = this.compile(draw, inputs, output);
    run.kernel.texture = output.texture;
    run.kernel._textureSwitched = true;
    const given = [...inputs.map(({ memory }) => memory.texture), ...numbers];
    let drawn: Partial<GpuTexture>;
    try {
      drawn = run(...given) as Partial<GpuTexture>;
    } catch (error) {
      throw new Error(`${label}: gpu.js could not draw it. ${messageOf(error)}`, { cause: error });
    }
    if (run.kernel.constructor.mode !== "gpu" || drawn.texture !== output.texture.texture)
      throw new Error(
        `${label}: gpu.js would run it on the CPU, or into a texture of its own: use wasm, or another version of gpu.js`,
      );
    drawn.delete?.(); // a second holder of ours
    this.draws++;
  } // prettier-ignore

  close(): void {
    this.known.clear();
  }

  private compile(draw: Draw, inputs: readonly Input[], output: Memory): GpuKernel {
    const sizes = inputs.map(({ memory }) => memory.key);
    const key = [draw.source, draw.elements, ...sizes].join("\n");
    let found = this.known.get(key);
    if (found) this.known.delete(key);
    else found = this.create(draw, inputs, output);
    this.known.set(key, found);
    if (this.known.size > mostCompiled) this.evict();
    return found;
  }

  private create(draw: Draw, inputs: readonly Input[], output: Memory): GpuKernel {
    this.compiled++;
    const types = [
      ...inputs.map(({ dtype }) => this.textures.typeOf(dtype)),
      ...draw.numbers.map(({ type }) => type),
    ];
    return this.gpu.createKernel(draw.source, {
      ...settings,
      output: [draw.elements],
      returnType: returnTypeOf(draw.dtype),
      argumentTypes: types,
      injectedNative: functionsFor(draw.source),
      loopMaxIterations: 2 ** 24,
      texture: output.texture,
    });
  }

  private evict(): void {
    const [key, kernel] = this.known.entries().next().value!;
    this.known.delete(key);
    kernel.kernel.texture = null; // ours, and not to be deleted with it
    kernel.destroy();
  }
}

export type Input = { memory: Memory; dtype: DType };

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
