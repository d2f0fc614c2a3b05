// The number formats of safetensors files, each with its bytes a value and the way into a typed
// array. Read-only widening and narrowing: JavaScript has no 16-bit floats before Float16Array, and
// no tensor here holds 64-bit integers.
import { fromHalves } from "../../kernels/half.js";

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
  F16: { bytes: 2, read: (buffer) => fromHalves(new Uint16Array(buffer)) },
  BF16: { bytes: 2, read: (buffer) => fromBrains(new Uint16Array(buffer)) },
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

/** The upper halves of float32; written as bits, so that a NaN keeps its payload. */
function fromBrains(upper: Uint16Array): Float32Array {
  const bits = Int32Array.from(upper, (half) => half << 16);
  return new Float32Array(bits.buffer);
}
