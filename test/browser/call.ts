/** In the page: calls the default export of a module, here or in a worker that stays as long as the page. */
import type { Json, Where } from "./page.js";

type Answer = { value: Json } | { error: string };
declare global {
  var call: (path: string, argument: Json, where: Where) => Promise<Json>;
}

let worker: Worker | null = null;

async function here(path: string, argument: Json): Promise<Json> {
  const module = (await import(path)) as { default(argument: Json): Json | Promise<Json> };
  return module.default(argument);
}

async function there(path: string, argument: Json): Promise<Json> {
  const started = (worker ??= new Worker("/worker.js", { type: "module" }));
  const answer = await new Promise<Answer>((resolve, reject) => {
    started.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
    started.onerror = ({ message }) => reject(new Error(`The worker failed: ${message}`));
    started.postMessage([path, argument]);
  });
  if ("error" in answer) throw new Error(answer.error);
  return answer.value;
}

if (typeof document !== "undefined")
  globalThis.call = (path, argument, where) =>
    where === "window" ? here(path, argument) : there(path, argument);
else
  globalThis.onmessage = ({ data: [path, argument] }: MessageEvent<[string, Json]>) =>
    void here(path, argument)
      .then((value): Answer => ({ value }))
      .catch((error: Error): Answer => ({ error: error.stack ?? String(error) }))
      .then((answer) => globalThis.postMessage(answer));
