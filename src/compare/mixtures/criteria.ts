/** How it is measured that a model finds the modes of a mixture: the protocol of PacGAN (Lin et al., 2018). */
import type { Criterion } from "../results.js";
import { words } from "../words.js";

export const criteria: Record<string, Criterion> = {
  modes: {
    title: words("modes found", "найдено мод"),
    about: words(
      "Modes with at least one of 2,500 points within three standard deviations; the mean over trainings.",
      "Моды, у которых хотя бы одна из 2500 точек лежит в трёх стандартных отклонениях; среднее по обучениям.",
    ),
    better: "higher",
    digits: 1,
    source: "Srivastava et al. (2017); Lin et al. (2018)",
  },
  highQuality: {
    title: words("points near a mode", "точки у мод"),
    unit: "%",
    about: words(
      "The share of points within three standard deviations of the nearest centre; 98.9 for the mixture itself.",
      "Доля точек в трёх стандартных отклонениях от ближайшего центра; у самой смеси 98,9.",
    ),
    better: "higher",
    digits: 1,
    source: "Lin et al. (2018)",
  },
  divergence: {
    title: words("unevenness", "неравномерность"),
    unit: "nats",
    about: words(
      "KL divergence of the modes' shares of the points from equal shares.",
      "Дивергенция KL долей мод от равных долей.",
    ),
    better: "lower",
    digits: 3,
    source: "Lin et al. (2018)",
  },
};
