import { Covariance, type Rows } from "genarch/metrics";
import { describe, expect, it } from "vitest";
import {
  factorOfCovariance,
  matrixSquareRoot,
  nuclearNorm,
  rowProducts,
  singularValues,
  symmetricEigen,
  transpose,
} from "../../../src/metrics/linalg/index.js";
import { expectNear, matrix, randomRows } from "./numbers.js";

/** -1, 2, -1 along the diagonal: its eigenvalues are 2 - 2 cos(kπ / (n + 1)). */
function secondDifferences(n: number) {
  const entry = (i: number, j: number) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0);
  return matrix(
    Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => entry(i, j))),
  );
}

function secondDifferenceValues(n: number): number[] {
  const values = Array.from(
    { length: n },
    (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)),
  );
  return values.sort((a, b) => b - a);
}

/** Covariance by its definition, divisor n - 1. */
function covarianceByHand(rows: number[][]): number[] {
  const d = rows[0]!.length;
  const mean = (j: number) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length;
  const means = Array.from({ length: d }, (_, j) => mean(j));
  const entry = (i: number, j: number) =>
    rows.reduce((sum, row) => sum + (row[i]! - means[i]!) * (row[j]! - means[j]!), 0) /
    (rows.length - 1);
  return means.flatMap((_, i) => means.map((__, j) => entry(i, j)));
}

describe("products of rows", () => {
  it.each([
    [1, 1, 1],
    [2, 5, 3],
    [4, 3, 257],
    [65, 64, 256],
    [63, 67, 300],
  ])("%i × %i over %i columns are inner products", (m, n, k) => {
    const [a, b] = [randomRows("a", m, k), randomRows("b", n, k)];
    const want = a.flatMap((x) => b.map((y) => x.reduce((sum, v, p) => sum + v * y[p]!, 0)));
    expectNear(rowProducts(matrix(a), matrix(b)).data, want, 1e-13);
  });
});

describe("Covariance", () => {
  const rows = randomRows("covariance", 700, 5);

  it("is the definition, and its mean the mean", () => {
    const all = new Covariance(5).add(rows);
    expectNear(all.covariance().data, covarianceByHand(rows));
    const mean = [0, 1, 2, 3, 4].map((j) => rows.reduce((sum, row) => sum + row[j]!, 0) / 700);
    expectNear(all.mean(), mean);
  });

  it("does not depend on the batch size, to the last bit", () => {
    const whole = new Covariance(5).add(rows);
    const single = new Covariance(5);
    for (const row of rows) single.add([row]);
    expect(single.covariance().data).toEqual(whole.covariance().data);
  });

  it("merges in any order", () => {
    const parts = [rows.slice(0, 20), rows.slice(20, 400), rows.slice(400)].map((part) =>
      new Covariance(5).add(part),
    );
    const whole = new Covariance(5).add(rows).covariance().data;
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const merged = new Covariance(5);
      for (const i of order) merged.merge(parts[i]!);
      expect(merged.count).toBe(700);
      expectNear(merged.covariance().data, whole, 1e-14);
    }
  });

  it("keeps its digits far from zero, where sums of squares lose five", () => {
    const far = rows.map((row) => row.map((x) => Math.round(x * 1024) / 1024 + 2 ** 17)); // exact
    const near = far.map((row) => row.map((x) => x - 2 ** 17));
    const [a, b] = [new Covariance(5).add(far), new Covariance(5).add(near)];
    expectNear(a.covariance().data, b.covariance().data, 1e-11);
  });

  it("goes to JSON and back, before and after a block is full", () => {
    for (const count of [3, 700]) {
      const all = new Covariance(5).add(rows.slice(0, count));
      const back = Covariance.fromJSON(JSON.parse(JSON.stringify(all)));
      expect(back.covariance()).toEqual(all.covariance());
      expect(back.mean()).toEqual(all.mean());
    }
  });

  it("takes any typed array, and says what is wrong with others", () => {
    const flat = { rows: 2, columns: 2, data: Float32Array.of(1, 2, 3, 4) };
    expectNear(new Covariance(2).add(flat).covariance().data, [2, 2, 2, 2]);
    expect(() => new Covariance(2).add([[1, 2], [3]])).toThrow(
      "Row 1 of the features has 1 numbers, row 0 has 2. Give rows of one length.",
    );
    expect(() => new Covariance(2).add([[1, NaN]])).toThrow("hold NaN at row 0, column 1");
    expect(() => new Covariance(3).add([[1, 2]])).toThrow(
      "The later features have 2 dimensions, the earlier ones 3.",
    );
    // What plain JavaScript may pass: a tensor, or a promise of its numbers.
    const tensor = { rows: () => null, data: () => Promise.resolve([1]) } as unknown as Rows;
    for (const wrong of [tensor, Promise.resolve([[1]]) as unknown as Rows])
      expect(() => new Covariance(2).add(wrong)).toThrow(
        "The features are no list of rows, nor { rows, columns, data }; of a tensor give await t.array().",
      );
  });
});

