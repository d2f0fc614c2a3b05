// Images as data: IDX files, MNIST, batches, sheets of samples, PNG files, mixtures in the plane.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import {
  decodeDeepPng,
  decodePng,
  encodePng,
  grid,
  ImageDataset,
  imageFolder,
  mnist,
  readIdx,
  ring,
  sheet,
} from "genarch/data";

describe("readIdx", () => {
  it("reads bytes and shape", () => {
    const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
    expect(readIdx(file)).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) });
  });

  it("reads the other kinds, big-endian", () => {
    const one = (kind: number, ...bytes: number[]) =>
      readIdx(Uint8Array.of(0, 0, kind, 1, 0, 0, 0, 1, ...bytes)).data;
    expect(one(0x09, 0xff)).toEqual(Int8Array.of(-1));
    expect(one(0x0b, 0x01, 0x02)).toEqual(Int16Array.of(258));
    expect(one(0x0c, 0, 0, 1, 0)).toEqual(Int32Array.of(256));
    expect(one(0x0d, 0x3f, 0x80, 0, 0)).toEqual(Float32Array.of(1));
    expect(one(0x0e, 0x40, 0, 0, 0, 0, 0, 0, 0)).toEqual(Float64Array.of(2));
  });

  it.each([
    [[0x1f, 0x8b, 8, 0], "readIdx: the file is packed by gzip; unpack it first."],
    [[1, 2, 3, 4], "readIdx: the file does not start as IDX does, with 0, 0 and a kind of number."],
    [[0, 0, 8, 1, 0], "readIdx: the file ends within its header."],
    [[0, 0, 8, 1, 0, 0, 0, 2, 7], "readIdx: 2 numbers [2] take 10 bytes, but the file has 9."],
  ])("refuses %j", (bytes, sentence) => {
    expect(() => readIdx(Uint8Array.from(bytes))).toThrow(sentence);
  });
});

