/**
 * The words (i32) by which threads meet, in a SharedArrayBuffer of their own: places that many threads
 * write stand on cache lines of their own. Only the caller writes the steps of a segment, and only
 * while the segment is closed and no worker is at it.
 */
export const control = {
  /** Workers asleep on `meeting`. */
  sleepers: 0,
  /** 1 while the caller sleeps on `meeting`. */
  waiting: 16,
  /** Messages posted to each worker so far. */
  mail: 32,
  /** 1 + the step of the segment that trapped in a worker, and what the engine said. */
  failed: 48,
  textLength: 49,
  text: 64,
  /** For each worker, messages that it has read; for each thread, on a line of its own, parts of steps that it has run. */
  received: 320,
  taken: 352,
  /**
   * `segment` times a count of segments opened and closed, which is odd while one is open, and the workers that are at
   * it. What they read of a segment follows on the same line: it comes to them in one go.
   */
  meeting: 864,
  /** Of the open segment: how many steps, and how far apart the workers' scratch blocks are. */
  count: 865,
  stride: 866,
  /**
   * The steps, one after another: number of the kernel, how many parameters, which of them is the
   * scratch address, units, parts, a bit for each part that somebody took, then the parameters.
   */
  steps: 867,
  words: 16384,
} as const;

/** In `meeting`: the bits below it are the workers'. */
export const segment = 64;
/** Characters of an engine's message that are kept. */
export const textLimit = 256;
/** Words of a step before its parameters. */
export const stepHead = 6;
/** Words of a cache line. */
export const line = 16;
/** A part is a bit. */
export const mostParts = 32;
/** `received` and `taken` have so many places. */
export const mostThreads = 32;
