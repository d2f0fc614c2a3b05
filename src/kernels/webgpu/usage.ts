/** GPUBufferUsage and GPUMapMode by number (WebGPU, section 5): Node has no such globals. */
export const usage = {
  mapRead: 0x01,
  copySource: 0x04,
  copyDestination: 0x08,
  uniform: 0x40,
  storage: 0x80,
} as const;

export const mapForReading = 0x01;
export const computeStage = 0x04;
