// Batches made ahead of time: the same items in the same order, made before they are asked for.
import { describe, expect, it } from "vitest";
import { prefetch } from "genarch/data";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("prefetch", () => {
  it("gives the same items in the same order, of plain and of async sources", async () => {
    async function* slow() {
      for (const k of [1, 2, 3]) {
        await new Promise((resolve) => setTimeout(resolve, 5 * (4 - k)));
        yield k;
      }
    }
    expect(await collect(prefetch([1, 2, 3]))).toEqual([1, 2, 3]);
    expect(await collect(prefetch(slow(), { ahead: 3 }))).toEqual([1, 2, 3]);
    expect(await collect(prefetch([]))).toEqual([]);
  });

  it("makes the next items while the reader waits", async () => {
    let made = 0;
    function* batches() {
      for (;;) yield ++made;
    }
    for await (const item of prefetch(batches(), { ahead: 2 })) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(made).toBe(item + 2);
      if (item === 4) break;
    }
  });

  it("ends the source when the reader stops early", async () => {
    let ended = false;
    function* batches() {
      try {
        for (let k = 0; ; k++) yield k;
      } finally {
        ended = true;
      }
    }
    for await (const item of prefetch(batches())) if (item === 1) break;
    expect(ended).toBe(true);
  });

  it("throws what the source throws, after the items before it", async () => {
    function* broken() {
      yield 1;
      throw new Error("the disk is gone");
    }
    const seen: number[] = [];
    const read = async () => {
      for await (const item of prefetch(broken())) seen.push(item);
    };
    await expect(read()).rejects.toThrow("the disk is gone");
    expect(seen).toEqual([1]);
  });

  it("refuses to look no item ahead", async () => {
    await expect(collect(prefetch([1], { ahead: 0 }))).rejects.toThrow(
      "prefetch: ahead is 0; it must be a whole number from 1.",
    );
  });
});
