/** Classifier-free guidance (Ho and Salimans, 2022): away from what the network would draw without being asked for anything. */
import type { Denoiser } from "./diffusion.js";

/**
 * u + scale·(c − u), eq. 6 with scale = 1 + w: 1 is the conditional network alone, 0 the unconditional, 3 to 8 follow
 * the condition more and vary less. Each step asks both.
 */
export const guided =
  (conditional: Denoiser, unconditional: Denoiser, scale: number): Denoiser =>
  (x, t) => {
    if (scale === 1) return conditional(x, t);
    const u = unconditional(x, t);
    return scale === 0 ? u : u.add(conditional(x, t).sub(u).mul(scale));
  };
