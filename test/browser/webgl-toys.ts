/** In the page: one toy of test/models/toys.ts learns on webgl. Returns how many draws it took. */
import { use, webgl } from "genarch";
import { WebglBackend } from "../../src/kernels/webgl/index.js";
import { toys } from "../models/toys.js";
import type { Json } from "./page.js";

export default async function learn(name: Json): Promise<Json> {
  const toy = toys.find((each) => each.name === name);
  if (!toy) throw new Error(`there is no toy ${String(name)}`);
  const backend = await use(webgl.with({ software: true }));
  if (!(backend instanceof WebglBackend)) throw new Error(`${backend.name} was opened`);
  const before = backend.counts.draws;
  await toy.learn(true);
  return { draws: backend.counts.draws - before };
}
