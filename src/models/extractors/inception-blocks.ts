/**
 * The blocks of Inception V3 (Szegedy et al., 2016, figures 5 to 7), with torchvision's names. They differ between
 * published copies only in how their pooling branch treats the border: see inception.ts.
 */
import { BatchNorm2d, Conv2d } from "../../layers/index.js";
import { avgPool2d, concat, maxPool2d, ones, type Tensor } from "../../tensor/index.js";

export type Pool = (x: Tensor) => Tensor;
type Pair = readonly [number, number];
type Window = { stride?: number; padding?: number | Pair };

/** Convolution without a bias, batch norm, relu. */
export class BasicConv2d {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;

  constructor(from: number, to: number, kernel: number | Pair, window: Window = {}) {
    this.conv = new Conv2d(from, to, kernel, { ...window, bias: false });
    this.bn = new BatchNorm2d(to, { eps: 1e-3 });
  }

  forward(x: Tensor): Tensor {
    return this.bn.forward(this.conv.forward(x)).relu();
  }
}

const conv1x1 = (from: number, to: number) => new BasicConv2d(from, to, 1);
/** 1 high and 7 wide, or the other way round; the size stays. */
const wide7 = (from: number, to: number) => new BasicConv2d(from, to, [1, 7], { padding: [0, 3] });
const tall7 = (from: number, to: number) => new BasicConv2d(from, to, [7, 1], { padding: [3, 0] });
const wide3 = (from: number, to: number) => new BasicConv2d(from, to, [1, 3], { padding: [0, 1] });
const tall3 = (from: number, to: number) => new BasicConv2d(from, to, [3, 1], { padding: [1, 0] });
const same3 = (from: number, to: number) => new BasicConv2d(from, to, 3, { padding: 1 });
const half3 = (from: number, to: number) => new BasicConv2d(from, to, 3, { stride: 2 });

/** Windows of 3 × 3 that halve the size. */
export const halving: Pool = (x) => maxPool2d(x, 3, { stride: 2 });
const SAME = { stride: 1, padding: 1 };
/** The largest of 3 × 3, the size stays. */
export const largest: Pool = (x) => maxPool2d(x, 3, SAME);
/** The mean of 3 × 3, the size stays; pixels beyond the border are zeros that count. */
export const meanWithBorder: Pool = (x) => avgPool2d(x, 3, SAME);
/** Pixels beyond the border do not count. */
export const meanWithin: Pool = (x) => {
  const inside = avgPool2d(ones([1, 1, ...x.shape.slice(2)]), 3, SAME); // the share of each window
  return avgPool2d(x, 3, SAME).div(inside);
};

/** [B, from, H, W] → [B, 224 + pooled, H, W] */
export class InceptionA {
  readonly branch1x1: BasicConv2d;
  readonly branch5x5_1: BasicConv2d;
  readonly branch5x5_2 = new BasicConv2d(48, 64, 5, { padding: 2 });
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2 = same3(64, 96);
  readonly branch3x3dbl_3 = same3(96, 96);
  readonly branch_pool: BasicConv2d;

  constructor(
    from: number,
    pooled: number,
    private readonly pool: Pool,
  ) {
    this.branch1x1 = conv1x1(from, 64);
    this.branch5x5_1 = conv1x1(from, 48);
    this.branch3x3dbl_1 = conv1x1(from, 64);
    this.branch_pool = conv1x1(from, pooled);
  }

  forward(x: Tensor): Tensor {
    return joined(
      x.pipe(this.branch1x1),
      x.pipe(this.branch5x5_1, this.branch5x5_2),
      x.pipe(this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3),
      x.pipe(this.pool, this.branch_pool),
    );
  }
}

/** [B, 288, H, W] → [B, 768, H/2, W/2] */
export class InceptionB {
  readonly branch3x3 = half3(288, 384);
  readonly branch3x3dbl_1 = conv1x1(288, 64);
  readonly branch3x3dbl_2 = same3(64, 96);
  readonly branch3x3dbl_3 = half3(96, 96);

  forward(x: Tensor): Tensor {
    return joined(
      x.pipe(this.branch3x3),
      x.pipe(this.branch3x3dbl_1, this.branch3x3dbl_2, this.branch3x3dbl_3),
      halving(x),
    );
  }
}

