/** The kernels of a backend: emitted, compiled and numbered once, each for all plans that need it. */
import { type FunctionHandle, ModuleBuilder } from "./emitter.js";
import type { Lowered } from "./kernel.js";
import type { Compiled, Run } from "./program.js";
import type { ModuleMail } from "./threads/team.js";

export class Kernels {
  /** As workers get them. */
  readonly modules: ModuleMail[] = [];
  private readonly compiled = new Map<string, Compiled>();

  constructor(
    private readonly memory: WebAssembly.Memory,
    private readonly shared: boolean,
  ) {}

  /** Makes the phases that no plan had before, as one module. */
  compile(phases: readonly Lowered[]): void {
    const builder = new ModuleBuilder();
    const made = new Map<string, FunctionHandle>();
    for (const phase of phases)
      if (!this.compiled.has(phase.key) && !made.has(phase.key))
        made.set(phase.key, phase.build(builder));
    if (made.size === 0) return;
    const module = new WebAssembly.Module(builder.bytes(this.shared));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    const kernels = [...made].map(([key, handle]): [number, string] => {
      const name = `f${handle.index}`;
      const number = this.compiled.size;
      this.compiled.set(key, { number, run: exports[name] as Run, handle });
      return [number, name];
    });
    this.modules.push({ module, kernels });
  }

  of(key: string): Compiled {
    const found = this.compiled.get(key);
    if (!found) throw new Error(`The kernel "${key}" was not compiled.`);
    return found;
  }

  clear(): void {
    this.compiled.clear();
    this.modules.length = 0;
  }
}
