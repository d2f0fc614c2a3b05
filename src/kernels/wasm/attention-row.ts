/**
 * One query's row of scores: the softmax that goes on from block to block of keys (Milakov &
 * Gimelshein, 2018, "Online normalizer calculation for softmax"), and its gradient. Rows are in
 * scratch memory, so whole vectors may be written; numbers at and past `limit` are keys that the
 * query does not see.
 */
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { expWithin, log } from "./math.js";
import { eachVectorOnce } from "./row.js";
import { floats, integers } from "./vector.js";

const padded =
  (f: FunctionBuilder, count: Local): Operand =>
  () =>
    f.op("i32.and", () => f.op("i32.add", count, 3), -4);

/** The four lanes of a vector put together, in each lane. */
export function across(f: FunctionBuilder, op: "f32x4.max" | "f32x4.add", x: Local): void {
  f.set(x, () => f.op(op, x, () => f.shuffle([2, 3, 0, 1], x, x)));
  f.set(x, () => f.op(op, x, () => f.shuffle([1, 0, 3, 2], x, x)));
}

type Row = { row: Local; mask: Local; scalars: Local; limit: Local };

/**
 * Visits score · scale (+ mask) of the keys that are seen, as vectors; lanes past the limit are −∞.
 * `at`: bytes from the row's start.
 */
function eachScore(
  f: FunctionBuilder, { row, mask, scalars, limit }: Row, masked: boolean,
  visit: (score: Local, at: Local) => void,
): void {
  const { add, mul } = floats(f);
  const [at, score] = [f.let("i32", "at", 0), f.local("v128", "score")];
  const scale = f.let("v128", "scale", () => f.load("v128.load32_splat", scalars));
  const load = (base: Local): Operand => () => f.load("v128.load", () => f.op("i32.add", base, at));
  const value = masked ? add(mul(load(row), scale), load(mask)) : mul(load(row), scale);
  const end = f.let("i32", "end", () => f.op("i32.shl", () => f.op("i32.and", limit, -4), 2));
  f.loop(at, 0, end, 16, () => {
    f.set(score, value);
    visit(score, at);
  });
  const lanes = f.let("i32", "lanes", () => f.op("i32.and", limit, 3));
  f.if(lanes, () => {
    const hidden = (): unknown =>
      f.op("i32x4.ge_s", () => f.lanes("i32x4", [0, 1, 2, 3]), () => f.op("i32x4.splat", lanes));
    f.set(score, () => f.push(-Infinity, "f32x4").push(value).push(hidden).op("v128.bitselect"));
    visit(score, at);
  });
} // prettier-ignore

/** Zeros from the first vector past the limit to the row's end. */
function clearUnseen(f: FunctionBuilder, row: Local, from: Operand, to: Operand): void {
  const at = f.local("i32", "at");
  const start = f.let("i32", "start", () => f.op("i32.shl", from, 2));
  const end = f.let("i32", "end", () => f.op("i32.shl", to, 2));
  f.loop(at, start, end, 16, () => f.store("v128.store", () => f.op("i32.add", row, at), 0));
}

/**
 * Turns a row's scores of `count` keys into weights exp(score − maximum), where `state` holds the
 * maximum and the sum of the weights so far; both are brought up to date, and so is the row `out`
 * (`bytes` long) of weighted values, to the new maximum. `tail` is the number of lanes past whole
 * vectors.
 */
export function softmaxRow(module: ModuleBuilder, tail: 0 | 1 | 2 | 3,
  masked: boolean): FunctionHandle {
  const parameters = {
    row: "i32", count: "i32", limit: "i32", mask: "i32", scalars: "i32", state: "i32", out: "i32",
      bytes: "i32",
  } as const;
  const name = `softmaxRow${tail}${masked ? "Masked" : ""}`;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const { sub, mul, madd, higher } = floats(f);
      const most = f.let("v128", "most", -Infinity);
      eachScore(f, p, masked, (score, at) => {
        f.store("v128.store", () => f.op("i32.add", p.row, at), score);
        f.set(most,
          higher(score, most)); // pmax: one instruction; a NaN comes back through the weights
      });
      across(f, "f32x4.max", most);
      const before = f.let("v128", "before", () => f.load("v128.load32_splat", p.state));
      f.set(most, () => f.op("f32x4.max", most, before));
      const seen = f.let("i32", "seen", padded(f, p.limit));
      const nothing = (): unknown =>
        f.op("f32.eq", () => f.lane("f32x4.extract_lane", 0, most), -Infinity);
      f.if(nothing, () => f.set(seen, 0), () => {
        const sum = f.let("v128", "sum", 0);
        eachWeight(f, p.row, seen, most, sum);
        across(f, "f32x4.add", sum);
        const change = f.let("v128", "change", sub(before, most));
        const factor = f.let("v128", "factor", () => expWithin(f, change));
        const total = madd(() => f.load("v128.load32_splat", p.state, 4), factor, sum);
        f.laneMemory("v128.store32_lane", 0, p.state, total, 4);
        f.laneMemory("v128.store32_lane", 0, p.state, most);
        f.if(() => f.op("f32.lt", () => f.lane("f32x4.extract_lane", 0, factor), 1), () =>
          eachVectorOnce(f, tail, p.bytes, (vector) =>
            vector.store(p.out, mul(vector.load(p.out), factor))));
      });
      clearUnseen(f, p.row, seen, padded(f, p.count));
    }),
  );
} // prettier-ignore

