/** A model's numbers to bytes and back, by the names that `parameters` gives. */
import { ParameterError, show } from "./errors.js";
import { hostArray } from "./create.js";
import { State, walk, type Parameter } from "./parameters.js";
import { realize, replace } from "./realize.js";
import type { Safetensors } from "./safetensors/index.js";
import { sameShape } from "./shape.js";

/** All parameters and states of `model` as a safetensors file. */
export async function save(model: object, metadata?: Record<string, string>): Promise<Uint8Array> {
  const items = [...walk(model)];
  const data = await Promise.all(items.map(([, item]) => valueOf(item).data()));
  const tensors = items.map(
    ([path, item], k) => [path, { shape: [...valueOf(item).shape], data: data[k]! }] as const,
  );
  const { writeSafetensors } = await import("./safetensors/index.js"); // the format is loaded by who saves
  return writeSafetensors(tensors, metadata);
}

const valueOf = (item: Parameter | State) => (item instanceof State ? item.value : item);

/**
 * Puts stored numbers into `model`. `rename` tells the name in the file for a path of the model. If names are
 * missing or left over, or a shape differs, the error lists them all and the model is as it was.
 */
export function load(
  model: object,
  stored: Safetensors,
  rename: (path: string) => string = (path) => path,
): void {
  const items = [...walk(model)].map(([path, item]) => ({
    name: rename(path),
    target: valueOf(item),
  }));
  const names = new Set(items.map(({ name }) => name));
  const missing = [...names].filter((name) => !stored.has(name)).sort();
  const unknown = [...stored.keys()].filter((name) => !names.has(name)).sort();
  const wrong = items.flatMap(({ name, target }) => {
    const found = stored.get(name);
    return found && !sameShape(found.shape, target.shape)
      ? [`${name} is ${show(found.shape)}, the model wants ${show(target.shape)}`]
      : [];
  });
  const list = (found: string[], what: string) =>
    found.length
      ? [`${found.length} ${found.length === 1 ? "name" : "names"} ${what} (${found.join(", ")})`]
      : [];
  const problems = [...list(missing, "missing"), ...list(unknown, "unknown"), ...wrong];
  if (problems.length)
    throw new ParameterError(`load: ${problems.join(", ")}; pass a rename, or fit the names`);
  realize([]);
  for (const { name, target } of items)
    replace(target, hostArray(stored.get(name)!.data, target.dtype));
}
