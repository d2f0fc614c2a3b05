// Checkpoints: a run that was interrupted and resumed is, bit for bit, the run that went through.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  backprop,
  currentBackend,
  js,
  ones,
  randint,
  save,
  seed,
  State,
  use,
  walk,
  wasm,
  type Tensor,
} from "genarch";
import { readSafetensors } from "genarch/data";
import { BatchNorm1d, Dropout, Embedding, Linear } from "genarch/layers";
import {
  adam,
  adamw,
  average,
  crossEntropy,
  loadCheckpoint,
  packCheckpoint,
  saveCheckpoint,
  sgd,
  unpackCheckpoint,
  warmupCosine,
} from "genarch/train";
import { eachBackend, numbers } from "../support.js";

class Model {
  readonly embed = new Embedding(7, 6);
  readonly norm = new BatchNorm1d(6);
  readonly drop = new Dropout(0.3);
  readonly head = new Linear(6, 7);
  forward = (x: Tensor) => x.pipe(this.embed, this.norm, this.drop, this.head);
}

/** A run with all that has a state: dropout, random batches, running statistics, momenta, an average. */
function run() {
  const model = new Model();
  const optimizer = adamw(model, { amsgrad: true });
  const mean = average(model, { decay: 0.9 });
  const rate = warmupCosine({ lr: 0.05, warmup: 3, steps: 12 });
  const train = async (from: number, to: number): Promise<number> => {
    let last = NaN;
    for (let step = from; step < to; step++) {
      using x = randint(0, 7, [8]);
      optimizer.lr = rate(step);
      using result = backprop(model, () => crossEntropy(model.forward(x), x));
      optimizer.step(result.grads.clip(1));
      mean.update();
      last = await result.loss.item();
    }
    return last;
  };
  return { parts: { model, optimizer, mean }, train };
}

/** Every number of every part, with all its digits. */
async function everything(parts: object): Promise<[string, number[]][]> {
  const found: [string, number[]][] = [];
  for (const [path, item] of walk(parts))
    found.push([path, await numbers(item instanceof State ? item.value : item)]);
  return found;
}

