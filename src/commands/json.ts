// What commands print for programs to read.

/** JSON knows no infinity (the PSNR of equal images): it is written "Infinity", as conformance cases do. */
export const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (part === Infinity ? "Infinity" : part), 2);
