/**
 * The instructions that the emitter knows: WebAssembly's name and its number. 0xfd.... are SIMD
 * (https://webassembly.github.io/spec/core/binary/instructions.html), 0xfc.... saturating
 * conversions and bulk memory; the two bytes after the prefix are a LEB128 number.
 * What follows an opcode in the code (an offset, a lane …) is the emitter's business.
 *
 * The specification numbers them in runs, and so does the table: from which number on, for which
 * types in turn, which names one after another; "_" is a number that is not used here.
 */
const runs = [
  [0x28, "i32 i64 f32 f64", "load"],
  [0x2c, "i32", "load8_s load8_u load16_s load16_u"],
  [0x36, "i32 i64 f32 f64", "store"],
  [0x3a, "i32", "store8 store16"],
  [0x45, "i32 i64", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0x5b, "f32 f64", "eq ne lt gt le ge"],
  [0x67, "i32 i64", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"],
  [0x8b, "f32 f64", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"],
  [0xa7, "i32", "wrap_i64"],
  [0xac, "i64", "extend_i32_s extend_i32_u"],
  [0xb2, "f32", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64"],
  [0xb7, "f64", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32"],
  [0xbc, "i32", "reinterpret_f32"],
  [0xbd, "i64", "reinterpret_f64"],
  [0xbe, "f32", "reinterpret_i32"],
  [0xbf, "f64", "reinterpret_i64"],
  [0xfc0000, "i32 i64", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"],
  [0xfc000a, "memory", "copy fill"],

  [0xfd0000, "v128", "load load8x8_s load8x8_u load16x4_s load16x4_u load32x2_s load32x2_u"],
  [0xfd0007, "v128", "load8_splat load16_splat load32_splat load64_splat store"],
  [0xfd000d, "i8x16", "shuffle swizzle"],
  [0xfd000f, "i8x16 i16x8 i32x4 i64x2 f32x4 f64x2", "splat"],
  [0xfd001b, "i32x4 i64x2 f32x4 f64x2", "extract_lane replace_lane"],
  [0xfd0037, "i32x4", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"],
  [0xfd0041, "f32x4 f64x2", "eq ne lt gt le ge"],
  [0xfd004d, "v128", "not and andnot or xor bitselect any_true _ _ load32_lane load64_lane _ _"],
  [0xfd005a, "v128", "store32_lane store64_lane load32_zero load64_zero"],
  [0xfd005e, "f32x4", "demote_f64x2_zero"],
  [0xfd005f, "f64x2", "promote_low_f32x4"],
  [0xfd0067, "f32x4", "ceil floor trunc nearest"],
  [0xfd0074, "f64x2", "ceil floor _ _ _ _ trunc"],
  [0xfd0086, "i16x8", "narrow_i32x4_u"],
  [0xfd0094, "f64x2", "nearest"],
  [0xfd00a0, "i32x4", "abs neg _ all_true bitmask"],
  [0xfd00ab, "i32x4", "shl shr_s shr_u add _ _ sub _ _ _ mul min_s min_u max_s max_u"],
  [0xfd00c0, "i64x2", "abs neg _ all_true bitmask _ _"],
  [0xfd00c7, "i64x2", "extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u"],
  [0xfd00cb, "i64x2", "shl shr_s shr_u add _ _ sub _ _ _ mul eq ne lt_s gt_s le_s ge_s"],
  [0xfd00dc, "i64x2", "extmul_low_i32x4_s extmul_high_i32x4_s extmul_low_i32x4_u extmul_high_i32x4_u"],
  [0xfd00e0, "f32x4 f64x2", "abs neg _ sqrt add sub mul div min max pmin pmax"],
  [0xfd00f8, "i32x4", "trunc_sat_f32x4_s trunc_sat_f32x4_u"],
  [0xfd00fa, "f32x4", "convert_i32x4_s convert_i32x4_u"],
  [0xfd00fc, "i32x4", "trunc_sat_f64x2_s_zero trunc_sat_f64x2_u_zero"],
  [0xfd00fe, "f64x2", "convert_low_i32x4_s convert_low_i32x4_u"],
  // Relaxed SIMD: one rounding or two, as the machine likes. Only where `relaxed` is true.
  [0xfd0105, "f32x4 f64x2", "relaxed_madd relaxed_nmadd"],
] as const; // prettier-ignore

const withoutType = { unreachable: 0x00, return: 0x0f, drop: 0x1a, select: 0x1b } as const;

type Word<Text extends string> = Text extends `${infer First} ${infer Rest}`
  ? First | Word<Rest>
  : Text;
type OfRun<Run> = Run extends readonly [number, infer Types extends string, infer Names extends string]
  ? `${Word<Types>}.${Exclude<Word<Names>, "_">}`
  : never; // prettier-ignore

export type Opcode = keyof typeof withoutType | OfRun<(typeof runs)[number]>;

function numbered([first, types, names]: (typeof runs)[number]): [string, number][] {
  const all = types.split(" ").flatMap((type) => names.split(" ").map((name) => `${type}.${name}`));
  return all.map((name, k): [string, number] => [name, first + k]);
}

export const opcodes = {
  ...withoutType,
  ...Object.fromEntries(runs.flatMap(numbered).filter(([name]) => !name.endsWith("._"))),
} as Readonly<Record<Opcode, number>>;

type LaneOp = `${string}.${"extract_lane" | "replace_lane"}`;
type LaneAccess = `v128.${"load" | "store"}${"32" | "64"}_lane`;

/** Reads from an address. */
export type Load = Exclude<Extract<Opcode, `${string}.load${string}`>, LaneAccess>;
/** Writes to an address. */
export type Store = Exclude<Extract<Opcode, `${string}.store${string}`>, LaneAccess>;
/** Reads one lane from memory, or writes one. */
export type LaneMemory = Extract<Opcode, LaneAccess>;
/** Takes a lane out, or puts one in. */
export type Lane = Extract<Opcode, LaneOp>;
/** All that have nothing after the opcode. */
export type Plain = Exclude<
  Opcode,
  Load | Store | LaneMemory | Lane | "i8x16.shuffle" | "memory.copy" | "memory.fill"
>;

const numberTypes = new Map<Plain, readonly string[]>();

/** What a number means that is given as operand k of an instruction, from its name: 2 in "f32x4.mul" is a vector. */
export function operandType(name: Plain, k: number): string {
  const known = numberTypes.get(name) ?? [0, 1, 2].map((each) => typeFromName(name, each));
  numberTypes.set(name, known);
  return known[k] ?? "i32";
}

const conversion =
  /(?:convert|trunc_sat|promote|demote|extend|wrap|reinterpret)(?:_low|_high)?_([if]\d+(?:x\d)?)/;

function typeFromName(name: Plain, k: number): string {
  if (name.endsWith(".splat")) return name.slice(0, 3);
  if (k === 1 && /x\d+\.sh[lr]/.test(name)) return "i32"; // vector shifts count in i32
  if (name === "select") return k === 2 ? "i32" : "f32x4";
  const own = conversion.exec(name)?.[1] ?? name.split(".")[0] ?? "i32";
  return own === "v128" ? "i32x4" : own;
}
