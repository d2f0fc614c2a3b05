/** What the threads of a workgroup make together: each brings a number, all get the sum (or the largest). */

/** WGSL of `sum_of_all(thread, value)`: joins the upper half into the lower until one is left. */
export const sumOfAll = (threads: number): string => joined("sum_of_all", threads, "a + b");

/** WGSL of `largest_of_all(thread, value)`; NaN if one is. Its text calls `larger`. */
export const largestOfAll = (threads: number): string =>
  joined("largest_of_all", threads, "larger(a, b)");

function joined(name: string, threads: number, next: string): string {
  return /* wgsl */ `
var<workgroup> ${name}_values: array<f32, ${threads}>;
fn ${name}(thread: u32, value: f32) -> f32 {
  workgroupBarrier(); // all have read what the last use left
  ${name}_values[thread] = value;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (thread < half) {
      let a = ${name}_values[thread];
      let b = ${name}_values[thread + half];
      ${name}_values[thread] = ${next};
    }
  }
  workgroupBarrier();
  return ${name}_values[0];
}`;
}
