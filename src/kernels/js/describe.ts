/** A fused kernel in words, one line of the expression a line: what `trace` shows of it on this backend. */
import type { Access, Fused, Instruction } from "../ir.js";

const list = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;

function operation(line: Instruction, loads: readonly Access[]): string {
  switch (line.op) {
    case "load": {
      const { offset, strides } = loads[line.operand]!;
      return `input ${line.operand} at ${offset} + ${list(strides)} · index`;
    }
    case "scalar":
      return `scalar ${line.index}`;
    case "constant":
      return String(line.value);
    case "index":
      return `index[${line.axis}]`;
    case "accumulated":
      return "accumulated";
    default:
      return `${line.op}(${line.args.map((k) => `v${k}`).join(", ")})`;
  }
}

const expression = (lines: readonly Instruction[], loads: readonly Access[]): string[] =>
  lines.map((line, k) => `  v${k} = ${operation(line, loads)}: ${line.dtype}`);

/** For example "for each index of [2, 3]: / v0 = input 0 at 0 + [3, 1] · index: f32 / v1 = exp(v0): f32 / …". */
export function describe({ dtype, shape, loads, body, reduce, epilogue }: Fused): string {
  const last = (lines: readonly Instruction[]): string => `v${lines.length - 1}`;
  if (!reduce) {
    const head = `for each index of ${list(shape)}:`;
    return [head, ...expression(body, loads), `  output: ${dtype} = ${last(body)}`].join("\n");
  }
  return [
    `for each index of ${list(shape)}, and of ${list(reduce.shape)} within it:`,
    ...expression(body, loads),
    `  accumulated = ${reduce.op} of ${last(body)}`,
    `for each index of ${list(shape)}:`,
    ...expression(epilogue, loads),
    `  output: ${dtype} = ${epilogue.length > 0 ? last(epilogue) : "accumulated"}`,
  ].join("\n");
}
