/**
 * Finding a device: the browser's `navigator.gpu`, or Dawn, Chrome's WebGPU, from the npm package `webgpu`
 * in Node. A device of the caller's own is taken as it is.
 */

export type OpenOptions = {
  adapter?: GPUAdapter;
  device?: GPUDevice;
  /** Take an adapter that computes on the CPU, too: right and slow. */
  software?: boolean;
  /** Members of the kernel families made for a GPU or for an adapter that computes on the CPU; as the adapter is. */
  members?: "gpu" | "cpu";
  /** "default": no more than every WebGPU device has, whatever this one has. */
  limits?: "default" | "highest";
  /** Let subgroups add up the rows of softmax, cross-entropy and norms; sums then differ in the last bits between adapters. */
  subgroups?: boolean;
};

export type Opened = {
  device: GPUDevice;
  /** What the device is, for people. */
  name: string;
  /** Whether it was opened here, and so is destroyed here. */
  own: boolean;
  /** Whether barriers are dear: kernels without them are taken. */
  software: boolean;
  subgroups: boolean;
};

/** Dawn, once opened. It stays: if it is collected while a device of its works, the process crashes. */
let dawn: GPU | null = null;

/** What is asked for where the adapter has more than WebGPU promises; all else is left as promised. */
const raised = ["maxBufferSize", "maxStorageBufferBindingSize"] as const;

export async function openDevice(options: OpenOptions): Promise<Opened> {
  if (options.device) {
    const { device } = options;
    const { adapterInfo } = device;
    const lost = await Promise.race([device.lost, Promise.resolve(null)]);
    if (lost)
      throw new Error(`The device given is lost (${lost.message || lost.reason}): give a new one`);
    const software = wantsSoftware(options, adapterInfo);
    const subgroups = wantsSubgroups(options, device.features, "the device given was opened");
    return { device, name: nameOf(adapterInfo), own: false, software, subgroups };
  }
  const adapter = options.adapter ?? (await findAdapter(options.software ?? false));
  const requiredLimits: Record<string, number> = {};
  if (options.limits !== "default")
    for (const limit of raised) requiredLimits[limit] = adapter.limits[limit];
  const name = nameOf(adapter.info);
  const subgroups = wantsSubgroups(options, adapter.features, `${name} is an adapter`);
  const requiredFeatures: GPUFeatureName[] = subgroups ? ["subgroups"] : [];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  return { device, name, own: true, software: wantsSoftware(options, adapter.info), subgroups };
}

async function findAdapter(software: boolean): Promise<GPUAdapter> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new Error(
      "WebGPU is here, but found no adapter: this machine has no GPU driver that it accepts",
    );
  if (isSoftware(adapter.info) && !software)
    throw new Error(
      `The only adapter is ${nameOf(adapter.info)}, which computes on the CPU: wasm does that faster. webgpu.with({ software: true }) takes it all the same`,
    );
  return adapter;
}

async function findGpu(): Promise<GPU> {
  if (typeof navigator !== "undefined" && "gpu" in navigator) return navigator.gpu;
  if (typeof process === "undefined" || !process.versions?.node)
    throw new Error("This browser has no WebGPU; Chrome, Edge, Safari 26 and Firefox 141 have");
  if (dawn) return dawn;
  const found = await import("webgpu").catch(() => null);
  if (!found)
    throw new Error("Node has no WebGPU of its own: npm install webgpu brings Dawn, Chrome's");
  // No kernel reads workgroup memory that it has not written; SwiftShader's code to clear it takes seconds to compile.
  return (dawn = found.create(["enable-dawn-features=disable_workgroup_init"]));
}

const wantsSoftware = ({ members }: OpenOptions, info: GPUAdapterInfo): boolean =>
  members === undefined ? isSoftware(info) : members === "cpu";

function wantsSubgroups(
  { subgroups = false }: OpenOptions,
  features: GPUSupportedFeatures,
  who: string,
): boolean {
  if (subgroups && !features.has("subgroups"))
    throw new Error(`Subgroups were asked for, and ${who} without them: leave the option out`);
  return subgroups;
}

const isSoftware = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(nameOf(info));

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const parts = [vendor, architecture, description || device];
  return [...new Set(parts)].filter(Boolean).join(" ") || "an adapter without a name";
}
