/** Writes an elementwise kernel into the stores of the dispatch that it ends. */
import type { Fused } from "../../ir.js";
import { writeLines } from "../fused/expression.js";
import { address, coordinates, loopsOf, sourcesOf } from "../fused/loops.js";
import type { Dispatch, KernelBuffer, KernelNumber } from "../kernel.js";
import { functionsFor } from "../wgsl/functions.js";

/** Where the ending's buffers and scalars stand among those of the two calls together. */
export type Ending = {
  kernel: Fused;
  /** Places of its inputs and of its output; the input that the dispatch makes is `made`. */
  inputs: readonly number[];
  output: number;
  made: number;
  firstScalar: number;
  /** Whether somebody else reads what the dispatch makes. */
  kept: boolean;
};

/** The dispatch with its stores of `made` ended; as it is if it stores something else. */
export function end(dispatch: Dispatch, ending: Ending): Dispatch {
  const { made, kept, output } = ending;
  const stored = Object.entries(dispatch.buffers).find(([, [, place]]) => place === made);
  if (!stored) return dispatch;
  const [name] = stored;
  const { buffers, numbers, declarations } = write(ending);
  const store = new RegExp(`\\b${name}\\[([^\\]]+)\\] = ([^;]+);`, "g");
  const before = Object.fromEntries(
    Object.entries(dispatch.buffers).filter(([key]) => kept || key !== name),
  );
  return {
    ...dispatch,
    buffers: { ...before, ...buffers, ended: ["f32", output] },
    numbers: { ...dispatch.numbers, ...numbers },
    declarations: `${dispatch.declarations ?? ""}\n${declarations}`,
    body: dispatch.body.replace(
      store,
      (_, at: string, value: string) =>
        `{ let made = ${value}; ${kept ? `${name}[${at}] = made; ` : ""}ended[${at}] = end_of(${at}, made); }`,
    ),
  };
}

/** `fn end_of(i, made)`: number i of the ending's result, with its buffers and numbers under names of their own. */
function write({ kernel, inputs, made, firstScalar }: Ending) {
  const loops = loopsOf(kernel);
  const sources = sourcesOf(loops, (k) => address(loops.output, "o", k, `numbers.offset${k}`));
  const load = (k: number): string => (inputs[k] === made ? "made" : sources.load(k));
  const lines = [
    ...coordinates(loops.output, "o", "i"),
    ...writeLines(kernel.body, "v", { ...sources, load }),
    `return v${kernel.body.length - 1};`,
  ].join("\n  ");
  const buffers: Record<string, KernelBuffer> = {};
  kernel.loads.forEach((_, k) => {
    if (inputs[k] === made) return;
    buffers[`end_in${k}`] = [loops.buffers[`in${k}`]![0], inputs[k]!];
  });
  const text = `fn end_of(i: u32, made: f32) -> f32 {\n  ${lines}\n}`
    .replace(/\bin(\d+)\[/g, "end_in$1[")
    .replace(/\bnumbers\.(\w+)/g, "numbers.end_$1");
  return { buffers, numbers: numbersOf(loops.numbers, text, firstScalar), declarations: own(text) };
}

/** The numbers that the text names, the scalars counted from `first`. */
function numbersOf(
  numbers: Readonly<Record<string, KernelNumber>>,
  text: string,
  first: number,
): Record<string, KernelNumber> {
  const named = Object.entries(numbers).filter(([name]) =>
    new RegExp(`numbers\\.end_${name}\\b`).test(text),
  );
  return Object.fromEntries(
    named.map(([name, [type, value]]): [string, KernelNumber] => [
      `end_${name}`,
      [type, typeof value === "number" ? value : { ...value, scalar: first + value.scalar }],
    ]),
  );
}

/** With the library functions that it calls, renamed: the dispatch may have them, too. */
function own(text: string): string {
  const library = functionsFor(text);
  const names = [...library.matchAll(/\bfn (\w+)/g)].map(([, name]) => name!);
  return names.reduce(
    (sum, name) => sum.replace(new RegExp(`\\b${name}\\(`, "g"), `${name}_at_end(`),
    `${library}\n${text}`,
  );
}
