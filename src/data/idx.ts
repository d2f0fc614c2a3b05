// The IDX format of MNIST and its kin (LeCun): two zero bytes, the kind of number, how many axes,
// the axes as big-endian 32-bit integers, then the numbers, big-endian, row-major.

export type Idx = { shape: number[]; data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array }; // prettier-ignore

type Kind = { make: new (count: number) => Idx["data"]; bytes: number; read: (view: DataView, at: number) => number }; // prettier-ignore

const kinds: Readonly<Record<number, Kind>> = {
  0x08: { make: Uint8Array, bytes: 1, read: (view, at) => view.getUint8(at) },
  0x09: { make: Int8Array, bytes: 1, read: (view, at) => view.getInt8(at) },
  0x0b: { make: Int16Array, bytes: 2, read: (view, at) => view.getInt16(at) },
  0x0c: { make: Int32Array, bytes: 4, read: (view, at) => view.getInt32(at) },
  0x0d: { make: Float32Array, bytes: 4, read: (view, at) => view.getFloat32(at) },
  0x0e: { make: Float64Array, bytes: 8, read: (view, at) => view.getFloat64(at) },
};

/** The numbers of an IDX file, which must be unpacked already. @throws RangeError for any other file. */
export function readIdx(file: Uint8Array): Idx {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const kind = file.length >= 4 && view.getUint16(0) === 0 ? kinds[file[2]!] : undefined;
  if (!kind) {
    const zipped = file[0] === 0x1f && file[1] === 0x8b;
    throw new RangeError(
      `readIdx: ${zipped ? "the file is packed by gzip; unpack it first" : "the file does not start as IDX does, with 0, 0 and a kind of number"}.`,
    );
  }
  const start = 4 + 4 * file[3]!;
  if (file.length < start) throw new RangeError("readIdx: the file ends within its header.");
  const shape = Array.from({ length: file[3]! }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = shape.reduce((size, axis) => size * axis, 1);
  if (file.length !== start + count * kind.bytes) {
    throw new RangeError(
      `readIdx: ${count} numbers [${shape.join(", ")}] take ${start + count * kind.bytes} bytes, ` +
        `but the file has ${file.length}.`,
    );
  }
  const data = new kind.make(count);
  for (let k = 0; k < count; k++) data[k] = kind.read(view, start + k * kind.bytes);
  return { shape, data };
}
