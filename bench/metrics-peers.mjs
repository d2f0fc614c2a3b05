// What JavaScript has for the same metrics, each set to compute our number where it can.
import bleuScore from "bleu-score";
import { l } from "js-rouge";
import ssimModule from "ssim.js";

/** Mean of bleu-score's sentence BLEU: one reference, words at blanks, no smoothing; another number. */
export function bleu(hypotheses, references) {
  let sum = 0;
  hypotheses.forEach((text, i) => (sum += bleuScore.bleu(references[i], text, 4)));
  return (100 * sum) / hypotheses.length;
}

/** js-rouge's F of ROUGE-L, with Google's tokens and the whole text as one sentence. */
export function rougeL(prediction, target) {
  const tokenizer = (text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return l(prediction, target, { tokenizer, segmenter: (text) => [text] });
}

/** ssim.js's SSIM after Wang et al., of a grey image without downsampling. */
export function ssim(real, generated, size) {
  const image = (grey) => {
    const data = new Uint8ClampedArray(4 * size * size);
    grey.forEach((v, i) => data.set([v, v, v, 255], 4 * i));
    return { data, width: size, height: size };
  };
  const [a, b] = [image(real), image(generated)];
  return () => ssimModule.ssim(a, b, { ssim: "fast", downsample: false }).mssim;
}
