/**
 * Text to image: a small transformer reads a caption in English or Russian, a U-Net that attends to its words draws a
 * 16×16 emoji. Writes a row for each of some captions. Eight minutes on two cores.
 *
 *     npm install @iconify-json/fluent-emoji-flat emojibase-data @resvg/resvg-wasm
 *     npx tsx examples/train-emoji.ts [--steps 5000] [--backend wasm|js] [--out emoji.png]
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, count, js, seed, tensor, tidy, use, wasm } from "genarch";
import { BPETokenizer, emoji, encodePng, sheet } from "genarch/data";
import { CaptionEncoder, diffusionLoss, dpmSolver, guided, last, NoiseSchedule, UNet } from "genarch/models"; // prettier-ignore
import { adamw, average, warmupCosine } from "genarch/train";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "5000" },
    batch: { type: "string", default: "16" },
    width: { type: "string", default: "16" },
    samples: { type: "string", default: "10" }, // steps of the sampler
    backend: { type: "string", default: "wasm" },
    out: { type: "string", default: "emoji.png" },
  },
});
const [steps, batch, width, samples] = [values.steps, values.batch, values.width, values.samples].map(Number) as [number, number, number, number]; // prettier-ignore

await use(values.backend === "js" ? js : wasm);
seed(1);
const pictures = await emoji({ only: ["animals", "food"] });
const tokenizer = new BPETokenizer(pictures.texts(), 2048);
const model = {
  text: new CaptionEncoder({ vocab: tokenizer.vocabulary.length, context: 12, width: 64 }),
  unet: new UNet({ channels: 3, width, multipliers: [1, 2, 4], text: 64 }),
};
const read = (captions: string[]) => model.text.padded(captions.map((c) => tokenizer.encode(c)));
const schedule = NoiseSchedule.cosine(1000);
const rate = warmupCosine({ lr: 2e-3, minLr: 1e-4, warmup: 0.04 * steps, steps });
const optimizer = adamw(model);
const smooth = average(model, { decay: 0.995 });
console.log(`${pictures.count} emoji, ${count(model)} parameters`);

const start = performance.now();
const batches = pictures.captioned({ batch, steps, range: "signed" });
for (const { step, shape, x: pixels, captions } of batches) {
  using x = tensor(pixels, { shape });
  const words = read(captions);
  using result = backprop(model, () => {
    const condition = { text: model.text.forward(words), mask: words.mask };
    return diffusionLoss((xt, t) => model.unet.forward(xt, t, condition), schedule, x, { predicts: "x0" }); // prettier-ignore
  });
  optimizer.lr = rate(step);
  optimizer.step(result.grads.clip(1));
  smooth.update(Math.min(0.995, (1 + step) / (10 + step)));
  if (step % 100 === 0) {
    const seconds = ((performance.now() - start) / 1e3).toFixed(0);
    console.log(`step ${step}  loss ${(await result.loss.item()).toFixed(4)}  ${seconds} s`);
  }
}

/** A picture for each caption. */
async function draw(captions: string[], scale: number) {
  const { mask, tokens } = read(captions);
  using text = tidy(() => model.text.forward({ tokens, mask }));
  const denoise = guided((x, t) => model.unet.forward(x, t, { text, mask }), (x, t) => model.unet.forward(x, t), scale); // prettier-ignore
  const shape = [captions.length, 3, 16, 16];
  using x = await last(dpmSolver(denoise, schedule, shape, { steps: samples, predicts: "x0", clip: 1 })); // prettier-ignore
  return x.data();
}
const asked = ["dog face", "морда собаки", "red apple", "красное яблоко", "blue heart", "green cat"]; // prettier-ignore
const drawn = await smooth.during(() => draw(asked.flatMap((caption) => Array<string>(8).fill(caption)), 5)); // prettier-ignore
const picture = sheet(drawn, [48, 3, 16, 16], { columns: 8, range: "signed", scale: 4 });
await writeFile(values.out, await encodePng(picture));
console.log(`wrote ${values.out}: ${asked.join(", ")}`);
