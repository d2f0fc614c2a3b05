/**
 * Random lives: tensors are made (loose, in closures, in closures in closures), read, disposed of and stepped
 * on in any order. Whatever is alive must always read as the number that it stood for when it was made.
 */
import seedrandom from "seedrandom";
import { it } from "vitest";
import { backprop, parameter, realize, State, tensor, tidy, type Tensor } from "genarch";
import { sgd } from "genarch/train";
import { close, eachBackend, numbers } from "../support.js";

const STEPS = 60;

/** A tensor of one number, and that number. */
type Living = { x: Tensor; is: number };

function live(name: string): { steps: ((k: number) => Promise<void>)[]; end(): Promise<void> } {
  const random = seedrandom(name);
  const below = (count: number) => Math.floor(random() * count);
  const start = random();
  const model = tidy(() => ({ p: parameter(tensor([start])), seen: new State(tensor([start])) }));
  const optimizer = sgd({ p: model.p }, { lr: 0.5 });
  const now = { p: start, seen: start };
  const alive: Living[] = [];

  /** Something that is alive: a tensor, the parameter, the state. */
  const any = (): Living => {
    const k = below(alive.length + 2);
    if (k === alive.length) return { x: model.p, is: now.p };
    if (k > alive.length) return { x: model.seen.value, is: now.seen };
    return alive[k]!;
  };
  const grown = (): Living => {
    const [a, b] = [any(), any()];
    const made: Living[] = [
      { x: a.x.add(b.x).mul(0.5), is: (a.is + b.is) * 0.5 },
      { x: a.x.mul(0.5).sub(0.25), is: a.is * 0.5 - 0.25 },
      { x: a.x.reshape(1, 1).expand(3, 1).sum(0), is: 3 * a.is },
      { x: a.x.sub(b.x).sin(), is: Math.sin(a.is - b.is) },
    ];
    return made[below(made.length)]!;
  };
  const inClosure = (make: () => Living): Living => {
    let is = 0;
    const x = tidy(() => {
      const made = make();
      is = made.is;
      return made.x;
    });
    return { x, is };
  };
  const host = (): Living => {
    const is = Math.fround(random());
    return { x: tensor([is]), is };
  };
  /** Keeps what is new; what came from outside is already kept. */
  const keep = (made: Living) => void (alive.some(({ x }) => x === made.x) || alive.push(made));
  const step = () => {
    using result = backprop({ p: model.p }, () => {
      const before = any();
      model.seen.set(before.x.mul(0.5).detach());
      now.seen = before.is * 0.5;
      return model.p.mul(before.is).sum();
    });
    const slope = now.seen * 2;
    optimizer.step(random() < 0.5 ? result.grads : result.grads.scale(1));
    now.p -= 0.5 * slope;
  };

  const actions: (() => Promise<void> | void)[] = [
    () => keep(host()),
    () => keep(grown()),
    () => keep(inClosure(grown)),
    () => keep(inClosure(() => inClosure(grown))),
    () => keep(inClosure(() => (inClosure(host), inClosure(host)))),
    () => {
      const [gone] = alive.splice(below(alive.length), 1);
      gone?.x.dispose();
    },
    async () => {
      const { x, is } = any();
      close(await numbers(x), [is], { relative: 1e-4, absolute: 1e-4 }, name);
    },
    () => realize([]),
    step,
    () => {
      const first = grown(); // in the closure that steps: made before, read after
      keep(first);
      keep(inClosure(() => {
        const inside = grown();
        step();
        return inside;
      })); // prettier-ignore
    },
  ];
  return {
    steps: Array.from({ length: STEPS }, () => async () => actions[below(actions.length)]!()),
    async end() {
      for (const { x, is } of alive)
        close(await numbers(x), [is], { relative: 1e-4, absolute: 1e-4 }, name);
      close(await numbers(model.p), [now.p], { relative: 1e-4, absolute: 1e-4 }, name);
      close(await numbers(model.seen.value), [now.seen], { relative: 1e-4, absolute: 1e-4 }, name);
      for (const { x } of [...alive, { x: model.p }, { x: model.seen.value }]) x.dispose();
    },
  };
}

eachBackend((backend) => {
  const lives = backend === "webgpu" ? 10 : 40; // WGSL may run on the CPU, which is slow
  it(`${lives} random lives of ${STEPS} steps`, async () => {
    for (let k = 0; k < lives; k++) {
      const { steps, end } = live(`life ${k}`);
      for (const [at, step] of steps.entries()) await step(at);
      await end();
    }
  });
});
