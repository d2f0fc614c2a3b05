/**
 * The optimizers: one pass over each parameter, in place, as PyTorch defines them. A phase is a
 * parameter, a unit 4,096 of its elements. What depends on the run's numbers alone (1 − β, lr/(1 − β₁ᵗ))
 * is worked out once, in float64.
 */
import type { Optimizer } from "../spec.js";
import type { FunctionBuilder, FunctionHandle, Local, ModuleBuilder, Operand } from "./emitter.js";
import { kernelFunction, pushScalar, type KernelLocals, type Lowered } from "./kernel.js";

const chunk = 4096;

export function lowerOptimizer(spec: Optimizer): Lowered[] {
  const each = buffersOf(spec);
  return spec.sizes.map((size, k) => {
    const key = `optimizer ${titleOf(spec)}${spec.decay[k] ? " decay" : ""}`;
    const own = Array.from({ length: each }, (_, n) => k * each + n);
    const buffers = spec.scaled ? [...own, each * spec.sizes.length] : own;
    const signature = { buffers: buffers.length, constants: 1 };
    const build = (module: ModuleBuilder): FunctionHandle =>
      kernelFunction(module, key.replaceAll(" ", "_"), signature, (f, locals) =>
        writeUpdate(f, locals, spec, spec.decay[k] ?? false),
      );
    return { key, units: Math.ceil(size / chunk), buffers, constants: [4 * size], build };
  });
} // prettier-ignore

/** Buffers of a parameter: itself, its gradient, its states. */
function buffersOf(spec: Optimizer): number {
  switch (spec.method) {
    case "sgd": return 2 + Number(spec.momentum);
    case "adam": return 4 + Number(spec.amsgrad);
    case "rmsprop": return 3 + Number(spec.momentum) + Number(spec.centered);
    case "adagrad": return 3;
  }
} // prettier-ignore

function titleOf(spec: Optimizer): string {
  const options = Object.entries(spec).filter(([, value]) => value === true);
  return [spec.method, ...options.map(([option]) => option)].join(" ");
}

/** What an update is written with: the vector at hand of each buffer, and the run's numbers. */
class Update {
  constructor(
    readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
    private readonly at: Local, // bytes from a buffer's start
  ) {}

  load(buffer: number): () => void {
    return () => this.f.load("v128.load", () => this.f.op("i32.add", this.k.buffer(buffer), this.at));
  }

  store(buffer: number, value: Operand): void {
    this.f.store("v128.store", () => this.f.op("i32.add", this.k.buffer(buffer), this.at), value);
  }
} // prettier-ignore

type Vectors = (update: Update, gradient: Local) => void;

function writeUpdate(f: FunctionBuilder, k: KernelLocals, spec: Optimizer, decays: boolean): void {
  const numbers = new Numbers(f, k);
  const given = () => f.load("v128.load32_splat", k.buffer(buffersOf(spec)));
  const factor = spec.scaled ? f.let("v128", "factor", given) : null;
  const isDecoupled = spec.method === "adam" && spec.decoupled;
  const weightDecay = decays && !isDecoupled ? numbers.decay(spec) : null;
  const rest = writers(f, numbers, spec, decays);
  const [at, end] = [f.local("i32", "at"), f.local("i32", "end")];
  // The last vector of a buffer may reach past its end: there is room up to the next 256 bytes.
  f.set(end, () => f.scaled(k.to, 4 * chunk));
  f.if(() => f.op("i32.gt_s", end, k.constant(0)), () => f.set(end, k.constant(0)));
  const update = new Update(f, k, at);
  const gradient = f.local("v128", "gradient");
  f.loop(at, () => f.scaled(k.from, 4 * chunk), end, 16, () => {
    const own = update.load(1);
    f.set(gradient, factor ? () => f.op("f32x4.mul", own, factor) : own);
    if (weightDecay) f.set(gradient, () => f.madd(update.load(0), weightDecay, gradient));
    rest(update, gradient);
  });
} // prettier-ignore

/** The run's numbers (spec.ts lists them for each method) and what is made of them, as vectors. */
class Numbers {
  constructor(
    readonly f: FunctionBuilder,
    private readonly k: KernelLocals,
  ) {}

  /** A float64 expression, splatted as float32. */
  vector(name: string, value: () => void): Local {
    return this.f.let("v128", name, () =>
      this.f.op("f32x4.splat", () => this.f.op("f32.demote_f64", value)),
    );
  }

  of(index: number): () => void {
    return () => pushScalar(this.f, this.k, index, "f64");
  }

  splat(name: string, index: number): Local {
    return this.vector(name, this.of(index));
  }

  /** 1 − scalar. */
  rest(name: string, index: number): Local {
    return this.vector(name, () => this.f.op("f64.sub", 1, this.of(index)));
  }

  decay({ method }: Optimizer): Local {
    return this.splat("weightDecay", { sgd: 3, adam: 4, rmsprop: 3, adagrad: 2 }[method]);
  }
}

function writers(f: FunctionBuilder, numbers: Numbers, spec: Optimizer, decays: boolean): Vectors {
  switch (spec.method) {
    case "sgd": return sgd(f, numbers, spec);
    case "adam": return adam(f, numbers, spec, decays);
    case "rmsprop": return rmsprop(f, numbers, spec);
    case "adagrad": return adagrad(f, numbers);
  }
} // prettier-ignore

type Spec<M extends Optimizer["method"]> = Extract<Optimizer, { method: M }>;

