/**
 * The product that matmul, convolution and their gradients share: C[m, n] = Σ_k A[m, k]·B[k, n], a tile
 * of C a workgroup. Its threads stand in a grid of `down` × `across`, and each makes 4 × 4 numbers:
 *
 *            16 columns of k           4·across columns
 *          ┌──────────────┐          ┌──────────────────┐
 *   4·down │ A, kept as   │   k = 16 │ B, kept as vec4  │   each thread: 2 vec4 read from workgroup memory
 *   rows   │ vec4 of rows │          │ of columns       │   for 16 multiplications and additions
 *          └──────────────┘          └──────────────────┘
 *
 * How A and B are read and C is stored is the caller's text: a strided matrix, or an image seen as one.
 */
import type { Dispatch } from "./kernel.js";

/** In the `registers` tile a thread makes 8 × 8 numbers by itself (registers.ts). */
export type Tile = { readonly down: number; readonly across: number; readonly registers?: true };

/** 64×64 fills a GPU; the others are for products with too few tiles of that, or too thin for it. */
export const large: Tile = { down: 16, across: 16 };
export const small: Tile = { down: 8, across: 8 };
export const low: Tile = { down: 4, across: 16 };
export const narrow: Tile = { down: 16, across: 4 };

export const rowsOf = ({ down }: Tile): number => 4 * down;
export const columnsOf = ({ across }: Tile): number => 4 * across;
export const nameOf = (tile: Tile): string =>
  `${rowsOf(tile)}×${columnsOf(tile)} tiles${tile.registers ? " in registers" : ""}`;

/** How deep a tile of A and B is. */
export const depth = 16;
/** One vec4 more a line, so that threads that write down a column do not meet in one memory bank. */
const padding = 1;
/** After so many products the sum is put aside: rounding errors grow with √(K/64), not with √K. */
export const blockLength = 64;

/** One operand. In its text, names end in the number of the round, for a thread may load more than one vec4. */
export type Operand = {
  /** A WGSL condition: neighbouring threads take neighbouring k, for that is how it lies in memory. */
  along: string;
  /** Statements before the loop; `first` names the first of the four rows (or columns). */
  prepare: (first: string, round: number) => string;
  /** Statements that put the four numbers at `k` (known to be < `end`) into `four`. */
  load: (round: number) => string;
};

export type Product = Pick<Dispatch, "buffers" | "numbers" | "groups"> & {
  tile: Tile;
  declarations?: string;
  /** Sets, alike in all threads of the workgroup, `row0`, `column0` and the range of k: `begin` and `end`. */
  start: string;
  left: Operand;
  right: Operand;
  /** Statements before the stores; the thread's first row and column are `row` and `column`. */
  beforeStore?: string;
  /** Stores `value`, a vec4 of C[m, column…]. */
  store: string;
};

export function tileProduct({ tile, declarations = "", ...product }: Product): Dispatch {
  const { buffers, numbers, groups, start, left, right, beforeStore = "", store } = product;
  const { down, across } = tile;
  const loads = [...roundsOf("left", left, down, tile), ...roundsOf("right", right, across, tile)];
  const rows = [0, 1, 2, 3];
  const body = /* wgsl */ `${start.trim()}
  let row = row0 + 4u * (thread / ${across}u);
  let column = column0 + 4u * (thread % ${across}u);
  ${loads.map(({ prepare }) => prepare).join("\n  ")}
  ${rows.map((r) => `var total${r} = vec4<f32>(); var sum${r} = vec4<f32>();`).join("\n  ")}
  for (var at = begin; at < end; at += ${depth}u) {
    ${loads.map(({ load }) => load).join("\n    ")}
    workgroupBarrier();
    for (var k = 0u; k < ${depth}u; k++) {
      let a = left_tile[k * ${down + padding}u + thread / ${across}u];
      let b = right_tile[k * ${across + padding}u + thread % ${across}u];
      ${rows.map((r) => `sum${r} = fma(vec4<f32>(a.${"xyzw"[r]}), b, sum${r});`).join("\n      ")}
    }
    if (((at - begin) & ${blockLength - depth}u) == ${blockLength - depth}u) {
      ${rows.map((r) => `total${r} += sum${r}; sum${r} = vec4<f32>();`).join("\n      ")}
    }
    workgroupBarrier();
  }
  ${beforeStore.trim()}
  ${rows.map((r) => `{ let m = row + ${r}u; let value = total${r} + sum${r};\n  ${store.trim()} }`).join("\n  ")}`;
  return {
    buffers,
    numbers,
    groups,
    threads: down * across,
    declarations: `${tileMemory("left_tile", down)}\n${tileMemory("right_tile", across)}\n${declarations}`,
    body,
  };
}

const tileMemory = (name: string, quads: number): string =>
  `var<workgroup> ${name}: array<vec4<f32>, ${depth * (quads + padding)}>;`;

/** The loads of one operand's tile: `quads` vec4 wide, `depth` deep, shared out among the threads. */
function roundsOf(
  side: "left" | "right",
  { along, prepare, load }: Operand,
  quads: number,
  { down, across }: Tile,
): { prepare: string; load: string }[] {
  const threads = down * across;
  const first = side === "left" ? "row0" : "column0";
  return Array.from({ length: (depth * quads) / threads }, (_, round) => {
    const [id, k, quad] = [`${side}${round}`, `${side}_k${round}`, `${side}_quad${round}`];
    const mine = `thread + ${round * threads}u`;
    return {
      prepare: `let ${k} = select((${mine}) / ${quads}u, (${mine}) % ${depth}u, ${along});
  let ${quad} = select((${mine}) % ${quads}u, (${mine}) / ${depth}u, ${along});
  let ${id} = ${first} + 4u * ${quad};
  ${prepare(id, round).trim()}`,
      load: `{ let k = at + ${k}; var four = vec4<f32>();
      if (k < end) { ${load(round).trim()} }
      ${side}_tile[${k} * ${quads + padding}u + ${quad}] = four; }`,
    };
  });
}
