/**
 * The words (i32) by which threads meet, in a SharedArrayBuffer of their own: places that many threads
 * write stand on cache lines of their own. Only the caller writes the steps of a segment, and only
 * while the segment is closed and no worker is active.
 */
export const control = {
  /** Odd: a segment is open. Workers wait for it to change. */
  generation: 0,
  /** Workers at work, or looking whether there is any. */
  active: 16,
  /** Workers asleep on `generation`. */
  sleepers: 32,
  /** 1 while the caller sleeps on `active`. */
  waiting: 48,
  /** Messages posted to each worker so far. */
  mail: 64,
  /** 1 + the step of the segment that trapped in a worker, and what the engine said. */
  failed: 80,
  textLength: 81,
  text: 96,
  /** For each worker, messages that it has read; for each thread, on a line of its own, parts of steps that it has run. */
  received: 352,
  taken: 384,
  /** Of the open segment: how many steps, and how far apart the workers' scratch blocks are. */
  count: 896,
  stride: 897,
  /**
   * The steps, one after another: number of the kernel, how many parameters, which of them is the
   * scratch address, units, parts, a bit for each part that somebody took, then the parameters.
   */
  steps: 898,
  words: 16384,
} as const;

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