describe("the factor of a covariance", () => {
  const product = (factor: ReturnType<typeof matrix>) =>
    rowProducts(transpose(factor), transpose(factor));

  it("gives the covariance back, at full rank and in features of very different scale", () => {
    const scaled = randomRows("scaled", 40, 4).map(([a, b, c, d]) => [a! * 1e-6, b!, c! * 1e6, d!]);
    const s = new Covariance(4).add(scaled).covariance();
    const factor = factorOfCovariance(s);
    expect(factor.rows).toBe(4);
    const size = (at: number) => Math.sqrt(s.data[at * 5]!);
    const unit = (data: Float64Array) =>
      data.map((x, at) => x / size(Math.floor(at / 4)) / size(at % 4));
    expectNear(unit(product(factor).data), unit(s.data), 1e-14);
  });

  it("has as many rows as the covariance has rank", () => {
    const [u, v] = randomRows("low rank", 2, 30);
    const rows = randomRows("mix", 50, 2).map(([a, b]) => u!.map((x, i) => a! * x + b! * v![i]!));
    const s = new Covariance(30).add(rows).covariance();
    const factor = factorOfCovariance(s);
    expect(factor.rows).toBe(2);
    expectNear(product(factor).data, s.data, 1e-14);
    expect(
      factorOfCovariance(
        matrix([
          [0, 0],
          [0, 0],
        ]),
      ).rows,
    ).toBe(0);
  });
});

describe("singular values", () => {
  it.each([1, 2, 3, 10, 65])("of second differences of %i points are known", (n) => {
    expectNear(singularValues(secondDifferences(n)), secondDifferenceValues(n), 1e-13);
  });

  it("of a matrix of ones are √(m n) and zeros, tall or wide", () => {
    const ones = matrix(Array.from({ length: 7 }, () => [1, 1, 1]));
    expectNear(singularValues(ones), [Math.sqrt(21), 0, 0], 1e-14);
    expectNear(singularValues(transpose(ones)), [Math.sqrt(21), 0, 0], 1e-14);
  });

  it("do not overflow or vanish, and add up to the nuclear norm", () => {
    for (const scale of [1e-200, 1, 1e200]) {
      const a = matrix([
        [3 * scale, 0],
        [4 * scale, 5 * scale],
      ]);
      const want = [Math.sqrt(45) * scale, Math.sqrt(5) * scale];
      expectNear(
        singularValues(a).map((x) => x / scale),
        want.map((x) => x / scale),
        1e-14,
      );
      expect(nuclearNorm(a) / scale).toBeCloseTo(Math.sqrt(45) + Math.sqrt(5), 12);
    }
    expectNear(
      singularValues(
        matrix([
          [0, 0],
          [0, 0],
        ]),
      ),
      [0, 0],
    );
  });

  it("are small where they should be: a triangle with zeros on its diagonal", () => {
    const a = matrix([
      [0, 1, 2],
      [0, 0, 1],
      [0, 0, 0],
    ]);
    const values = singularValues(a);
    expect(values[0]! ** 2 + values[1]! ** 2).toBeCloseTo(6, 12);
    expect(values[0]! * values[1]!).toBeCloseTo(1, 12); // the minor [1 2; 0 1]
    expect(values[2]!).toBeLessThan(1e-15);
  });
});

describe("symmetric eigenvalues", () => {
  it("of second differences are known, and their vectors give the matrix back", () => {
    const a = secondDifferences(20);
    const { values, vectors } = symmetricEigen(a);
    expectNear(values, secondDifferenceValues(20), 1e-13);
    expectNear(rowProducts(vectors, vectors).data, identity(20), 1e-13);
    const scaled = {
      ...vectors,
      data: vectors.data.map((x, at) => x * values[Math.floor(at / 20)]!),
    };
    expectNear(rowProducts(transpose(vectors), transpose(scaled)).data, a.data, 1e-13);
  });

  it("may be equal", () => {
    expectNear(
      symmetricEigen(
        matrix([
          [1, 1, 1],
          [1, 1, 1],
          [1, 1, 1],
        ]),
      ).values,
      [3, 0, 0],
      1e-14,
    );
    expectNear(
      symmetricEigen(
        matrix([
          [2, 0],
          [0, 2],
        ]),
      ).values,
      [2, 2],
      1e-15,
    );
  });

  it("make square roots", () => {
    const root = matrixSquareRoot(secondDifferences(12));
    expectNear(rowProducts(root, root).data, secondDifferences(12).data, 1e-13);
    expectNear(
      matrixSquareRoot(
        matrix([
          [5, 4],
          [4, 5],
        ]),
      ).data,
      [2, 1, 1, 2],
      1e-14,
    );
  });
});

function identity(n: number): number[] {
  return Array.from({ length: n * n }, (_, at) => +(at % (n + 1) === 0));
}
