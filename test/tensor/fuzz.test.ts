/**
 * Random graphs. Each is computed twice: all at once, so that the planner fuses what it can, and node by
 * node, where it can fuse nothing. Both must give the same numbers, and leave no memory behind.
 */
import seedrandom from "seedrandom";
import { expect, it } from "vitest";
import { gradient, js, plansMade, realize, tensor, tidy, use, type Tensor } from "genarch";
import { close, drawn, eachBackend, noLeaks, numbers } from "../support.js";

const GRAPHS = 400;

/** Adds one random node to `pool`; null where the drawn op does not fit. */
type Step = (pool: Tensor[], random: () => number) => Tensor | null;

const pick = <T>(list: readonly T[], random: () => number): T =>
  list[Math.floor(random() * list.length)]!;
const below = (count: number, random: () => number) => Math.floor(random() * count);
const ranked = (pool: Tensor[], rank: number, random: () => number) =>
  pick(
    pool.filter(({ shape }) => shape.length >= rank),
    random,
  ) as Tensor | undefined;

const fits = (a: Tensor, b: Tensor) => {
  const overlap = Math.min(a.shape.length, b.shape.length);
  const [left, right] = [
    a.shape.slice(a.shape.length - overlap),
    b.shape.slice(b.shape.length - overlap),
  ];
  return left.every((size, k) => size === right[k] || size === 1 || right[k] === 1);
};
const tame = (x: Tensor) => x.tanh(); // keeps numbers near 1, so that rounding does not grow

/** Every kind of op that the planner treats in its own way: maps, views, reductions, kernels. */
const steps: Record<string, Step> = {
  map: (pool, random) => pick(curves, random)(pick(pool, random)),
  pair: (pool, random) => {
    const a = pick(pool, random);
    const b = pick(pool, random);
    return fits(a, b) && Math.max(a.size, b.size) < 300 ? pick(pairs, random)(a, b) : null;
  },
  many: (pool, random) => {
    const shape = pick(pool, random).shape.join();
    const alike = pool.filter((x) => x.shape.join() === shape).slice(0, 12);
    return alike.length > 4 ? tame(alike.reduce((sum, x) => sum.add(x.mul(0.5)))) : null;
  },
  reduce: (pool, random) => {
    const x = ranked(pool, 1, random);
    if (!x) return null;
    const axes = x.shape.map((_, axis) => axis).filter(() => random() < 0.5);
    const reduced = pick(reductions, random)(
      x,
      axes.length ? axes : [below(x.shape.length, random)],
    );
    return random() < 0.5 ? reduced : tame(reduced.mul(0.7).add(0.1));
  },
  centre: (pool, random) => {
    const x = ranked(pool, 1, random);
    return x ? x.sub(x.mean(below(x.shape.length, random), { keepAxes: true })) : null;
  },
  permute: (pool, random) => {
    const x = ranked(pool, 2, random);
    return x ? x.transpose(below(x.shape.length, random), below(x.shape.length, random)) : null;
  },
  reshape: (pool, random) => {
    const x = pick(pool, random);
    const factor = [2, 3, 4, 5].find((f) => x.size % f === 0 && random() < 0.6);
    return factor ? x.reshape(random() < 0.5 ? [factor, -1] : [-1, factor]) : x.flatten();
  },
  expand: (pool, random) => {
    const x = pick(pool, random);
    return x.size < 60 ? x.unsqueeze(0).expand([1 + below(3, random), ...x.shape]) : null;
  },
  slice: (pool, random) => {
    const x = ranked(pool, 1, random);
    const axis = x ? below(x.shape.length, random) : 0;
    return x && x.shape[axis]! > 1 ? x.slice(axis, 1, undefined, 1 + below(2, random)) : null;
  },
  flip: (pool, random) => {
    const x = ranked(pool, 1, random);
    return x ? x.flip(below(x.shape.length, random)) : null;
  },
  mirror: (pool, random) => {
    const x = ranked(pool, 1, random);
    if (!x) return null;
    const square = x.shape.length > 1 && x.shape.at(-1) === x.shape.at(-2);
    const turned = square ? x.transpose() : x.flip(below(x.shape.length, random));
    return x.add(turned.mul(0.5)).mul(0.5); // one value, wanted at two places of one loop
  },
  split: (pool, random) => {
    const x = ranked(pool, 1, random);
    const axis = x ? below(x.shape.length, random) : 0;
    return x && x.shape[axis]! % 2 === 0 ? pick(x.split(2, axis), random) : null;
  },
  pad: (pool, random) => {
    const x = ranked(pool, 1, random);
    return x && x.size < 200
      ? x.pad(below(x.shape.length, random), 1, below(2, random), 0.3)
      : null;
  },
  concat: (pool, random) => {
    const x = ranked(pool, 1, random);
    return x && x.size < 200
      ? x.concat([x.flip(0), x.mul(0.5)], below(x.shape.length, random))
      : null;
  },
  softmax: (pool, random) => ranked(pool, 1, random)?.softmax(-1) ?? null,
  cumsum: (pool, random) => {
    const x = ranked(pool, 1, random);
    return x ? tame(x.cumsum(below(x.shape.length, random))) : null;
  },
  matmul: (pool, random) => {
    const x = ranked(pool, 2, random);
    return x ? tame(x.matmul(x.transpose()).mul(0.3)) : null;
  },
  index: (pool, random) => {
    const x = ranked(pool, 1, random);
    if (!x) return null;
    const axis = below(x.shape.length, random);
    const along = x.shape.map((_, k) => (k === axis ? -1 : 1));
    return x.add(x.rangeLike(axis).reshape(along).cast("f32").mul(0.01));
  },
  where: (pool, random) => {
    const x = pick(pool, random);
    return x.gt(0.05).where(x, x.like(0.2).sub(x));
  },
};

