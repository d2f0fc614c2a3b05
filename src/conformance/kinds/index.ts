// Every kind of case that the format knows, by its `fn`.

import type { Kind } from "../case.js";
import { bleuKinds } from "./bleu.js";
import { featureKinds } from "./features.js";
import { generationKinds } from "./generation.js";
import { humanKinds } from "./humans.js";
import { pixelKinds } from "./pixels.js";
import { statisticsKinds } from "./statistics.js";
import { textKinds } from "./text.js";

export const kinds: Readonly<Record<string, Kind>> = {
  ...bleuKinds,
  ...textKinds,
  ...generationKinds,
  ...featureKinds,
  ...pixelKinds,
  ...humanKinds,
  ...statisticsKinds,
};
