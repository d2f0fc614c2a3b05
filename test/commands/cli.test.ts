/** `genarch` itself: what it answers without a command, and to a wrong one. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

async function genarch(
  ...args: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  const all = ["--import", "tsx", "src/cli.ts", ...args];
  const run = promisify(execFile)(process.execPath, all, { cwd: root });
  return run.then(
    (done) => ({ ...done, code: 0 }),
    (failed: { stdout: string; stderr: string; code: number }) => failed,
  );
}

describe("genarch", () => {
  it.each([[], ["--help"], ["-h"], ["help"]])("%s lists the commands", async (...args) => {
    const { stdout, code } = await genarch(...args);
    expect(code).toBe(0);
    for (const command of ["compare", "metrics", "report", "verify"])
      expect(stdout).toMatch(new RegExp(`^  ${command} +\\w`, "m"));
  });

  it.each(["--version", "-v"])("%s is that of the package", async (flag) => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
      version: string;
    };
    expect((await genarch(flag)).stdout).toBe(`${version}\n`);
  });

  it("a command that is none fails, and the list follows", async () => {
    const { stdout, stderr, code } = await genarch("metric");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^There is no command "metric".\n\ngenarch COMMAND/);
  });
});
