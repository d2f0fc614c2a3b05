/** A product by the member that its tile names. */
import type { Dispatch } from "./kernel.js";
import { registerProduct } from "./registers.js";
import { tileProduct, type Product } from "./tiles.js";

export const writeProduct = (product: Product): Dispatch =>
  product.tile.registers ? registerProduct(product) : tileProduct(product);