describe("mnist", () => {
  it("gives all digits of both splits", async () => {
    const [train, test] = [await mnist(), await mnist({ split: "test" })];
    expect([train.count, test.count, ...test.shape]).toEqual([60_000, 10_000, 1, 28, 28]);
    expect([...train.labels!.slice(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    const mean = train.pixels.reduce((sum, pixel) => sum + pixel, 0) / train.pixels.length / 255;
    expect(mean).toBeCloseTo(0.1307, 4); // the mean that every tutorial subtracts
  });

  it("says where it looked", async () => {
    await expect(mnist({ folder: "nowhere" })).rejects.toThrow(
      "mnist: cannot read nowhere/train-images-idx3-ubyte",
    );
  });
});

describe("batches", () => {
  const pixels = Uint8Array.from({ length: 40 }, (_, k) => 5 * k); // ten images of 2×2
  const data = new ImageDataset(
    pixels,
    [1, 2, 2],
    Int32Array.from({ length: 10 }, (_, k) => k),
  );

  it("hold each image once a pass, in an order that the seed decides", () => {
    const labels = (seed: number) =>
      [...data.batches({ batch: 5, steps: 4, seed })].map(({ label }) => [...label]);
    const [a, b, c, d] = labels(1);
    const sorted = (...lists: number[][]) => lists.flat().sort((x, y) => x - y);
    expect(sorted(a!, b!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(sorted(c!, d!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...a!, ...b!]).not.toEqual([...c!, ...d!]);
    expect(labels(1)).toEqual([a, b, c, d]);
    expect(labels(2)).not.toEqual([a, b, c, d]);
  });

  it("go on where a run stopped", () => {
    const whole = [...data.batches({ batch: 3, steps: 8 })];
    expect([...data.batches({ batch: 3, steps: 8, start: 4 })]).toEqual(whole.slice(4));
  });

  it("are numbers of [0, 1] or [−1, 1] with the image's label", () => {
    for (const { x, label, shape } of data.batches({ batch: 2, steps: 3 })) {
      expect(shape).toEqual([2, 1, 2, 2]);
      expect(x[0]).toBeCloseTo((20 * label[0]!) / 255, 6);
    }
    const [first] = data.sequential({ batch: 4, range: "signed" });
    expect(first!.x[1]).toBeCloseTo((2 * 5) / 255 - 1, 6);
  });

  it("in order, the last one smaller", () => {
    const found = [...data.sequential({ batch: 4 })].map(({ label }) => [...label]);
    expect(found).toEqual([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]);
    expect(data.take(3).count).toBe(3);
  }); // prettier-ignore

  it("say what does not fit", () => {
    expect(() => data.batches({ batch: 11, steps: 1 }).next()).toThrow(
      "A batch of 11 wants more than the 10 images there are.",
    );
    expect(() => data.batches({ batch: 0, steps: 1 }).next()).toThrow(
      "batch must be a whole number, 1 or more; 0 came.",
    );
    expect(() => new ImageDataset(pixels, [1, 3, 3])).toThrow(
      "40 pixels are not a whole number of images of 9, [1, 3, 3].",
    );
    expect(() => new ImageDataset(pixels, [1, 2, 2], new Uint8Array(3))).toThrow(
      "There are 10 images, but 3 labels.",
    );
  });
});

describe("sheet", () => {
  it("lays images out in rows, on black", () => {
    const picture = sheet([0, 1, 1, 0, 0.5, 2, -1, NaN], [2, 1, 2, 2], { columns: 2 });
    expect(picture).toMatchObject({ width: 7, height: 4, channels: 1 });
    const rows = [
      [0, 0, 0, 0, 0, 0, 0],
      [0, 0, 255, 0, 128, 255, 0],
      [0, 255, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0, 0],
    ];
    expect([...picture.data]).toEqual(rows.flat());
  });

  it("in colour, larger, from [−1, 1]", () => {
    const options = { range: "signed", gap: 0, scale: 2 } as const;
    const { data } = sheet([-1, 0, 1], [1, 3, 1, 1], options);
    expect([...data]).toEqual([0, 128, 255, 0, 128, 255, 0, 128, 255, 0, 128, 255]);
  });

  it("wants as many numbers as its shape says", () => {
    expect(() => sheet([1, 2], [1, 1, 2, 2])).toThrow("The images want 4 numbers; 2 came.");
  });
});

describe("PNG files", () => {
  const grey = { width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 50, 100, 255) };

  it("come back as they went", async () => {
    const colour = { width: 1, height: 2, channels: 3, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
    for (const picture of [grey, colour])
      expect(await decodePng(await encodePng(picture))).toEqual(picture);
  });

  it("of 16 bits keep them all where that is asked for, else the upper half", async () => {
    const data = Uint16Array.of(0, 257, 258, 65535);
    const file = encode({ width: 4, height: 1, channels: 1, depth: 16, data });
    expect(await decodeDeepPng(file)).toEqual({
      width: 4,
      height: 1,
      channels: 1,
      depth: 16,
      data,
    });
    expect([...(await decodePng(file)).data]).toEqual([0, 1, 1, 255]);
    expect(await decodeDeepPng(await encodePng(grey))).toEqual({ ...grey, depth: 8 });
  });

  it("in a folder of folders: images with the folder as their label", async () => {
    const folder = mkdtempSync(join(tmpdir(), "genarch-"));
    const clear = { ...grey, channels: 4, data: Uint8Array.of(9, 9, 9, 0, 30, 60, 90, 255, 0, 0, 0, 255, 0, 0, 0, 255) }; // prettier-ignore
    for (const [name, picture] of [["b/1.png", grey], ["a/2.PNG", clear], ["a/no.txt", grey]] as const) {
      mkdirSync(join(folder, name[0]!), { recursive: true });
      writeFileSync(join(folder, name), await encodePng(picture));
    } // prettier-ignore
    const data = await imageFolder(folder, { channels: 1 });
    expect(data.classes).toEqual(["a", "b"]);
    expect([...data.labels!]).toEqual([0, 1]);
    expect([...data.pixels]).toEqual([255, 60, 0, 0, 0, 50, 100, 255]); // what is clear is white
    const colours = await imageFolder(join(folder, "b"), { channels: 3 });
    expect(colours.labels).toBeNull();
    expect([...colours.pixels.slice(0, 8)]).toEqual([0, 50, 100, 255, 0, 50, 100, 255]);

    writeFileSync(join(folder, "b/3.png"), await encodePng({ ...grey, width: 4, height: 1 }));
    await expect(imageFolder(join(folder, "b"), { channels: 1 })).rejects.toThrow(
      /3\.png is 4×1, but .*1\.png is 2×2; make them one size\./,
    );
    const empty = mkdtempSync(join(tmpdir(), "genarch-"));
    await expect(imageFolder(empty, { channels: 1 })).rejects.toThrow(
      `There is no PNG file in ${empty}.`,
    );
  });
});

describe("mixtures", () => {
  it("PacGAN's ring and grid", () => {
    expect(ring().centers).toHaveLength(8);
    expect(ring({ radius: 3 }).centers.map(([x, y]) => Math.hypot(x, y))).toEqual(
      new Array(8).fill(expect.closeTo(3, 12)),
    );
    expect(grid().centers).toHaveLength(25);
    expect([grid().centers[0], grid().centers[24]]).toEqual([[-4, -4], [4, 4]]);
  }); // prettier-ignore

  it("draw points around their modes, equally often, the same for a seed", () => {
    const mixture = ring();
    const { x, mode } = mixture.sample(8000, 5);
    expect(mixture.sample(8000, 5)).toEqual({ x, mode });
    expect(mixture.sample(8000, 6).x).not.toEqual(x);
    const counts = new Array<number>(8).fill(0);
    let squares = 0;
    mode.forEach((k, row) => {
      counts[k]!++;
      const [a, b] = mixture.centers[k]!;
      squares += (x[2 * row]! - a) ** 2 + (x[2 * row + 1]! - b) ** 2;
    });
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect(Math.sqrt(squares / 16_000)).toBeCloseTo(0.01, 3);
  });

  it("want a centre and a spread", () => {
    expect(() => ring({ sigma: 0 })).toThrow(
      "A mixture wants a centre or more and a sigma above 0; 8 and 0 came.",
    );
  });
});
