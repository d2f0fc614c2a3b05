/** In the page: one toy of test/models/toys.ts learns on webgl. Returns what it took, and what was left. */
import { use, webgl } from "genarch";
import { WebglBackend } from "../../src/kernels/webgl/index.js";
import { toys } from "../models/toys.js";
import type { Json } from "./page.js";

export default async function learn(name: Json): Promise<Json> {
  const toy = toys.find((each) => each.name === name);
  if (!toy) throw new Error(`there is no toy ${String(name)}`);
  const backend = await use(webgl.with({ software: true }));
  if (!(backend instanceof WebglBackend)) throw new Error(`${backend.name} was opened`);
  const before = backend.counts;
  await toy.learn(true);
  const { draws, textures, functions, live } = backend.counts;
  return {
    draws: draws - before.draws,
    textures: textures - before.textures,
    functions: functions - before.functions,
    live,
  };
}
