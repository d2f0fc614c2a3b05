/** Work in the order of the calls: while one must wait (its pipelines still compile), those after it wait, too. */
export class OrderedWork {
  private readonly waiting: { job: () => void; ready: Promise<void> | null }[] = [];

  /** Does `job` at once if nothing is before it and nothing must be waited for. It must not throw. */
  do(job: () => void, ready: Promise<void> | null = null): void {
    if (!ready && this.waiting.length === 0) return job();
    this.waiting.push({ job, ready });
    if (this.waiting.length === 1) void this.drain();
  }

  private async drain(): Promise<void> {
    for (let next = this.waiting[0]; next; next = this.waiting[0]) {
      if (next.ready) await next.ready;
      next.job();
      this.waiting.shift();
    }
  }
}
