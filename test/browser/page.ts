/**
 * A page of a real browser that runs code of this repository:
 *
 *     const page = await openPage({ webgpu: true }); // false: WebGPU is switched off
 *     const answer = await page.run("test/browser/adapter.ts", { any: "JSON" }, "worker"); // or "window"
 *     await page.close();
 *
 * The file's default export is called with the argument; what it returns comes back as JSON, what it throws
 * is thrown here. Imports of genarch are those of src/. The page is cross-origin isolated.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { bundle } from "./bundle.js";
import { launch } from "./chromium.js";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Where = "window" | "worker";

/** A file of the repository, or a module made up in its root. */
export type Entry = string | { name: string; text: string };

const headers = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/** The document's own code, which the worker runs, too. */
const callFile = "test/browser/call.ts";
const html = '<!doctype html><script type="module" src="/call.js"></script>';

/** No flag of Chromium takes `navigator.gpu` away. */
const withoutGpu = "delete (globalThis.Navigator ?? WorkerNavigator).prototype.gpu;\n";

/** Answers what a page asks: the document, and modules. */
class Modules {
  readonly #texts = new Map<string, string>([["/", html]]);
  readonly #server: Server = createServer((request, response) => {
    const path = request.url ?? "";
    const text = this.#texts.get(path);
    const type = path === "/" ? "text/html" : "text/javascript";
    const status = text === undefined ? 404 : 200;
    response.writeHead(status, { "content-type": type, ...headers }).end(text);
  });

  async listen(webgpu: boolean): Promise<string> {
    const text = (webgpu ? "" : withoutGpu) + (await bundle(callFile));
    for (const path of ["/call.js", "/worker.js"]) this.#texts.set(path, text);
    await new Promise<void>((ready) => this.#server.listen(0, "127.0.0.1", ready));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The address of an entry, which is bundled once. */
  async add(entry: Entry): Promise<string> {
    const name = typeof entry === "string" ? entry : entry.name;
    const path = `/${name}.js`;
    if (!this.#texts.has(path)) this.#texts.set(path, await bundle(entry));
    return path;
  }

  close(): void {
    this.#server.close();
  }
}

export class BrowserPage {
  constructor(
    private readonly browser: Browser,
    private readonly page: Page,
    private readonly modules: Modules,
  ) {}

  /** Calls the entry's default export, one call at a time, and returns its answer. */
  async run(entry: Entry, argument: Json = null, where: Where = "window"): Promise<Json> {
    const path = await this.modules.add(entry);
    const given = [path, argument, where].map((value) => JSON.stringify(value));
    return this.page.evaluate(`call(${given.join(", ")})`);
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.modules.close();
  }
}

/** Opens a page; what it writes to its console comes out here. */
export async function openPage({ webgpu }: { webgpu: boolean }): Promise<BrowserPage> {
  const modules = new Modules();
  const browser = await launch(webgpu);
  const page = await browser.newPage();
  page.on("console", (message) => {
    if (message.type() === "log") console.log(`browser: ${message.text()}`);
  });
  await page.goto(await modules.listen(webgpu));
  await page.waitForFunction("globalThis.call");
  return new BrowserPage(browser, page, modules);
}
