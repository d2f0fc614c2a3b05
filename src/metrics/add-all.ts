// How a list goes into an accumulator: every function of a whole list, `merge` and `fromJSON`.

/** The same accumulator with all items added. */
export function addAll<Item, Into extends { add(item: Item): unknown }>(
  into: Into,
  items: Iterable<Item>,
): Into {
  for (const item of items) into.add(item);
  return into;
}
