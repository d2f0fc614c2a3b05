// Whether strengths can be told from who beat whom: they can if and only if from every item a chain
// of wins leads to every other (Ford, 1957). Otherwise some strength runs off to infinity.

/** Item numbers in groups, the strongest first where comparable: Tarjan's algorithm (1972). */
export function winGroups(count: number, wins: Iterable<readonly [number, number]>): number[][] {
  const beaten: number[][] = Array.from({ length: count }, () => []);
  for (const [winner, loser] of wins) beaten[winner]!.push(loser);
  const [order, low] = [new Int32Array(count).fill(-1), new Int32Array(count)];
  const [stack, groups]: [number[], number[][]] = [[], []];
  const onStack = new Uint8Array(count);
  let next = 0;
  const visit = (item: number): void => {
    order[item] = low[item] = next++;
    stack.push(item);
    onStack[item] = 1;
    for (const other of beaten[item]!) {
      if (order[other]! < 0) visit(other);
      if (onStack[other]) low[item] = Math.min(low[item]!, low[other]!);
    }
    if (low[item] !== order[item]) return;
    const group = stack.splice(stack.indexOf(item));
    for (const member of group) onStack[member] = 0;
    groups.push(group.sort((a, b) => a - b));
  };
  for (let item = 0; item < count; item++) if (order[item]! < 0) visit(item);
  return groups.reverse();
}

/** Why strengths cannot be told, or `undefined` where they can. */
export function connectivityProblem(
  items: readonly string[],
  wins: readonly (readonly [number, number])[],
): { reason: "disconnected" | "separated"; message: string } | undefined {
  const bothWays = wins.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]);
  const islands = winGroups(items.length, bothWays);
  const names = (group: readonly number[]) => group.map((i) => items[i]).join(", ");
  if (islands.length > 1) {
    const [one, other] = [names(islands[0]!), names(islands[1]!)];
    const message = `No vote links ${one} with ${other}: compare across the groups.`;
    return { reason: "disconnected", message };
  }
  const groups = winGroups(items.length, wins);
  if (groups.length <= 1) return undefined;
  const message =
    `${names(groups[0]!)} never lost to any other item, so no finite strength fits: ` +
    "collect more votes, or set a prior.";
  return { reason: "separated", message };
}
