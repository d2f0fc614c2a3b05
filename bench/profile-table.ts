/** The profile of a step as Markdown. */
import { digits } from "./table.js";

/** Equal kernels of one step: milliseconds, operations and bytes of all calls together. */
export type KernelTime = {
  label: string;
  calls: number;
  ms: number;
  operations: number;
  bytes: number;
};
/** `ms`: a step as it runs; `timedMs`: with its kernels timed one by one. */
export type StepProfile = { threads: number; ms: number; timedMs: number; kernels: KernelTime[] };
/** 10⁹ operations and bytes a second at most, on as many threads as the profile beside it. */
export type Ceiling = { arithmetic: number; memory: number };

/** Kernels with a line of their own; the others share one. */
const most = 24;

/** One table of a step: the first profile's times and rates, then the times of each further one. */
export function profileTable(name: string, profiles: readonly StepProfile[], ceilings: readonly Ceiling[]): string {
  const [first, ...further] = profiles as [StepProfile, ...StepProfile[]];
  const sorted = [...first.kernels].sort((a, b) => b.ms - a.ms);
  const lines = [...sorted.slice(0, most), ...rest(sorted.slice(most))];
  const msOf = (profile: StepProfile, { label }: KernelTime) => timeOf(profile, label, sorted);
  const total = sumOf(first.kernels, "ms");
  const body = lines.map((kernel) => [
    kernel.label, String(kernel.calls), digits(kernel.ms), `${((100 * kernel.ms) / total).toFixed(1)} %`,
    ...rates(kernel, ceilings[0]!),
    ...further.flatMap((profile) => [digits(msOf(profile, kernel)), `${(kernel.ms / msOf(profile, kernel)).toFixed(2)}×`]),
  ]);
  const head = ["kernel", "calls", "ms", "share", "GFLOP/s", "of most", "GB/s", "of most", ...further.flatMap(({ threads }) => [`ms, ${threads} threads`, "faster"])];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = row(head.map((_, k) => (k ? "--:" : "---")));
  return [`## ${name}`, "", summary(profiles, ceilings), "", row(head), rule, ...body.map(row)].join("\n");
} // prettier-ignore

const sumOf = (kernels: readonly KernelTime[], what: "ms" | "operations" | "bytes" | "calls") =>
  kernels.reduce((sum, kernel) => sum + kernel[what], 0);

const restLabel = (count: number) => `${count} others`;

function rest(kernels: readonly KernelTime[]): KernelTime[] {
  if (!kernels.length) return [];
  const [ms, operations, bytes, calls] = (["ms", "operations", "bytes", "calls"] as const).map((what) => sumOf(kernels, what)) as [number, number, number, number]; // prettier-ignore
  return [{ label: restLabel(kernels.length), calls, ms, operations, bytes }];
}

/** The time of the same line in another profile. */
function timeOf(profile: StepProfile, label: string, sorted: readonly KernelTime[]): number {
  const others = new Set(sorted.slice(most).map((kernel) => kernel.label));
  const isRest = label === restLabel(others.size);
  const same = profile.kernels.filter((kernel) =>
    isRest ? others.has(kernel.label) : kernel.label === label,
  );
  return sumOf(same, "ms");
}

function rates({ ms, operations, bytes }: KernelTime, ceiling: Ceiling): string[] {
  const [gflops, gbytes] = [operations / ms / 1e6, bytes / ms / 1e6];
  const share = (x: number, all: number) => `${Math.round((100 * x) / all)} %`;
  return [
    ...(operations ? [digits(gflops), share(gflops, ceiling.arithmetic)] : ["—", "—"]),
    digits(gbytes),
    share(gbytes, ceiling.memory),
  ];
}

function summary(profiles: readonly StepProfile[], ceilings: readonly Ceiling[]): string {
  const [first] = profiles as [StepProfile];
  const gflop = sumOf(first.kernels, "operations") / 1e9;
  const words = profiles.map(({ threads, ms, timedMs, kernels }, k) => {
    const inKernels = sumOf(kernels, "ms");
    const { arithmetic, memory } = ceilings[k]!;
    return `On ${threads === 1 ? "one thread" : `${threads} threads`}: ${digits(ms)} ms as it runs; timed, ${digits(inKernels)} ms in kernels and ${digits(Math.max(0, timedMs - inKernels))} ms between them; at most ${digits(arithmetic)} GFLOP/s and ${digits(memory)} GB/s.`;
  });
  return [`${sumOf(first.kernels, "calls")} calls, ${digits(gflop)} GFLOP in products.`, ...words].join(" "); // prettier-ignore
}
