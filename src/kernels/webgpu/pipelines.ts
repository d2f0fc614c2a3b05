/**
 * Compute pipelines, one for each WGSL text, compiled in the background. All have the same layout but for
 * the number of buffers: binding 0 holds the kernel's numbers, 1… its buffers, which are all `read_write`:
 * a buffer must not be read-only and writable in one dispatch, and the arena is one buffer.
 */
import { indent } from "./indent.js";
import { computeStage } from "./usage.js";

export type Pipeline = {
  readonly source: string;
  readonly layout: GPUBindGroupLayout;
  /** Null while it compiles. */
  ready: GPUComputePipeline | null;
  failed: Error | null;
  readonly compiled: Promise<void>;
};

/** The text, after what it needs beyond plain WGSL. */
const enabled = (text: string): string =>
  text.includes("subgroupAdd(") || text.includes("subgroupMax(")
    ? `enable subgroups;\n${text}`
    : text;

export class Pipelines {
  private readonly known = new Map<string, Pipeline>();
  private readonly layouts = new Map<number, GPUBindGroupLayout>();
  constructor(private readonly device: GPUDevice) {}

  get made(): number {
    return this.known.size;
  }

  /** The pipeline of a source that names so many buffers. */
  get(text: string, buffers: number, label: string): Pipeline {
    const known = this.known.get(text);
    if (known) return known;
    const source = indent(enabled(text)); // for people, and only once: it takes longer than writing the text
    const layout = this.layoutOf(buffers);
    const compiled = this.compile(source, layout, label).then(
      (made) => void (pipeline.ready = made),
      (error: Error) => void (pipeline.failed = error),
    );
    const pipeline: Pipeline = { source, layout, ready: null, failed: null, compiled };
    this.known.set(text, pipeline);
    return pipeline;
  }

  private async compile(
    code: string,
    layout: GPUBindGroupLayout,
    label: string,
  ): Promise<GPUComputePipeline> {
    const { device } = this;
    device.pushErrorScope("validation"); // or the module's errors would go to the console
    const module = device.createShaderModule({ code, label });
    const made = device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const failed = await device.popErrorScope();
    return made.catch((error: unknown) => {
      const reason = failed?.message ?? (error instanceof Error ? error.message : String(error));
      throw new Error(`The WGSL of ${label} was refused: ${reason}`);
    });
  }

  private layoutOf(buffers: number): GPUBindGroupLayout {
    const known = this.layouts.get(buffers);
    if (known) return known;
    const entry = (type: GPUBufferBindingType, binding: number): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: computeStage,
      buffer: { type },
    });
    const storage = Array.from({ length: buffers }, (_, k) => entry("storage", k + 1));
    const entries = [entry("uniform", 0), ...storage];
    const layout = this.device.createBindGroupLayout({ entries });
    this.layouts.set(buffers, layout);
    return layout;
  }
}
