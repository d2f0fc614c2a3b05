/**
 * Memory: textures. What is given back is kept for the next of the same size, so that a training loop makes
 * none after its first steps.
 */
import type { DType } from "../ir.js";
import { formatsOf, sizeOf, type Format } from "./formats.js";
import type { Gpu, GpuTexture } from "./gpu-js.js";

/** Textures, and bytes of them, kept for later. */
const mostKept = { textures: 1024, bytes: 2 ** 27 };

/** For so many elements the device is asked whether it had memory: asking takes time. */
const asked = 2 ** 20;

/** gpu.js reckons places in float32, which counts no further. */
const mostCounted = 2 ** 24;

/** A texture with its size, as a buffer's memory. */
export type Memory = {
  readonly texture: GpuTexture;
  readonly size: Int32Array;
  readonly format: Format;
  readonly key: string;
};

export class Textures {
  /** Textures that there are now, and all that were ever made. */
  live = 0;
  made = 0;
  /** Elements that a texture holds. */
  readonly most: number;
  private readonly free = new Map<string, Memory[]>();
  private readonly kept = { textures: 0, bytes: 0 };
  private readonly formatOf: (dtype: DType) => Format;

  constructor(
    gpu: Gpu,
    private readonly gl: WebGL2RenderingContext,
  ) {
    const side = Number(gl.getParameter(gl.MAX_TEXTURE_SIZE));
    this.most = Math.min(side * side, mostCounted);
    this.formatOf = formatsOf(gpu, gl);
  }

  /** What gpu.js calls the argument that such a texture is. */
  typeOf = (dtype: DType): string => this.formatOf(dtype).type;

  /** A texture of at least one element; its content is whatever was there. */
  take(dtype: DType, elements: number): Memory {
    this.mustFit(elements, `A buffer of ${elements} ${dtype}`);
    const format = this.formatOf(dtype);
    const size = sizeOf(elements);
    const key = `${size.join("×")}×${format.channels}`;
    const old = this.free.get(key)?.pop();
    if (old) {
      this.keep(old, -1);
      return old;
    }
    return this.make(format, size, Math.max(elements, 1), key);
  }

  /** Throws a sentence where a buffer is too large. */
  mustFit(elements: number, what: string): void {
    if (elements <= this.most) return;
    const why = this.most === mostCounted ? "gpu.js counts in float32" : "textures are no larger";
    throw new Error(
      `${what} is more than webgl holds in one here, ${this.most} elements (${why}): make the batch smaller, split the tensor, or use webgpu or wasm`,
    );
  }

  give(memory: Memory): void {
    const bytes = this.kept.bytes + bytesOf(memory);
    if (bytes > mostKept.bytes || this.kept.textures === mostKept.textures)
      return this.delete(memory);
    this.keep(memory, 1);
    const same = this.free.get(memory.key);
    if (same) same.push(memory);
    else this.free.set(memory.key, [memory]);
  }

  /** A copy of `data` on the device, of integers their two halves. */
  write({ texture, size, format }: Memory, data: ArrayLike<number>): void {
    const { gl } = this;
    const { channels } = format;
    const texels = new Float32Array(size[0]! * size[1]! * channels);
    if (channels === 1) texels.set(data);
    else
      for (let k = 0; k < data.length; k++) {
        texels[2 * k] = data[k]! >> 16;
        texels[2 * k + 1] = data[k]! & 65535;
      }
    this.bind(texture.texture);
    const [width, height] = [size[0]!, size[1]!];
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, format.format, gl.FLOAT, texels);
  }

  close(): void {
    for (const memory of [...this.free.values()].flat()) this.delete(memory);
    this.free.clear();
  }

  private keep(memory: Memory, sign: 1 | -1): void {
    this.kept.textures += sign;
    this.kept.bytes += sign * bytesOf(memory);
  }

  private delete({ texture }: Memory): void {
    this.live--;
    this.gl.deleteTexture(texture.texture);
  }

  private make(format: Format, size: Int32Array, elements: number, key: string): Memory {
    const { gl } = this;
    const made = gl.createTexture();
    this.bind(made);
    for (const [name, value] of [
      [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE],
      [gl.TEXTURE_MIN_FILTER, gl.NEAREST], [gl.TEXTURE_MAG_FILTER, gl.NEAREST],
    ] as const) gl.texParameteri(gl.TEXTURE_2D, name, value); // prettier-ignore
    gl.texStorage2D(gl.TEXTURE_2D, 1, format.internal, size[0]!, size[1]!);
    if (elements > asked && gl.getError() === gl.OUT_OF_MEMORY)
      throw new Error(
        `There is no memory left on the device for ${elements} elements: dispose of tensors, or make the batch smaller`,
      );
    const texture = new format.wrap({
      texture: made, size, dimensions: [elements, 1, 1], output: [elements], context: gl,
      internalFormat: format.internal, textureFormat: format.format, kernel: {},
    }); // prettier-ignore
    this.live++;
    this.made++;
    return { texture, size, format, key };
  }

  /** At a unit that no kernel's argument is bound to for long: gpu.js binds its own anew at each run. */
  private bind(texture: WebGLTexture): void {
    this.gl.activeTexture(this.gl.TEXTURE15);
    this.gl.bindTexture(this.gl.TEXTURE_2D, texture);
  }
}

const bytesOf = ({ size, format }: Memory): number => 4 * format.channels * size[0]! * size[1]!;
