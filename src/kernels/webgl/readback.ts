/** Reading a texture: at once, for what goes on on the CPU, or when the device has come so far. */
import type { TypedArray } from "../backend.js";
import type { DType } from "../ir.js";
import type { Memory } from "./textures.js";

export class Readback {
  private readonly framebuffer: WebGLFramebuffer;

  constructor(private readonly gl: WebGL2RenderingContext) {
    this.framebuffer = gl.createFramebuffer();
  }

  /** Waits for the device, and the page with it. */
  now(memory: Memory, dtype: DType, elements: number): TypedArray {
    const { gl } = this;
    const texels = new Float32Array(4 * texelsOf(memory));
    this.attach(memory);
    gl.readPixels(0, 0, memory.size[0]!, memory.size[1]!, gl.RGBA, gl.FLOAT, texels);
    return numbersOf(texels, dtype, elements);
  }

  /** Copies on the device what is there now, and waits for the copy without holding up the page. */
  async later(memory: Memory, dtype: DType, elements: number): Promise<TypedArray> {
    const { gl } = this;
    const texels = new Float32Array(4 * texelsOf(memory));
    const copy = gl.createBuffer();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, copy);
    gl.bufferData(gl.PIXEL_PACK_BUFFER, texels.byteLength, gl.STREAM_READ);
    this.attach(memory);
    gl.readPixels(0, 0, memory.size[0]!, memory.size[1]!, gl.RGBA, gl.FLOAT, 0);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    await this.reached();
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, copy);
    gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, texels);
    gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
    gl.deleteBuffer(copy);
    return numbersOf(texels, dtype, elements);
  }

  close(): void {
    this.gl.deleteFramebuffer(this.framebuffer);
  }

  private attach({ texture }: Memory): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.framebuffer);
    const [target, place] = [gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0];
    gl.framebufferTexture2D(target, place, gl.TEXTURE_2D, texture.texture, 0);
  }

  /** Resolves when the device has done all that it was asked until now. */
  private async reached(): Promise<void> {
    const { gl } = this;
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    const waits: number[] = [gl.TIMEOUT_EXPIRED, gl.WAIT_FAILED];
    for (let turn = 0; fence && !gl.isContextLost(); turn++) {
      if (!waits.includes(gl.clientWaitSync(fence, 0, 0))) break;
      await (turn < 4 ? nextTask() : new Promise((resolve) => setTimeout(resolve, 1)));
    }
    gl.deleteSync(fence);
  }
}

/** A turn of the page's other work; a timer would wait 4 ms after a few turns. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

const texelsOf = ({ size }: Memory): number => size[0]! * size[1]!;

function numbersOf(texels: Float32Array, dtype: DType, elements: number): TypedArray {
  const isReal = dtype === "f32";
  const numbers = isReal ? new Float32Array(elements) : new Int32Array(elements);
  for (let k = 0; k < elements; k++)
    numbers[k] = isReal ? texels[4 * k]! : texels[4 * k]! * 65536 + texels[4 * k + 1]!;
  return numbers;
}
