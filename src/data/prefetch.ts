// Batches made ahead of time: the next ones are gathered while the device computes with this one.

/**
 * The same items in the same order; up to `ahead` of them are made before they are asked for, in the moments when the
 * reader waits (for a GPU, a file, a worker). Stopping early by `break` ends the source, too.
 * @throws RangeError where `ahead` is not a whole number from 1; and what the source throws, at its place.
 */
export async function* prefetch<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { ahead = 2 }: { ahead?: number } = {},
): AsyncGenerator<T, void, void> {
  if (!(Number.isInteger(ahead) && ahead >= 1))
    throw new RangeError(`prefetch: ahead is ${ahead}; it must be a whole number from 1.`);
  const source = iteratorOf(items);
  const waiting: Promise<IteratorResult<T>>[] = [];
  const ask = () => {
    const item = (waiting.at(-1) ?? Promise.resolve()).then(() => source.next()); // one at a time
    item.catch(() => undefined); // told where it is read
    waiting.push(item);
  };
  try {
    while (waiting.length < ahead) ask();
    for (;;) {
      const { done, value } = await waiting[0]!;
      void waiting.shift();
      if (done) return;
      ask();
      yield value;
    }
  } finally {
    await source.return?.();
  }
}

function iteratorOf<T>(items: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
