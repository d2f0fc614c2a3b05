/** One line that tells how a training goes; on a terminal it is written over, in a log it comes every ten seconds. */

export type State = {
  name: string;
  step: number;
  loss: number;
  tokensPerSecond: number;
  secondsLeft: number;
};

const EVERY_MS = { terminal: 200, log: 10_000 };

export class Progress {
  private last = -Infinity;
  private readonly terminal = process.stderr.isTTY;

  show(state: State): void {
    const now = performance.now();
    if (now - this.last < (this.terminal ? EVERY_MS.terminal : EVERY_MS.log)) return;
    this.last = now;
    process.stderr.write(this.terminal ? `\r\x1b[K${line(state)}` : `${line(state)}\n`);
  }

  /** Clears the line, so that what is printed next stands alone. */
  end(): void {
    if (this.terminal) process.stderr.write("\r\x1b[K");
  }
}

function line({ name, step, loss, tokensPerSecond, secondsLeft }: State): string {
  const left = `${Math.max(0, Math.ceil(secondsLeft))} s left`;
  return `${name.toUpperCase().padEnd(4)}  step ${step}  loss ${loss.toFixed(3)}  ${Math.round(tokensPerSecond)} tokens/s  ${left}`;
}