/** m ← momentum·m + (1 − dampening)·g, at first m ← g;  p ← p − lr·m, Nesterov: p − lr·(g + momentum·m). */
function sgd(f: FunctionBuilder, numbers: Numbers, { momentum, nesterov }: Spec<"sgd">): Vectors {
  const lr = numbers.splat("lr", 0);
  if (!momentum) return (u, g) => u.store(0, () => f.nmadd(lr, g, u.load(0)));
  const keep = numbers.splat("momentum", 1);
  const take = numbers.rest("take", 2);
  const isFirst = f.let("v128", "isFirst", () => f.op("f32x4.ne", numbers.splat("first", 4), 0));
  const m = f.local("v128", "m");
  return (u, g) => {
    const later = () => f.madd(u.load(2), keep, () => f.op("f32x4.mul", take, g));
    f.set(m, () => f.op("v128.bitselect", g, later, isFirst));
    u.store(2, m);
    const step = nesterov ? () => f.madd(keep, m, g) : m;
    u.store(0, () => f.nmadd(lr, step, u.load(0)));
  };
}

/**
 * m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  vmax ← max(vmax, v)
 * p ← p − lr/(1 − β₁ᵗ)·m/(√v/√(1 − β₂ᵗ) + eps);  decoupled: p ← p·(1 − lr·weightDecay) before
 */
function adam(f: FunctionBuilder, numbers: Numbers, spec: Spec<"adam">, decays: boolean): Vectors {
  const product = (a: () => void, b: () => void) => () => f.op("f64.mul", a, b);
  const shrunk = () => f.op("f64.sub", 1, product(numbers.of(0), numbers.of(4)));
  const shrink = decays && spec.decoupled ? numbers.vector("shrink", shrunk) : null;
  const [beta1, beta2] = [numbers.splat("beta1", 1), numbers.splat("beta2", 2)];
  const [rest1, rest2] = [numbers.rest("rest1", 1), numbers.rest("rest2", 2)];
  const lr = numbers.vector("lr", () => f.op("f64.div", numbers.of(0), numbers.of(5)));
  const root = numbers.vector("root", () =>
    f.op("f64.div", 1, () => f.op("f64.sqrt", numbers.of(6))),
  );
  const eps = numbers.splat("eps", 3);
  const [m, v, p] = [f.local("v128", "m"), f.local("v128", "v"), f.local("v128", "p")];
  return (u, g) => {
    f.set(m, () => f.madd(u.load(2), beta1, () => f.op("f32x4.mul", rest1, g)));
    u.store(2, m);
    const square = () => f.op("f32x4.mul", g, g);
    f.set(v, () => f.madd(u.load(3), beta2, () => f.op("f32x4.mul", rest2, square)));
    u.store(3, v);
    if (spec.amsgrad) u.store(4, () => f.tee(v, () => f.op("f32x4.max", u.load(4), v)));
    f.set(p, u.load(0));
    if (shrink) f.set(p, () => f.op("f32x4.mul", p, shrink));
    const scale = () => f.madd(() => f.op("f32x4.sqrt", v), root, eps);
    const step = () => f.op("f32x4.div", () => f.op("f32x4.mul", lr, m), scale);
    u.store(0, () => f.op("f32x4.sub", p, step));
  };
}

/**
 * v ← α·v + (1 − α)·g²;  centered: mean ← α·mean + (1 − α)·g, variance = v − mean², else v
 * step = g/(√variance + eps);  with momentum: m ← momentum·m + step, step = m;  p ← p − lr·step
 */
function rmsprop(f: FunctionBuilder, numbers: Numbers, spec: Spec<"rmsprop">): Vectors {
  const [lr, alpha, eps] = [numbers.splat("lr", 0), numbers.splat("alpha", 1), numbers.splat("eps", 2)];
  const rest = numbers.rest("rest", 1);
  const keep = spec.momentum ? numbers.splat("momentum", 4) : null;
  const mean = spec.momentum ? 4 : 3; // its buffer
  const [variance, center] = [f.local("v128", "variance"), f.local("v128", "center")];
  const step = f.local("v128", "step");
  return (u, g) => {
    const square = () => f.op("f32x4.mul", g, g);
    f.set(variance, () => f.madd(u.load(2), alpha, () => f.op("f32x4.mul", rest, square)));
    u.store(2, variance);
    if (spec.centered) {
      f.set(center, () => f.madd(u.load(mean), alpha, () => f.op("f32x4.mul", rest, g)));
      u.store(mean, center);
      f.set(variance, () => f.nmadd(center, center, variance));
    }
    const scale = () => f.op("f32x4.add", () => f.op("f32x4.sqrt", variance), eps);
    f.set(step, () => f.op("f32x4.div", g, scale));
    if (keep) u.store(3, () => f.tee(step, () => f.madd(u.load(3), keep, step)));
    u.store(0, () => f.nmadd(lr, step, u.load(0)));
  };
} // prettier-ignore

/** v ← v + g²;  p ← p − lr·g/(√v + eps) */
function adagrad(f: FunctionBuilder, numbers: Numbers): Vectors {
  const [lr, eps] = [numbers.splat("lr", 0), numbers.splat("eps", 1)];
  const v = f.local("v128", "v");
  return (u, g) => {
    u.store(2, () => f.tee(v, () => f.madd(g, g, u.load(2))));
    const scale = () => f.op("f32x4.add", () => f.op("f32x4.sqrt", v), eps);
    const step = () => f.op("f32x4.div", () => f.op("f32x4.mul", lr, g), scale);
    u.store(0, () => f.op("f32x4.sub", u.load(0), step));
  };
}
