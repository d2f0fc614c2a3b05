/** Writes the loop of one group as a fused kernel of the IR. */
import {
  computedIn,
  type Access,
  type Binary,
  type Computed,
  type Fused,
  type Instruction,
  type Unary,
} from "../../kernels/ir.js";
import type { Node, Value } from "../graph.js";
import type { Expression } from "../op.js";
import type { Group } from "./groups.js";
import { accessOf, broadcastMap, identityMap, withLoopAxes, type IndexMap } from "./index-map.js";

/** Thrown when a loop cannot be written unless `value` has memory of its own. */
export class NeedsMemory extends Error {
  constructor(readonly value: Value) {
    super("a value inside a loop needs memory");
  }
}

/** With the output, eight: as many storage buffers as WebGPU promises. */
const MOST_INPUTS = 7;

/** Lines of IR, each distinct one once. */
class Lines implements Expression {
  readonly list: Instruction[] = [];
  private readonly known = new Map<string, number>();
  constructor(private readonly scalarOf: (index: number) => number) {}

  /** Positions of the running node's scalars among the run's scalars. */
  firstScalar = 0;
  /** The value of index(axis): where the current node's axes are among the loop's. */
  axes: IndexMap | null = null;

  put(line: Instruction): number {
    const key = JSON.stringify(line, (_, x: unknown) => (typeof x === "number" ? String(x) : x));
    const found = this.known.get(key);
    if (found !== undefined) return found;
    this.known.set(key, this.list.length);
    return this.list.push(line) - 1;
  }
  /** The last line is the result; what comes after the line `result` has no part in it. */
  end(result: number): void {
    this.list.length = result + 1;
  }
  private dtype = (line: number): Computed => this.list[line]!.dtype;

  constant(value: number, dtype: Computed = "f32") {
    return this.put({ op: "constant", value, dtype });
  }
  scalar(index: number, dtype: Computed = "f32") {
    return this.put({ op: "scalar", index: this.scalarOf(this.firstScalar + index), dtype });
  }
  /** The position on an axis of the node: an affine sum of loop indices. */
  index(axis: number) {
    const row = this.axes!.rows[axis]!;
    let sum = this.constant(this.axes!.offset[axis]!, "i32");
    row.forEach((factor, loop) => {
      if (!factor || this.axes!.extents[loop] === 1) return;
      const position = this.put({ op: "index", axis: loop, dtype: "i32" });
      const term =
        factor === 1 ? position : this.binary("mul", position, this.constant(factor, "i32"));
      sum = this.binary("add", sum, term);
    });
    return sum;
  }
  unary(op: Unary, x: number) {
    return this.put({ op, args: [x], dtype: this.dtype(x) });
  }
  binary(op: Binary, a: number, b: number) {
    const compares = op === "lt" || op === "le" || op === "eq" || op === "ne";
    return this.put({ op, args: [a, b], dtype: compares ? "bool" : this.dtype(a) });
  }
  select(condition: number, a: number, b: number) {
    return this.put({ op: "select", args: [condition, a, b], dtype: this.dtype(a) });
  }
  cast(x: number, dtype: Computed) {
    return this.dtype(x) === dtype ? x : this.put({ op: "cast", args: [x], dtype });
  }
}

export type FusedCall = { kernel: Fused; inputs: Value[]; scalars: number[] };

/** The kernel that computes `group`, its inputs in order and its scalars (positions in the run's list). */
export function fuse(
  group: Group,
  buffered: ReadonlySet<Value>,
  firstScalar: ReadonlyMap<Node, number>,
): FusedCall {
  return new Writer(group, buffered, firstScalar).write();
}

class Writer {
  private readonly loads: Access[] = [];
  private readonly inputs: Value[] = [];
  private readonly operands = new Map<string, number>();
  private readonly scalars: number[] = [];
  private readonly ids = new Map<Value, number>();
  /** From the output's axes to those of the reduction's result, once met. */
  private reduced: IndexMap | null = null;
  private inBody = false;
  /** Lines of values that were met before, by the map under which they were. */
  private readonly met = new Map<Lines, Map<Value, Map<string, number>>>();

  constructor(
    private readonly group: Group,
    private readonly buffered: ReadonlySet<Value>,
    private readonly firstScalar: ReadonlyMap<Node, number>,
  ) {}

  write(): FusedCall {
    const { root, reduce } = this.group;
    const output = this.lines();
    output.end(this.compute(root, identityMap(root.shape), output));
    if (!reduce || !this.reduced) return this.call(output.list, null, []); // none, or cut off
    const compute = reduce.op.compute;
    if (!("reduce" in compute)) throw new Error("a group's reduction must be one");
    const { op, axes } = compute.reduce(reduce.attributes as never);
    const input = reduce.inputs[0]!;
    const shape = axes.map((axis) => input.shape[axis]!);
    const body = this.lines();
    this.inBody = true;
    body.end(this.emit(input, this.bodyMap(input, axes, shape), body));
    const alone = output.list.length === 1; // nothing but the accumulated number
    return this.call(body.list, { op, shape }, alone ? [] : output.list);
  }

  private lines(): Lines {
    return new Lines((index) => {
      const known = this.scalars.indexOf(index);
      return known >= 0 ? known : this.scalars.push(index) - 1;
    });
  }

