/** Whether labels came where a model was made for classes, and none where it was not. */
import { NumberError, type Tensor } from "../tensor/index.js";

export function checkLabel(name: string, classes = 0, label?: Tensor): void {
  if (!classes === !label) return;
  throw new NumberError(
    classes
      ? `${name}: it was made for ${classes} classes; give labels`
      : `${name}: got labels, but it was made without classes`,
  );
}