eachBackend(() => {
  let folder = "";
  beforeEach(async () => {
    seed("checkpoint");
    folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("finds optimizers as deep as parameters: their steps and rates go along", async () => {
    const players = () => {
      const [generator, critic] = [new Linear(2, 2), new Linear(2, 1)];
      return {
        generator: { model: generator, optimizer: adam(generator, { lr: 0.1 }) },
        critics: [{ model: critic, optimizer: adam(critic, { lr: 0.1 }) }],
      };
    };
    const { generator, critics } = players();
    using result = backprop(critics[0]!.model, () => critics[0]!.model.forward(ones([1, 2])).sum());
    critics[0]!.optimizer.step(result.grads);
    critics[0]!.optimizer.lr = 0.05;
    const bytes = await packCheckpoint({ generator, critics }, { step: 1 });
    const resumed = players();
    unpackCheckpoint(bytes, resumed);
    expect(resumed.critics[0]!.optimizer.progress()).toEqual({
      method: "adam",
      lr: 0.05,
      steps: 1,
    });
    expect(resumed.generator.optimizer.progress()).toEqual({ method: "adam", lr: 0.1, steps: 0 });
  });

  it("resumed, a run is bit for bit the one that ran through", async () => {
    const through = run();
    await through.train(0, 5);
    const bytes = await packCheckpoint(through.parts, { step: 5, extra: { best: 1.5 } });
    const loss = await through.train(5, 12);

    seed("another process");
    const resumed = run(); // other first weights, other random numbers
    const { step, extra } = unpackCheckpoint(bytes, resumed.parts);
    expect({ step, extra }).toEqual({ step: 5, extra: { best: 1.5 } });
    expect(await resumed.train(step, 12)).toBe(loss);
    expect(await everything(resumed.parts)).toEqual(await everything(through.parts));
  });

  it("holds the numbers of the call, even if training goes on meanwhile", async () => {
    const { parts, train } = run();
    await train(0, 2);
    const before = await everything(parts);
    const packing = packCheckpoint(parts, { step: 2 });
    await train(2, 4);
    unpackCheckpoint(await packing, parts);
    expect(await everything(parts)).toEqual(before);
  });

  it("goes through a file, whose folder then holds nothing else", async () => {
    const { parts, train } = run();
    const path = join(folder, "run.safetensors");
    await train(0, 1);
    await saveCheckpoint(path, parts, { step: 1 });
    await train(1, 2);
    await saveCheckpoint(path, parts, { step: 2 });
    expect(await readdir(folder)).toEqual(["run.safetensors"]);
    const kept = await everything(parts);
    await train(2, 3);
    expect(await loadCheckpoint(path, parts)).toEqual({ step: 2, extra: null });
    expect(await everything(parts)).toEqual(kept);
  });

  it("a save that fails leaves the old file whole, and nothing beside it", async () => {
    const { parts } = run();
    const path = join(folder, "taken");
    await saveCheckpoint(join(path, "x"), parts, { step: 0 }).catch(() => undefined);
    expect(await readdir(folder)).toEqual([]);
    await saveCheckpoint(path, parts, { step: 0 });
    const whole = await readFile(path);
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const failing = saveCheckpoint(path, parts, { step: 1, extra: cyclic as never });
    await expect(failing).rejects.toThrow("circular");
    expect(await readFile(path)).toEqual(whole);
    expect(await readdir(folder)).toEqual(["taken"]);
  });

  it("one that does not fit changes nothing", async () => {
    const small = { model: new Linear(2, 2) };
    const optimizer = adam(small.model, { lr: 0.25 });
    const before = await everything(small);
    const file = await packCheckpoint({ ...small, optimizer }, { step: 3 });
    const other = sgd(small.model, { momentum: 0.9 });
    expect(() => unpackCheckpoint(file, { ...small, optimizer: other })).toThrow(
      "checkpoint: optimizer is sgd, but the file has adam there; make the parts as they were when it was saved",
    );
    expect(() => unpackCheckpoint(file, { ...run().parts })).toThrow("checkpoint: optimizer is");
    const wider = new Linear(2, 3);
    expect(() => unpackCheckpoint(file, { model: wider, optimizer: adam(wider) })).toThrow(
      "model.weight is [2, 2], the model wants [3, 2]",
    );
    expect(() => unpackCheckpoint(file.slice(0, -1), small)).toThrow();
    expect(await everything(small)).toEqual(before);
    expect(optimizer.steps).toBe(0);
  });

  it("may go on where the other backend left it, rounded to what that holds", async () => {
    const { parts, train } = run();
    await train(0, 2);
    const rounded = (all: [string, number[]][]) =>
      all.map(([path, x]) => [path, x.map(Math.fround)]);
    const [kept, bytes] = [await everything(parts), await packCheckpoint(parts, { step: 2 })];
    const here = currentBackend().name;
    await use(here === "js" ? wasm : js);
    const other = run();
    unpackCheckpoint(bytes, other.parts);
    expect(rounded(await everything(other.parts))).toEqual(rounded(kept));
    expect(Number.isFinite(await other.train(2, 4))).toBe(true);
    await use(here === "js" ? js : wasm);
  });

  it("plain weights are no checkpoint, and say so", async () => {
    const model = new Linear(2, 2);
    const bytes = await save(model);
    expect(() => unpackCheckpoint(bytes, model)).toThrow(
      "checkpoint: the file holds weights, but no step and no random state; read it with load(model, readSafetensors(bytes))",
    );
  });

  it("is a safetensors file that other tools can read", async () => {
    const { parts } = run();
    const path = join(folder, "file");
    await writeFile(path, await packCheckpoint(parts, { step: 7 }));
    const stored = readSafetensors(await readFile(path));
    expect([...stored.keys()].sort().slice(-4)).toEqual([
      "optimizer.states.max_exp_avg_sq.head.bias",
      "optimizer.states.max_exp_avg_sq.head.weight",
      "optimizer.states.max_exp_avg_sq.norm.bias",
      "optimizer.states.max_exp_avg_sq.norm.weight",
    ]);
    expect(JSON.parse(stored.metadata["genarch.checkpoint"]!)).toMatchObject({ step: 7 });
  });
});
