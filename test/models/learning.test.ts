// Every architecture learns its toy task on every backend; js and software WebGPU take fewer steps.
import { it } from "vitest";
import { eachBackend } from "../support.js";
import { toys } from "./toys.js";

eachBackend((backend) => {
  it.each(toys.map((toy) => [toy.name, toy] as const))("%s", (_, toy) =>
    toy.learn(backend !== "wasm"),
  );
});
