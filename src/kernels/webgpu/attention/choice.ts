/** Which walk goes through the scores: by adapter, width of a head and place of the rows. */
import type { View } from "../../spec.js";
import { heldWalk, mostHeld } from "./held-walk.js";
import { registerWalk } from "./register-walk.js";
import { inFours, type Walk } from "./tile.js";
import { workgroupWalk } from "./workgroup-walk.js";

/** `views` are those that the walk reads; `software`: the adapter computes on the CPU. */
export function walkFor(D: number, views: readonly View[], software: boolean): Walk {
  if (!software) return workgroupWalk;
  const vectors = inFours(D, views);
  return vectors && D <= mostHeld ? heldWalk(D) : registerWalk(vectors);
}
