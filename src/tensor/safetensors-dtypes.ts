// The number formats of safetensors files, each with its bytes a value and the way into a typed
// array. Read-only widening and narrowing: JavaScript has no 16-bit floats before Float16Array, and
// no tensor here holds 64-bit integers.

/** The typed arrays that stand for the tensors of a file. */
export type StoredData =
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

type TooLarge = (index: number, value: bigint) => never;
type Row = { bytes: number; read: (buffer: ArrayBuffer, tooLarge: TooLarge) => StoredData };

export type StoredDtype =
  | "F64"
  | "I64"
  | "U64"
  | "F32"
  | "I32"
  | "U32"
  | "F16"
  | "BF16"
  | "I16"
  | "U16"
  | "I8"
  | "U8"
  | "BOOL";

export const dtypes: Record<StoredDtype, Row> = {
  F64: { bytes: 8, read: (buffer) => new Float64Array(buffer) },
  I64: { bytes: 8, read: (buffer, tooLarge) => narrow(new BigInt64Array(buffer), tooLarge) },
  U64: { bytes: 8, read: (buffer, tooLarge) => narrow(new BigUint64Array(buffer), tooLarge) },
  F32: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  I32: { bytes: 4, read: (buffer) => new Int32Array(buffer) },
  U32: { bytes: 4, read: (buffer) => new Uint32Array(buffer) },
  F16: { bytes: 2, read: (buffer) => widen(new Uint16Array(buffer), halfBits) },
  BF16: { bytes: 2, read: (buffer) => widen(new Uint16Array(buffer), (bits) => bits << 16) },
  I16: { bytes: 2, read: (buffer) => new Int16Array(buffer) },
  U16: { bytes: 2, read: (buffer) => new Uint16Array(buffer) },
  I8: { bytes: 1, read: (buffer) => new Int8Array(buffer) },
  U8: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
  BOOL: { bytes: 1, read: (buffer) => new Uint8Array(buffer) },
};

/** The format that a typed array is written in. */
export function dtypeOf(data: StoredData): StoredDtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Int32Array) return "I32";
  if (data instanceof Uint32Array) return "U32";
  if (data instanceof Int16Array) return "I16";
  if (data instanceof Uint16Array) return "U16";
  return data instanceof Int8Array ? "I8" : "U8";
}

function narrow(wide: BigInt64Array | BigUint64Array, tooLarge: TooLarge): Int32Array {
  const values = new Int32Array(wide.length);
  for (let i = 0; i < wide.length; i++) {
    values[i] = Number(wide[i]);
    if (BigInt(values[i]!) !== wide[i]) tooLarge(i, wide[i]!);
  }
  return values;
}

/** Written as bits, so that a NaN keeps its payload. */
function widen(narrowBits: Uint16Array, toFloat32Bits: (bits: number) => number): Float32Array {
  const bits = new Uint32Array(narrowBits.length);
  for (let i = 0; i < bits.length; i++) bits[i] = toFloat32Bits(narrowBits[i]!);
  return new Float32Array(bits.buffer);
}

/** Float32 bits of an IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function halfBits(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13); // infinity, NaN
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13); // bias 15 -> 127
  if (fraction === 0) return sign;
  // A subnormal half, fraction * 2^-24, is a normal float32 once its leading one is at bit 10.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13);
}
