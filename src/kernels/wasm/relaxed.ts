/** Whether the engine has relaxed SIMD (Node 22, Chrome 114): a · b + c is then one instruction. */
const probe = [
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 6, 1, 0x60, 1, 0x7b, 1, 0x7b, // one type: v128 -> v128
  3, 2, 1, 0,
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 0, 0x20, 0, 0xfd, 0x85, 0x02, 0x0b, // f32x4.relaxed_madd x x x
]; // prettier-ignore

export const relaxed: boolean = WebAssembly.validate(new Uint8Array(probe));
