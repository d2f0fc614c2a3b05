/** Times systems against each other: rounds are interleaved, so that a noisy machine disturbs all alike. */
export type Once = () => unknown;

/** The engines compile what they run often: until then they are slower. */
const WARM_MS = 300;

/** Median milliseconds of each system, warm: a round runs each for at least 30 ms. */
export async function race(
  systems: Record<string, Once>,
  rounds: number,
): Promise<Record<string, number>> {
  const names = Object.keys(systems);
  const repeats = new Map<string, number>();
  for (const name of names) {
    const start = performance.now();
    let runs = 0;
    while (runs < 3 || performance.now() - start < WARM_MS) runs += (await systems[name]!(), 1);
    const once = await time(systems[name]!, Math.min(runs, 10));
    repeats.set(name, Math.max(1, Math.ceil(30 / once)));
  }
  const times = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) times.get(name)!.push(await time(systems[name]!, repeats.get(name)!));
  return Object.fromEntries(names.map((name) => [name, median(times.get(name)!)]));
}

/** Mean milliseconds of `repeats` runs. */
export async function time(once: Once, repeats: number): Promise<number> {
  const start = performance.now();
  for (let k = 0; k < repeats; k++) await once();
  return (performance.now() - start) / repeats;
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1]!;
}