const curves: ((x: Tensor) => Tensor)[] = [
  (x) => x.tanh(),
  (x) => x.mul(0.5).exp().reciprocal(),
  (x) => x.gelu(),
  (x) => x.square().add(0.5).sqrt().mul(0.5),
  (x) => x.sigmoid().sub(0.5),
  (x) => x.neg(),
];
const pairs: ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b).mul(0.5),
  (a, b) => a.mul(b),
  (a, b) => a.sub(b),
  (a, b) => a.maximum(b),
];
const reductions: ((x: Tensor, axes: number[]) => Tensor)[] = [
  (x, axes) => x.mean(axes),
  (x, axes) => x.max(axes),
  (x, axes) => x.min(axes, { keepAxes: true }),
  (x, axes) => tame(x.sum(axes)),
];

const leafShapes = [
  [],
  [1],
  [6],
  [4, 3],
  [2, 1, 3],
  [3, 4],
  [2, 3, 4],
  [17],
  [1, 5],
  [16, 4],
  [3, 3],
  [4, 4, 4],
];

type Wrap = (make: () => Tensor | null) => Tensor | null;

/** Leaves, moved by `shift` along a random direction, and then nodes; `wrap` is put around each step. */
function grow(
  name: string,
  shift = 0,
  wrap: Wrap = (make) => make(),
): { leaves: Tensor[]; nodes: Tensor[] } {
  const random = seedrandom(name);
  const leaves = Array.from({ length: 2 + below(9, random) }, (_, k) => {
    const shape = pick(leafShapes, random);
    const size = shape.reduce((a, b) => a * b, 1);
    const way = direction(name, k, size);
    const data = drawn(`${name} ${k}`, size, -1, 1).map((x, i) => x + shift * way[i]!);
    return tensor(Float64Array.from(data), { shape });
  });
  const nodes = [...leaves];
  const kinds = Object.keys(steps);
  for (let k = 4 + below(26, random); k > 0; k--) {
    const kind = pick(kinds, random);
    const recent = nodes.slice(-8 - below(nodes.length, random));
    const node = wrap(() => steps[kind]!(recent, random));
    if (node && node.size > 0 && node.size < 2000 && node.shape.length < 6) nodes.push(node);
    else if (node && !nodes.includes(node)) node.dispose();
  }
  return { leaves, nodes };
}

const direction = (name: string, leaf: number, size: number) =>
  drawn(`${name} direction ${leaf}`, size, -1, 1);

function chosen(name: string, nodes: Tensor[]): Tensor[] {
  const random = seedrandom(`${name} results`);
  return nodes.filter((_, k) => random() < 0.15 || k === nodes.length - 1);
}

/** A few results, all computed in one plan. */
const together = (name: string): Tensor[] => tidy(() => chosen(name, grow(name).nodes));

/** The same results, where every node is computed as soon as it is there. */
async function oneByOne(name: string): Promise<number[][]> {
  const { nodes } = grow(name, 0, (make) => {
    const node = tidy(make);
    realize(node ? [node] : []);
    return node;
  });
  const results = await Promise.all(chosen(name, nodes).map(numbers));
  new Set(nodes).forEach((node) => node.dispose());
  return results;
}

eachBackend((backend) => {
  const graphs = backend === "webgpu" ? GRAPHS / 8 : GRAPHS; // WGSL may run on the CPU, which is slow
  it(`${graphs} random graphs: fused equals node by node`, async () => {
    const plans = plansMade();
    const tolerance = backend === "js" ? 1e-10 : 2e-5;
    let results = 0;
    await noLeaks(async () => {
      for (let k = 0; k < graphs; k++) {
        const name = `graph ${k}`;
        const fused = together(name);
        realize(fused);
        const single = await oneByOne(name);
        for (const [at, node] of fused.entries()) {
          const what = `${name}, result ${at} of ${fused.length}`;
          close(
            await numbers(node),
            single[at]!,
            { relative: tolerance, absolute: tolerance },
            what,
          );
          results++;
        }
        new Set(fused).forEach((node) => node.dispose());
      }
    });
    console.log(`${backend}: ${graphs} graphs, ${results} results, ${plansMade() - plans} plans`);
    expect(results).toBeGreaterThan(graphs);
  });
});

/** Sum of the means of the chosen results: what the gradients below are of. */
const lossOf = (name: string, nodes: Tensor[]) =>
  chosen(name, nodes).map((node) => node.mean()).reduce((a, b) => a.add(b)); // prettier-ignore

it(`the gradient of random graphs, along a random direction, is the slope there`, async () => {
  await use(js);
  await noLeaks(async () => {
    for (let k = 0; k < GRAPHS / 2; k++) {
      const name = `graph ${k}`;
      using along = tidy(() => {
        const { leaves, nodes } = grow(name);
        const grads = gradient(lossOf(name, nodes), leaves);
        const parts = grads.map((g, leaf) =>
          g.mul(tensor(Float64Array.from(direction(name, leaf, g.size)), { shape: g.shape })).sum(),
        );
        return parts.reduce((a, b) => a.add(b));
      });
      const h = 1e-6;
      using high = tidy(() => lossOf(name, grow(name, h).nodes));
      using low = tidy(() => lossOf(name, grow(name, -h).nodes));
      const slope = ((await high.item()) - (await low.item())) / (2 * h);
      close([await along.item()], [slope], { relative: 1e-5, absolute: 1e-7 }, name);
    }
  });
});