/** row = exp(row − most), added up in `sum`. */
function eachWeight(f: FunctionBuilder, row: Local, seen: Local, most: Local, sum: Local): void {
  const { add, sub, keep } = floats(f);
  const at = f.local("i32", "at");
  const end = f.let("i32", "end", () => f.op("i32.shl", seen, 2));
  const address = (): unknown => f.op("i32.add", row, at);
  f.loop(at, 0, end, 16, () => {
    const x = keep(
      "x",
      sub(() => f.load("v128.load", address), most),
    );
    const p = keep("p", () => expWithin(f, x));
    f.store("v128.store", address, p);
    f.set(sum, add(sum, p));
  });
}

/** Ends a row: out / sum of weights, and maximum + log(sum) to `logsumexp`. */
export function finishRow(module: ModuleBuilder, tail: 0 | 1 | 2 | 3): FunctionHandle {
  const parameters = { state: "i32", out: "i32", bytes: "i32", logsumexp: "i32" } as const;
  const name = `finishRow${tail}`;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const { add, mul, div } = floats(f);
      const most = f.let("v128", "most", () => f.load("v128.load32_splat", p.state));
      const sum = f.let("v128", "sum", () => f.load("v128.load32_splat", p.state, 4));
      const nothing = (): unknown => f.op("f32.eq", () => f.lane("f32x4.extract_lane", 0, sum), 0);
      f.if(nothing, () => f.store("f32.store", p.logsumexp, -Infinity), () => {
        const share = f.let("v128", "share", div(1, sum));
        eachVectorOnce(f, tail, p.bytes, (vector) =>
          vector.store(p.out, mul(vector.load(p.out), share)));
        f.laneMemory("v128.store32_lane", 0, p.logsumexp, add(most, () => log(f, sum)));
      });
    }),
  );
} // prettier-ignore

/**
 * From scores in `row` and g·v in `change` to weights p = exp(score − logsumexp) in `row` and
 * scale · p · (g·v − delta) in `change`.
 */
export function softmaxGradientRow(module: ModuleBuilder, masked: boolean): FunctionHandle {
  const parameters = {
    row: "i32", change: "i32", count: "i32", limit: "i32", mask: "i32", scalars: "i32",
      logsumexp: "i32", delta: "i32",
  } as const;
  const name = `softmaxGradientRow${masked ? "Masked" : ""}`;
  return module.once(name, () =>
    module.function(name, parameters, [], (f, p) => {
      const { sub, mul, ne, keep } = floats(f);
      const total = f.let("v128", "total", () => f.load("v128.load32_splat", p.logsumexp));
      const delta = f.let("v128", "delta", () => f.load("v128.load32_splat", p.delta));
      const scale = f.let("v128", "scale", () => f.load("v128.load32_splat", p.scalars));
      const seen = f.let("i32", "seen", padded(f, p.limit));
      const nothing = (): unknown =>
        f.op("f32.eq", () => f.lane("f32x4.extract_lane", 0, total), -Infinity);
      f.if(nothing, () => f.set(seen, 0), () =>
        eachScore(f, p, masked, (score, at) => {
          const weights = keep("p", () => expWithin(f, keep("x", sub(score, total))));
          f.store("v128.store", () => f.op("i32.add", p.row, at), weights);
          const address = (): unknown => f.op("i32.add", p.change, at);
          const value = sub(() => f.load("v128.load", address), delta);
          // What has no weight has no part, be it NaN.
          f.store("v128.store", address,
            integers(f).and(mul(mul(weights, value), scale), ne(weights, 0)));
        }),
      );
      clearUnseen(f, p.row, seen, padded(f, p.count));
      clearUnseen(f, p.change, seen, padded(f, p.count));
    }),
  );
} // prettier-ignore
