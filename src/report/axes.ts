/** Where the ticks of an axis stand and what they say. */
import type { Axis } from "../compare/results.js";
import type { Numbers } from "./numbers.js";

export type Ticks = { ticks: number[]; text(value: number): string };

/** Ticks for these values: the values themselves where they are few and far apart, else about `count` round ones. */
export function ticksOf(axis: Axis, values: readonly number[], count: number, n: Numbers): Ticks {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const own = [...new Set(values)].sort((a, b) => a - b);
  if (own.length <= count && areApart(own, axis)) return { ticks: own, text: (at) => n.short(at) };
  if (axis.scale === "log") {
    const ticks = logTicks(low, high, count);
    return { ticks, text: logText(ticks, n) };
  }
  const ticks = linearTicks(low, high, count);
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : 0;
  return { ticks, text: (at) => n.fixed(at, decimalsOf(step)) };
}

/** Whether each has a tenth of the axis to the next. */
function areApart(ticks: readonly number[], { scale }: Axis): boolean {
  const at = ticks.map((tick) => (scale === "log" ? Math.log(tick) : tick));
  const all = at.at(-1)! - at[0]!;
  return at.every((one, k) => k === 0 || one - at[k - 1]! >= all / 10);
}

/** As many as the step between ticks has. */
const decimalsOf = (step: number): number =>
  step > 0 ? Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) : 2;

/** All as powers of ten where one of them would be long. */
function logText(ticks: readonly number[], n: Numbers): (value: number) => string {
  const long = ticks.some((tick) => tick < 0.00099 || tick > 99_999);
  const isPower = (value: number) => Number.isInteger(Number(Math.log10(value).toFixed(9)));
  return (value) => (long && isPower(value) && value !== 1 ? n.power(value) : n.short(value));
}

/** Powers of ten, with twos and fives between them where there is room for all. */
function logTicks(low: number, high: number, count: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, k) => first + k);
  const fine = powers.flatMap((power) => [1, 2, 5].map((digit) => Number(`${digit}e${power}`)));
  const inside = (ticks: number[]): number[] =>
    ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  if (inside(fine).length <= count) return inside(fine);
  const coarse = inside(powers.map((power) => Number(`1e${power}`)));
  const stride = Math.ceil(coarse.length / count);
  // Counted from 1, so that 1 keeps its tick.
  return coarse.filter((tick) => Math.round(Math.log10(tick)) % stride === 0);
}

/** Multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number, count: number): number[] {
  if (low === high) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) =>
    Number(((first + k) * step).toPrecision(12)),
  );
}
