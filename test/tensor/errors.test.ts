/** Every error of the tensor floor, word for word; what was there before is unharmed after each. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  arange,
  backprop,
  BackendError,
  checkNumbers,
  concat,
  DTypeError,
  einsum,
  FreedError,
  full,
  gradient,
  js,
  load,
  maxPool2d,
  NumberError,
  parameter,
  ParameterError,
  rand,
  randint,
  randn,
  save,
  ShapeError,
  stack,
  tensor,
  tidy,
  use,
  wasm,
  zeros,
  type Opener,
  type Parameter,
  type Tensor,
} from "genarch";
import { readSafetensors } from "genarch/data";
import { close, noLeaks, numbers } from "../support.js";

let x: Tensor; // f32 [2, 3]
let i: Tensor; // i32 [2]
let b: Tensor; // bool [2]
let p: Parameter; // [2, 3]
beforeAll(async () => {
  await use(js);
  x = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
  i = tensor([0, 1], { dtype: "i32" });
  b = tensor([true, false]);
  p = parameter(x);
  for (const t of [x, i, b, p]) await t.data();
});
afterAll(() => [x, i, b, p].forEach((t) => t.dispose()));

const image = { B: 1, C: 1, H: 3, W: 3, O: 1, R: 2, S: 2, P: 2, Q: 2, stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 } as const; // prettier-ignore
const cell = { cell: "lstm", nonlinearity: "tanh", reverse: false } as const;

type Failure = [
  call: string,
  run: () => unknown,
  kind: new (message: string) => Error,
  says: string,
];
const failures: Failure[] = [
  ["tensor", () => tensor([1, 2, 3], { shape: [2, 2] }), ShapeError,
    "tensor: 3 numbers do not fill [2, 2], which takes 4"],
  ["tensor of odd lists", () => tensor([[1, 2], [3]]), ShapeError,
    "tensor: element 1 of a list is [1], the first is [2]"],
  ["tensor i32", () => tensor([0.5], { dtype: "i32" }), DTypeError,
    'tensor: i32 takes whole numbers within ±2³¹; use dtype "f32" for others'],
  ["tensor i32 of NaN", () => tensor([NaN], { dtype: "i32" }), DTypeError,
    'tensor: i32 takes whole numbers within ±2³¹; use dtype "f32" for others'],
  ["zeros", () => zeros([2, -1]), ShapeError,
    "full: [2, -1] is no shape; every size is a whole number from 0"],
  ["full", () => full([1.5], 1), ShapeError,
    "full: [1.5] is no shape; every size is a whole number from 0"],
  ["arange", () => arange(0, 1, 0), ShapeError,
    "arange: [Infinity] is no shape; every size is a whole number from 0"],
  ["rand", () => rand([-1]), ShapeError,
    "random uniform: [-1] is no shape; every size is a whole number from 0"],
  ["randn", () => randn([0.5]), ShapeError,
    "random normal: [0.5] is no shape; every size is a whole number from 0"],
  ["randint", () => randint(3, 3, [2]), NumberError,
    "randint: from 3 to 3; both are whole numbers and the second is larger"],

  ["dims", () => x.dims("B T C"), ShapeError, "dims: expected [B, T, C] (3 axes), got [2, 3]"],
  ["axis", () => x.sum(2), ShapeError, "sum: axis 2 of [2, 3]; its axes are -2 to 1"],
  ["axis of one number", () => tensor(1).softmax(), ShapeError,
    "softmax: axis -1 of []; its axes are none: it is one number"],
  ["axes twice", () => x.mean([0, -2]), ShapeError, "mean: axes [0, -2] of [2, 3] name an axis twice"],
  ["broadcast", () => x.add(zeros([2])), ShapeError,
    "add: [2, 3] and [2] do not broadcast: axis -1 is 3 and 2"],
  ["reshape", () => x.reshape(4, 2), ShapeError,
    "reshape: [2, 3] has 6 elements and does not fit [4, 2]"],
  ["reshape with two open", () => x.reshape(-1, -1), ShapeError,
    "reshape: [-1, -1] leaves more than one axis open"],
  ["reshape that leaves a rest", () => x.reshape(4, -1), ShapeError,
    "reshape: [2, 3] has 6 elements and does not fit [4, -1]"],
  ["permute", () => x.permute([0, 0]), ShapeError, "permute: [0, 0] must name each axis of [2, 3] once"],
  ["transpose", () => i.transpose(), ShapeError, "transpose: axis -2 of [2]; its axes are -1 to 0"],
  ["expand", () => x.expand(2, 4), ShapeError,
    "expand: [2, 4] and [2, 3] do not broadcast: axis -1 is 4 and 3"],
  ["expand to less", () => x.expand(3), ShapeError,
    "expand: [2, 3] does not spread to [3]; axes of size 1 repeat, new ones come in front"],
  ["unsqueeze", () => i.unsqueeze(3), ShapeError, "unsqueeze: axis 3 of [2]; a new one may stand at -2 to 1"],
  ["squeeze", () => x.squeeze(0), ShapeError, "squeeze: axis 0 of [2, 3] is not 1"],
  ["slice by", () => x.slice(0, 0, 1, 0), ShapeError, "slice: step is 0; it must be a whole number from 1"],
  ["slice at", () => x.slice(0, 0.5), ShapeError, "slice: from 0.5 to 2; both must be whole numbers"],
  ["at", () => x.at(1, 3), ShapeError, "at: index 3 of axis 1 of [2, 3], which has 3"],
  ["split", () => x.split(2, 1), ShapeError, "split: axis 1 of [2, 3] does not split into 2 equal parts"],
  ["splitSizes", () => x.splitSizes([1, 1], 1), ShapeError,
    "split: sizes [1, 1] do not add up to axis 1 of [2, 3]"],
  ["splitSizes below 0", () => x.splitSizes([-1, 4], 1), ShapeError,
    "split: [-1, 4] is no shape; every size is a whole number from 0"],
  ["pad", () => x.pad(0, -1, 0), ShapeError, "pad: -1 before and 0 after; use slice to cut"],
  ["windows", () => x.windows([3, 1]), ShapeError, "windows: [3, 1] do not fit into [2, 3]"],
  ["maxPool2d", () => maxPool2d(x, 3), ShapeError, "pooling: a window of [3, 3] does not fit [2, 3]"],
  ["concat of none", () => concat([]), ShapeError, "concat: no tensors given"],
  ["stack of none", () => stack([]), ShapeError, "stack: no tensors given"],
  ["concat", () => concat([x, zeros([2, 2])]), ShapeError, "concat: [2, 3] and [2, 2] differ off axis 0"],
  ["concat of two dtypes", () => concat([i, zeros([2])]), DTypeError, "concat: i32 and f32 do not mix"],
  ["topk", () => x.topk(4), ShapeError, "topk: asked for 4 of [2, 3], which has 3 on its last axis"],
  ["einsum", () => einsum("ij,jk", x, x), ShapeError,
    'einsum: "ij,jk" does not fit [2, 3], [2, 3]; write "a b, b c -> a c"'],
  ["einsum with a new letter", () => einsum("ij->k", x), ShapeError,
    'einsum: "ij->k" asks for "k", which no tensor has'],

  ["matmul", () => x.matmul(x), ShapeError, "matmul: [2, 3] · [2, 3]: 3 columns meet 2 rows"],
  ["matmul of one number", () => x.matmul(tensor(1)), ShapeError,
    "matmul: [2, 3] · []: both sides need two axes or more"],
  ["matmul of i32", () => x.matmul(i.reshape(2, 1)), DTypeError, "matmul: takes f32, got f32 and i32"],
  ["affine", () => x.affine(zeros([4, 2]), zeros([4])), ShapeError,
    "linear: [2, 3] · [2, 4]: 3 columns meet 2 rows"],
  ["affine's bias", () => x.affine(zeros([4, 3]), zeros([3])), ShapeError,
    "linear: bias [3] does not fit weight [4, 3]"],
  ["convolution", () => x.convolution(zeros([1, 1, 2, 2]), image), ShapeError,
    "conv2d: input is [2, 3]; these sizes want [1, 1, 3, 3]"],
  ["convolution of i32", () => i.convolution(zeros([1, 1, 2, 2]), image), DTypeError,
    'conv2d: takes f32, got i32; cast it first with .cast("f32")'],
  ["crossEntropy of f32 targets", () => x.crossEntropy(zeros([2]), null, 0), DTypeError,
    "crossEntropy: targets are class numbers in i32, got f32"],
  ["crossEntropy", () => x.crossEntropy(zeros([3], "i32"), null, 0), ShapeError,
    "crossEntropy: logits [2, 3] and target [3]: one target a row is wanted"],
  ["softmax of i32", () => i.softmax(), DTypeError,
    'softmax: takes f32, got i32; cast it first with .cast("f32")'],
  ["normalize", () => x.normalize(false, 0), ShapeError,
    "normalize: expected [outer, rows, inner] (3 axes), got [2, 3]"],
  ["attention", () => x.attention(x, x, null, false, 1), ShapeError,
    "attention: q [2, 3], k [2, 3], v [2, 3]: wanted [B, heads, T, D]"],
  ["attention's keys", () => zeros([1, 1, 2, 2]).attention(zeros([1, 1, 2, 3]), zeros([1, 1, 2, 3]), null, false, 1), ShapeError,
    "attention: q [1, 1, 2, 2], k [1, 1, 2, 3], v [1, 1, 2, 3]: keys and values want [1, 1, 2, 2]"],
  ["attention's mask", () => zeros([1, 1, 2, 2]).attention(zeros([1, 1, 2, 2]), zeros([1, 1, 2, 2]), x, false, 1), ShapeError,
    "attention: q [1, 1, 2, 2], k [1, 1, 2, 2], v [1, 1, 2, 2]: the mask is [2, 3], wanted [1, 1, 2, 2]"],
  ["recurrent", () => zeros([1, 1, 8]).recurrent([zeros([8, 2]), zeros([8]), zeros([1, 3]), zeros([1, 2])], cell), ShapeError,
    "lstm: h0 is [1, 3], wanted [1, 2]"],

  ["linear's weight", () => x.affine(zeros([3]), zeros([3])), ShapeError,
    "linear: weight is [3]; 2 axes are wanted"],
  ["linear's bias of i32", () => x.affine(zeros([2, 3]), i), DTypeError,
    'linear: takes f32, got i32; cast it first with .cast("f32")'],
  ["attention of i32", () => zeros([1, 1, 2, 2]).attention(zeros([1, 1, 2, 2], "i32"), zeros([1, 1, 2, 2]), null, false, 1), DTypeError,
    'attention: takes f32, got i32; cast it first with .cast("f32")'],
  ["crossEntropy of a sequence", () => zeros([2, 3, 4]).crossEntropy(i, null, 0), ShapeError,
    "crossEntropy: logits is [2, 3, 4]; 2 axes are wanted"],
  ["softmaxGradient", () => x.softmaxGradient(zeros([3]), false), ShapeError,
    "softmaxGradient: g is [3]; these sizes want [2, 3]"],
  ["recurrent of a step", () => x.recurrent([], cell), ShapeError, "lstm: x·W is [2, 3]; 3 axes are wanted"],
  ["scatterAdd of i32", () => i.scatterAdd(0, i, i), DTypeError,
    'scatterAdd: takes f32, got i32; cast it first with .cast("f32")'],
  ["windows that stand still", () => x.windows([1, 1], [0, 1]), ShapeError,
    "windows: [1, 1], stride [0, 1], dilation [1, 1]; all are whole numbers from 1"],

  ["a curve of i32", () => i.exp(), DTypeError, 'exp: takes f32, got i32; cast it first with .cast("f32")'],
  ["add of bools", () => b.add(b), DTypeError, 'add: takes numbers, got bool; cast it first with .cast("i32")'],
  ["sum of bools", () => b.sum(), DTypeError, 'sum: takes numbers, got bool; cast it first with .cast("i32")'],
  ["cumsum of bools", () => b.cumsum(), DTypeError, 'cumsum: takes numbers, got bool; cast it first with .cast("i32")'],
  ["and of numbers", () => i.and(i), DTypeError, "and: takes bool, got i32; compare it first, with .ne(0) say"],
  ["and of two dtypes", () => b.and(i), DTypeError, "and: bool and i32 do not mix; cast one of them"],
  ["where", () => i.where(1, 2), DTypeError, "where: takes bool, got i32; compare it first, with .ne(0) say"],
  ["take", () => x.take(zeros([2])), DTypeError, 'take: the index is i32, got f32; cast it first with .cast("i32")'],
  ["take at a table", () => x.take(zeros([2, 2], "i32")), ShapeError, "take: the index is [2, 2]; flatten it to one axis"],
  ["gather", () => x.gather(0, zeros([1, 2], "i32")), ShapeError, "gather: index [1, 2] must equal [2, 3] but on axis 0"],
  ["scatterAdd", () => x.scatterAdd(0, zeros([1, 3], "i32"), x), ShapeError,
    "scatterAdd: values [2, 3] and index [1, 3] must be alike"],

  ["backprop without parameters", () => backprop({}, () => x.sum()), ParameterError,
    "backprop: the model holds no parameters; wrap what is to be trained in parameter()"],
  ["backprop of many numbers", () => backprop({ p }, () => p), ShapeError,
    "backprop: the loss must be one number, got [2, 3]; did you mean .mean()?"],
  ["backprop of a promise", () => backprop({ p }, (async () => p.sum()) as unknown as () => Tensor), ParameterError,
    "backprop: the closure must return its loss, or { loss, … }, and must not be async"],
  ["backprop of nothing", () => backprop({ p }, (() => void p.sum()) as unknown as () => Tensor), ParameterError,
    "backprop: the closure must return its loss, or { loss, … }, and must not be async"],
  ["backprop past a parameter", () => backprop({ p }, () => x.sum()), ParameterError,
    "backprop: p had no part in the loss. Is it used inside the closure?"],
  ["backprop past two parameters", () => backprop({ first: p, second: { deep: [parameter(i.cast("f32"))] } }, () => x.sum()), ParameterError,
    "backprop: first, second.deep.0 had no part in the loss. Are they used inside the closure?"],
  ["tidy of a promise", () => tidy(async () => x), ParameterError,
    "tidy: the closure must not be async; await outside of it"],
]; // prettier-ignore

describe("each says what was asked, what came, and what to do", () => {
  it.each(failures)("%s", async (_, run, kind, says) => {
    expect(() => tidy(run)).toThrow(kind);
    expect(() => tidy(run)).toThrow(says);
    expect(await numbers(x)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await numbers(p)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await numbers(i)).toEqual([0, 1]);
    expect(await numbers(b)).toEqual([1, 0]);
  });

  it("a gradient outside of a closure", () => {
    expect(() => gradient(x, [x])).toThrow(
      new ParameterError("gradient: call it inside backprop or tidy, where what it makes is freed"),
    );
  });

  it("the stack trace leads to the line that asked", () => {
    const asked = (): unknown => x.matmul(x);
    try {
      asked();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).stack).toMatch(/errors\.test\.ts/);
    }
  });

  it("through ten layers, too, and leaves the trace of other errors as it was", () => {
    const limit = Error.stackTraceLimit;
    const layers = (depth: number): Tensor =>
      depth ? layers(depth - 1).neg() : x.add(i.cast("f32"));
    const user = () => layers(10);
    try {
      user();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message).toMatch(/^add: /);
      expect((error as Error).stack).toMatch(/at user /);
    }
    expect(Error.stackTraceLimit).toBe(limit);
  });
});

const failing = (run: () => Promise<unknown>) => expect(run).rejects;

describe("errors that come with an await", () => {
  it("item of many numbers", () =>
    failing(() => x.item()).toThrow("item: [2, 3] holds 6 numbers; use data() or array()"));

  it("reading and using what was disposed of", async () => {
    const y = tensor([1, 2]);
    y.dispose();
    y.dispose(); // twice is no error
    const says =
      "tensor [2] was disposed of; use it before dispose(), or before its `using` block ends";
    await failing(() => y.data()).toThrow(new FreedError(`read: ${says}`));
    expect(() => y.add(1)).toThrow(new FreedError(`add: ${says}`));
  });

  it("what a closure did not return", async () => {
    let inner: Tensor | undefined;
    using kept = tidy(() => (inner = x.mul(2)).add(1));
    const says =
      "tensor [2, 3] was freed when its tidy ended; return it from the closure to keep it";
    await failing(() => inner!.data()).toThrow(new FreedError(`read: ${says}`));
    expect(await numbers(kept)).toEqual([3, 5, 7, 9, 11, 13]);
    using result = backprop({ p }, () => (inner = p.mul(2)).sum());
    await failing(() => inner!.data()).toThrow(
      "read: tensor [2, 3] was freed when its backprop ended; return it from the closure to keep it",
    );
    expect(await result.loss.item()).toBe(42);
  });

  it("gradients: of a stranger, with numbers that are none", () => {
    const stranger = parameter(tensor([1, 2, 3]));
    using result = backprop({ p }, () => p.sum());
    expect(() => result.grads.of(stranger)).toThrow(
      new ParameterError(
        "gradients: none for a parameter [3]; it is no part of the model that backprop was given",
      ),
    );
    expect(() => tidy(() => result.grads.clip(NaN))).toThrow(
      new NumberError("clip: maxNorm is NaN; it must be a finite number"),
    );
    expect(() => tidy(() => result.grads.scale(Infinity))).toThrow(
      new NumberError("scale: the factor is Infinity; it must be a finite number"),
    );
    stranger.dispose();
  });

  it("a tensor of another backend", async () => {
    using here = tensor([1, 2]);
    await here.data();
    using there = tidy(() => here.mul(2)); // waits, and is computed here before the change
    await use(js);
    await use(wasm);
    await use(js);
    using y = here.add(1);
    expect(await numbers(y)).toEqual([2, 3]);
    await use(wasm);
    using z = here.add(1);
    await failing(() => z.data()).toThrow(
      new BackendError(
        "a tensor [2] lives on js, but wasm is in use now; make it again after use()",
      ),
    );
    expect(await numbers(there)).toEqual([2, 4]); // reading works where it lies
    await use(js);
    expect(await numbers(z)).toEqual([2, 3]);
  });

  it("one result that cannot be computed stands in no other's way", async () => {
    await use(wasm);
    using there = tidy(() => tensor([1, 2]).mul(1));
    await there.data();
    await use(js);
    using stuck = tidy(() => there.add(1));
    using free = tidy(() => x.add(1));
    expect(await numbers(free)).toEqual([2, 3, 4, 5, 6, 7]);
    await failing(() => stuck.data()).toThrow("a tensor [2] lives on wasm, but js is in use now");
  });

  it("use: all that was tried, and why it failed", async () => {
    const broken = (name: string, why: string): Opener => ({
      name,
      open: () => {
        throw new Error(why);
      },
    });
    await failing(() => use(broken("one", "no adapter"), broken("two", "no SIMD"))).toThrow(
      new BackendError("use: no backend opened. one: no adapter. two: no SIMD"),
    );
    expect(await numbers(x)).toEqual([1, 2, 3, 4, 5, 6]);
    expect((await use(broken("three", "never"), js)).name).toBe("js");
  });
});

describe("checkNumbers", () => {
  it("names the op that made the first NaN", async () => {
    await use(js);
    await noLeaks(async () => {
      using result = tidy(() => x.sub(2).log().mul(2).sum());
      await failing(() => checkNumbers("step 12", [result])).toThrow(
        new NumberError("step 12: NaN in [2, 3]; log of [2, 3] was the first to make one"),
      );
      expect(await result.item()).toBeNaN();
      using fine = tidy(() => x.log().sum());
      await checkNumbers("step 13", [fine]);
      close([await fine.item()], [Math.log(720)]);
    });
  });

  it("or says that it came with the data", async () => {
    using bad = tensor([1, NaN]);
    using result = tidy(() => bad.mul(2).sum());
    await failing(() => checkNumbers("step 1", [result])).toThrow(
      new NumberError("step 1: NaN in [2]; it came in with the data or the parameters"),
    );
  });
});

describe("load and save", () => {
  class Model {
    weight = parameter(tensor([[1, 2]]));
    parts = [{ bias: parameter(tensor([3])) }, { bias: parameter(tensor([4])) }];
  }

  it("a model comes back, under its paths or others", async () => {
    const bytes = await save(new Model(), { note: "first" });
    const stored = readSafetensors(bytes);
    expect([...stored.keys()].sort()).toEqual(["parts.0.bias", "parts.1.bias", "weight"]);
    const model = new Model();
    using before = model.weight.mul(10);
    load(model, stored, (path) => path);
    expect(await numbers(model.parts[1]!.bias)).toEqual([4]);
    expect(await numbers(before)).toEqual([10, 20]);
  });

  it("what does not fit is listed whole, and changes nothing", async () => {
    const model = new Model();
    const stored = readSafetensors(
      await save({ weight: parameter(tensor([[1, 2, 3]])), other: parameter(tensor([5])) }),
    );
    expect(() => load(model, stored)).toThrow(
      new ParameterError(
        "load: 2 names missing (parts.0.bias, parts.1.bias), 1 name unknown (other), " +
          "weight is [1, 3], the model wants [1, 2]; pass a rename, or fit the names",
      ),
    );
    expect(await numbers(model.weight)).toEqual([1, 2]);
    expect(await numbers(model.parts[0]!.bias)).toEqual([3]);
  });
});
