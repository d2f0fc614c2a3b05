/** Writing in place without harm: who still waits for the old numbers gets a copy of them first. */
import type { Node, Value } from "./graph.js";
import { claimOf, looseOf } from "./ownership.js";
import { runtime } from "./runtime.js";

/** Before `written` are overwritten, gives a copy of each to its waiting readers but `writers`; whether there were any. */
export function preserve(written: ReadonlySet<Value>, writers: ReadonlySet<Node>): boolean {
  const copies = new Map<Value, Value>();
  for (const { node, claim } of readersOf(written, writers))
    node.inputs.forEach((input, k) => {
      if (!written.has(input)) return;
      const copy = copies.get(input) ?? copying.copy!(input);
      copies.set(input, copy);
      node.inputs[k] = copy;
      claim(copy);
      copy.claims++;
    });
  for (const copy of copies.values()) {
    copy.freed = "is the engine's own"; // so that it goes with its last reader
    runtime.held.add(copy);
  }
  return copies.size > 0;
}

/** A node, and how a copy made for it is let go with it. */
type Reader = { node: Node; claim(copy: Value): void };

/** Waiting nodes that read one of `written`: loose ones, and those of the arenas that run. */
function readersOf(written: ReadonlySet<Value>, writers: ReadonlySet<Node>): Reader[] {
  const found: Reader[] = [];
  const own = [...writers].filter((node) => looseOf.has(node));
  const ownClaims = (value: Value) => own.filter(({ inputs }) => inputs.includes(value)).length;
  if ([...written].some((value) => value.looseClaims > ownClaims(value)))
    for (const { node: reference, claimed } of runtime.loose) {
      const node = reference.deref();
      const claim = (copy: Value) => {
        copy.looseClaims++;
        claimed.push(claimOf(copy));
      };
      if (node) found.push({ node, claim });
    }
  for (let { arena } = runtime; arena; arena = arena.parent)
    for (const { node } of arena.made) {
      const { claimed } = arena;
      if (node) found.push({ node, claim: (copy) => claimed.push(copy) });
    }
  return found.filter(
    ({ node }) => !writers.has(node) && node.inputs.some((input) => written.has(input)),
  );
}

/** Makes a copy of a value; set by tensor.ts, which knows the ops. */
export const copying = { copy: null as ((value: Value) => Value) | null };