/** [B, 768, H, W] → the same, through `narrow` channels */
export class InceptionC {
  readonly branch1x1 = conv1x1(768, 192);
  readonly branch7x7_1: BasicConv2d;
  readonly branch7x7_2: BasicConv2d;
  readonly branch7x7_3: BasicConv2d;
  readonly branch7x7dbl_1: BasicConv2d;
  readonly branch7x7dbl_2: BasicConv2d;
  readonly branch7x7dbl_3: BasicConv2d;
  readonly branch7x7dbl_4: BasicConv2d;
  readonly branch7x7dbl_5: BasicConv2d;
  readonly branch_pool = conv1x1(768, 192);

  constructor(
    narrow: number,
    private readonly pool: Pool,
  ) {
    this.branch7x7_1 = conv1x1(768, narrow);
    this.branch7x7_2 = wide7(narrow, narrow);
    this.branch7x7_3 = tall7(narrow, 192);
    this.branch7x7dbl_1 = conv1x1(768, narrow);
    this.branch7x7dbl_2 = tall7(narrow, narrow);
    this.branch7x7dbl_3 = wide7(narrow, narrow);
    this.branch7x7dbl_4 = tall7(narrow, narrow);
    this.branch7x7dbl_5 = wide7(narrow, 192);
  }

  forward(x: Tensor): Tensor {
    return joined(
      x.pipe(this.branch1x1),
      x.pipe(this.branch7x7_1, this.branch7x7_2, this.branch7x7_3),
      x.pipe(
        this.branch7x7dbl_1,
        this.branch7x7dbl_2,
        this.branch7x7dbl_3,
        this.branch7x7dbl_4,
        this.branch7x7dbl_5,
      ),
      x.pipe(this.pool, this.branch_pool),
    );
  }
}

/** [B, 768, H, W] → [B, 1280, H/2, W/2] */
export class InceptionD {
  readonly branch3x3_1 = conv1x1(768, 192);
  readonly branch3x3_2 = half3(192, 320);
  readonly branch7x7x3_1 = conv1x1(768, 192);
  readonly branch7x7x3_2 = wide7(192, 192);
  readonly branch7x7x3_3 = tall7(192, 192);
  readonly branch7x7x3_4 = half3(192, 192);

  forward(x: Tensor): Tensor {
    return joined(
      x.pipe(this.branch3x3_1, this.branch3x3_2),
      x.pipe(this.branch7x7x3_1, this.branch7x7x3_2, this.branch7x7x3_3, this.branch7x7x3_4),
      halving(x),
    );
  }
}

/** [B, from, H, W] → [B, 2048, H, W] */
export class InceptionE {
  readonly branch1x1: BasicConv2d;
  readonly branch3x3_1: BasicConv2d;
  readonly branch3x3_2a = wide3(384, 384);
  readonly branch3x3_2b = tall3(384, 384);
  readonly branch3x3dbl_1: BasicConv2d;
  readonly branch3x3dbl_2 = same3(448, 384);
  readonly branch3x3dbl_3a = wide3(384, 384);
  readonly branch3x3dbl_3b = tall3(384, 384);
  readonly branch_pool: BasicConv2d;

  constructor(
    from: number,
    private readonly pool: Pool,
  ) {
    this.branch1x1 = conv1x1(from, 320);
    this.branch3x3_1 = conv1x1(from, 384);
    this.branch3x3dbl_1 = conv1x1(from, 448);
    this.branch_pool = conv1x1(from, 192);
  }

  forward(x: Tensor): Tensor {
    const middle = x.pipe(this.branch3x3_1);
    const double = x.pipe(this.branch3x3dbl_1, this.branch3x3dbl_2);
    return joined(
      x.pipe(this.branch1x1),
      middle.pipe(this.branch3x3_2a),
      middle.pipe(this.branch3x3_2b),
      double.pipe(this.branch3x3dbl_3a),
      double.pipe(this.branch3x3dbl_3b),
      x.pipe(this.pool, this.branch_pool),
    );
  }
}

const joined = (...branches: Tensor[]): Tensor => concat(branches, 1);
