/** One line that tells how a run goes; on a terminal it is written over, in a log it comes every ten seconds. */

export type TrainingState = { name: string; step: number; loss: number; secondsLeft: number };

const EVERY_MS = { terminal: 200, log: 10_000 };

export class Progress {
  private last = -Infinity;
  private readonly terminal = process.stderr.isTTY;
  /** Seconds of the experiments that have not begun, and when this one is expected to end. */
  private later = 0;
  private endAt = 0;

  /** An experiment begins that takes about `seconds`; others that take `later` follow. Infinity: no one knows. */
  begin(later: number, seconds: number): void {
    this.later = later;
    this.endAt = performance.now() + 1e3 * seconds;
  }

  training({ name, step, loss, secondsLeft }: TrainingState): void {
    const left = `${time(secondsLeft)} left of it`;
    this.show(`${name}  step ${step}  loss ${loss.toFixed(3)}  ${left}`, secondsLeft);
  }

  measuring(doing: string): void {
    this.show(doing, 0);
  }

  /** Clears the line, so that what is printed next stands alone. */
  end(): void {
    if (this.terminal) process.stderr.write("\r\x1b[K");
  }

  private show(what: string, secondsLeft: number): void {
    const now = performance.now();
    if (now - this.last < (this.terminal ? EVERY_MS.terminal : EVERY_MS.log)) return;
    this.last = now;
    const line = `${what}${this.left(secondsLeft, (this.endAt - now) / 1e3)}`;
    process.stderr.write(this.terminal ? `\r\x1b[K${line}` : `${line}\n`);
  }

  /** Of the whole run: this experiment takes `least` at least, and by the plan `planned`, below 0 where it is late. */
  private left(least: number, planned: number): string {
    const here = Math.max(least, planned);
    if (here + this.later === Infinity) return "";
    if (here > 0) return `, about ${time(here + this.later)} in all`;
    const after = this.later > 0 ? `, and about ${time(this.later)} after it` : "";
    return `, ${time(-planned)} longer than planned${after}`;
  }
}

function time(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return whole < 100 ? `${whole} s` : `${Math.ceil(whole / 60)} min`;
}
