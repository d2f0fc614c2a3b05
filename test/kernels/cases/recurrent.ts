/** The recurrent layers over a whole sequence: three cells, both directions, and their gradients. */
import type { Recurrent } from "../../../src/kernels/spec.js";
import { Draw, f32, type Case, type Output, type Tolerance } from "../case.js";

type Cell = Pick<Recurrent, "cell" | "nonlinearity">;
type Size = Pick<Recurrent, "B" | "T" | "H">;

const gatesOf = { rnn: 1, gru: 3, lstm: 4 } as const;

/** A step is a matmul of terms 1/√H large, squashed; what it errs, the next steps shrink. */
const tolerance: Tolerance = { relative: 1e-6, absolute: 1e-6, why: "matmul: 1e-6, of a sum of 1" };

const title = ({ cell, nonlinearity }: Cell, { B, T, H }: Size, reverse: boolean): string =>
  `${cell}${cell === "rnn" ? ` ${nonlinearity}` : ""} ${B}×${T}×${H}${reverse ? " reverse" : ""}`;

/** w_hh and b_hh as PyTorch begins with them: of the order of 1/√H. */
const weight = (draw: Draw, count: number, H: number): Float32Array =>
  draw.normal(count, 0, 0.5 / Math.sqrt(H));

function forward(cell: Cell, size: Size, reverse: boolean, wide = false): Case {
  const { B, T, H } = size;
  const gates = gatesOf[cell.cell];
  const name = `recurrent ${title(cell, size, reverse)}${wide ? " wide" : ""}`;
  const state = f32(B * T * H);
  const outputs: Record<Recurrent["cell"], Output[]> = {
    rnn: [state],
    gru: [state, f32(B * T * 4 * H)],
    lstm: [state, state, f32(B * T * 4 * H)],
  };
  return {
    name,
    kernel: { kernel: "recurrent", ...cell, reverse, ...size },
    inputs: () => {
      const draw = new Draw(name);
      const xw = draw.normal(B * T * gates * H, 0, wide ? 60 : 1); // wide: squashers at their ends
      const parts = [xw, weight(draw, gates * H * H, H), weight(draw, gates * H, H)];
      const states = cell.cell === "lstm" ? [B * H, B * H] : [B * H];
      return [...parts, ...states.map((count) => draw.normal(count))];
    },
    outputs: outputs[cell.cell],
    tolerance,
  };
}

/** Values that a forward pass could have left: gates in (0, 1), candidates in (−1, 1). */
function savedGates(draw: Draw, { cell }: Cell, { B, T, H }: Size): Float32Array {
  const candidate = 2; // of r z n hn and of i f g o: a tanh
  return draw.uniform(B * T * 4 * H).map((u, i) => {
    const gate = Math.floor(i / H) % 4;
    return gate === candidate || (cell === "gru" && gate === 3) ? 2 * u - 1 : u;
  });
}

function savedStates(draw: Draw, cell: Cell, size: Size): Float32Array[] {
  const count = size.B * size.T * size.H;
  if (cell.cell === "rnn" && cell.nonlinearity === "relu") {
    return [draw.normal(count).map((x) => Math.max(x, 0))];
  }
  const h = draw.uniform(count, -1, 1);
  if (cell.cell === "rnn") return [h];
  if (cell.cell === "gru") return [h, savedGates(draw, cell, size)];
  return [h, draw.normal(count), savedGates(draw, cell, size)];
}

function gradient(cell: Cell, size: Size, reverse: boolean): Case {
  const { B, T, H } = size;
  const gates = gatesOf[cell.cell];
  const name = `recurrentGradient ${title(cell, size, reverse)}`;
  const [wide, state] = [f32(B * T * gates * H), f32(B * H)];
  const outputs: Record<Recurrent["cell"], Output[]> = {
    rnn: [wide, state],
    gru: [wide, wide, state],
    lstm: [wide, state, state],
  };
  return {
    name,
    kernel: { kernel: "recurrentGradient", ...cell, reverse, ...size },
    inputs: () => {
      const draw = new Draw(name);
      const starts = cell.cell === "lstm" ? [B * H, B * H] : [B * H];
      const gradients = cell.cell === "lstm" ? [B * T * H, B * T * H] : [B * T * H];
      return [
        weight(draw, gates * H * H, H),
        ...starts.map((count) => draw.normal(count)),
        ...savedStates(draw, cell, size),
        ...gradients.map((count) => draw.normal(count)),
      ];
    },
    outputs: outputs[cell.cell],
    tolerance: { ...tolerance, absolute: 2e-6 }, // gradients of both the step and what follows
  };
}

const cells: readonly Cell[] = [
  { cell: "rnn", nonlinearity: "tanh" },
  { cell: "rnn", nonlinearity: "relu" },
  { cell: "gru", nonlinearity: "tanh" },
  { cell: "lstm", nonlinearity: "tanh" },
];

const sizes: readonly Size[] = [
  { B: 0, T: 3, H: 4 },
  { B: 1, T: 1, H: 1 },
  ...[1, 3, 4, 5, 15, 16, 17, 31, 33, 65].map((H) => ({ B: 3, T: 4, H })),
  ...[1, 4, 5, 15, 16, 17, 33].map((B) => ({ B, T: 3, H: 6 })),
  ...[1, 5, 17].map((T) => ({ B: 2, T, H: 8 })),
  { B: 32, T: 16, H: 128 },
];

const both = [false, true] as const;

export const recurrentCases: Case[] = cells.flatMap((cell) => [
  ...both.flatMap((reverse) => [
    ...sizes.map((size) => forward(cell, size, reverse)),
    ...sizes.map((size) => gradient(cell, size, reverse)),
  ]),
  ...(cell.nonlinearity === "tanh" ? [forward(cell, { B: 3, T: 4, H: 17 }, false, true)] : []),
]);