  /** Kept axes follow the output's loop, reduced ones get loops of their own behind it. */
  private bodyMap(input: Value, axes: readonly number[], shape: readonly number[]): IndexMap {
    const outer = withLoopAxes(this.reduced!, shape);
    const first = outer.extents.length - shape.length;
    let kept = 0;
    const rows: (readonly number[])[] = [];
    const offset: number[] = [];
    input.shape.forEach((_, axis) => {
      const inner = axes.indexOf(axis);
      rows.push(
        inner < 0
          ? outer.rows[kept]!
          : outer.extents.map((_, loop) => (loop === first + inner ? 1 : 0)),
      );
      offset.push(inner < 0 ? outer.offset[kept++]! : 0);
    });
    return { rows, offset, extents: outer.extents };
  }

  private call(body: Instruction[], reduce: Fused["reduce"], epilogue: Instruction[]): FusedCall {
    const { shape, dtype } = this.group.root;
    const rank = shape.length + (reduce ? reduce.shape.length : 0);
    const loads = this.loads.map((load) => ({
      ...load,
      strides: [...load.strides, ...new Array<number>(rank - load.strides.length).fill(0)],
    }));
    const kernel: Fused = { kernel: "fused", dtype, shape, loads, body, reduce, epilogue };
    return { kernel, inputs: this.inputs, scalars: this.scalars };
  }

  private emit(value: Value, map: IndexMap, lines: Lines): number {
    if (!value.node || this.buffered.has(value)) return this.load(value, map, lines);
    const known = this.knownOf(value, lines);
    const key = keyOf(map);
    let line = known.get(key);
    if (line === undefined) known.set(key, (line = this.compute(value, map, lines)));
    return line;
  }

  private knownOf(value: Value, lines: Lines): Map<string, number> {
    let ofLines = this.met.get(lines);
    if (!ofLines) this.met.set(lines, (ofLines = new Map()));
    let known = ofLines.get(value);
    if (!known) ofLines.set(value, (known = new Map()));
    return known;
  }

  private compute(value: Value, map: IndexMap, lines: Lines): number {
    const node = value.node!;
    const compute = node.op.compute;
    if ("view" in compute) return this.view(value, map, lines);
    if ("reduce" in compute) {
      if (this.reduced && keyOf(this.reduced) !== keyOf(map)) throw new NeedsMemory(value);
      this.reduced = map;
      return lines.put({ op: "accumulated", dtype: computedIn(value.dtype) });
    }
    if (!("map" in compute)) throw new Error(`${node.op.name} cannot stand inside a loop`);
    const args = node.inputs.map((input) =>
      this.emit(input, broadcastMap(map, input.shape), lines),
    );
    lines.firstScalar = this.firstScalar.get(node)!;
    lines.axes = map;
    return compute.map(lines, args, node.attributes as never, value);
  }

  private view(value: Value, map: IndexMap, lines: Lines): number {
    const node = value.node!;
    const input = node.inputs[0]!;
    // A reshape of something in memory is the same memory under another shape: no map is needed.
    if (node.op.name === "reshape") {
      let base = input;
      while (base.node && !this.buffered.has(base) && base.node.op.name === "reshape")
        base = base.node.inputs[0]!;
      if (!base.node || this.buffered.has(base)) return this.load(base, map, lines, value.shape);
    }
    const compute = node.op.compute;
    if (!("view" in compute)) throw new Error(`${node.op.name} is no view`);
    const inner = compute.view(map, input, node.attributes as never, value.output);
    if (!inner) throw new NeedsMemory(input);
    return this.emit(input, inner, lines);
  }

  private load(value: Value, map: IndexMap, lines: Lines, shape = value.shape): number {
    const access = accessOf(map, shape, value.dtype);
    let id = this.ids.get(value);
    if (id === undefined) {
      if (this.ids.size === MOST_INPUTS) throw new NeedsMemory(this.half());
      this.ids.set(value, (id = this.ids.size));
    }
    const key = `${id} ${access.offset} ${access.strides.join()}`;
    let operand = this.operands.get(key);
    if (operand === undefined) {
      operand = this.loads.push(access) - 1;
      this.inputs.push(value);
      this.operands.set(key, operand);
    }
    return lines.put({ op: "load", operand, dtype: computedIn(value.dtype) });
  }

  /**
   * The value at which a loop with too many inputs is cut in two: its reduction, if that parts them; else the
   * largest part below the root (or the reduction) that one loop can hold, so that few cuts are made.
   */
  private half(): Value {
    const { reduce, root } = this.group;
    const after = reduce && this.reduced && root.node !== reduce;
    if (after && (!this.inBody || this.reads(reduce.inputs[0]!) <= MOST_INPUTS))
      return reduce.outputs[0]!;
    let node = this.inBody ? reduce! : root.node!;
    for (;;) {
      const inner = node.inputs.filter((input) => input.node && !this.buffered.has(input));
      const reading = inner.map((input) => ({ input, count: this.reads(input) }));
      reading.sort((a, b) => b.count - a.count);
      const most = reading[0];
      if (!most) throw new Error("a loop has too many inputs and nothing to cut");
      if (!("view" in most.input.node!.op.compute) && most.count <= MOST_INPUTS) return most.input;
      node = most.input.node!;
    }
  }

  private reads(value: Value, seen = new Set<Value>()): number {
    if (seen.has(value)) return 0;
    seen.add(value);
    if (!value.node || this.buffered.has(value)) return 1;
    return value.node.inputs.reduce((sum, input) => sum + this.reads(input, seen), 0);
  }
}

const keyOf = ({ rows, offset }: IndexMap): string => `${offset.join()};${rows.join(";")}`;
