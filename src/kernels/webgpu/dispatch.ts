/** Workgroups in two dimensions: WebGPU allows 65,535 in each, and kernels count them in one. */

const most = 65_535;

/** x · y ≥ groups, with as few left over as goes; the kernel leaves those at once. */
export function fold(groups: number): readonly [x: number, y: number] {
  const y = Math.ceil(groups / most);
  if (y > most) throw new Error(`${groups} workgroups are more than WebGPU can start at once.`);
  return [Math.ceil(groups / y), y];
}
