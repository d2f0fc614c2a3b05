/**
 * pytorch/examples' variational autoencoder on MNIST: 784-400-20, Adam 1e-3, batches of 128, 10 passes. Its published
 * test loss is 105 to 107 nats. Writes digits drawn from the prior, and on the way between two test digits.
 *
 *     npx tsx examples/train-vae.ts [--steps 4680] [--backend wasm|js] [--out vae.png]
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backprop, concat, js, seed, tensor, tidy, use, wasm } from "genarch";
import { encodePng, mnist, sheet } from "genarch/data";
import { interpolate, mlpVAE, slerp } from "genarch/models";
import { adam } from "genarch/train";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "4680" },
    batch: { type: "string", default: "128" },
    digits: { type: "string", default: "10000" }, // to test with
    backend: { type: "string", default: "wasm" },
    out: { type: "string", default: "vae.png" },
  },
});
const [steps, batch, digits] = [values.steps, values.batch, values.digits].map(Number);

await use(values.backend === "js" ? js : wasm);
seed(1);
const [train, test] = [await mnist(), (await mnist({ split: "test" })).take(digits!)];
const vae = mlpVAE(); // x [B, 784]
const optimizer = adam(vae, { lr: 1e-3 });

const start = performance.now();
for (const { step, x } of train.batches({ batch: batch!, steps: steps!, seed: 1 })) {
  using digits = tensor(x, { shape: [batch!, 784] });
  using result = backprop(vae, () => vae.loss(digits));
  optimizer.step(result.grads);
  if (step % 468 === 0) {
    const [fit, kl] = [await result.reconstruction.item(), await result.kl.item()];
    console.log(`step ${step}  reconstruction ${fit.toFixed(1)} + KL ${kl.toFixed(1)} nats`);
  }
}
console.log(`${((performance.now() - start) / 1e3).toFixed(1)} s`);

let total = 0;
for (const { x, label } of test.sequential({ batch: 500 })) {
  using loss = tidy(() => vae.loss(tensor(x, { shape: [label.length, 784] })).loss);
  total += (await loss.item()) * label.length;
}
console.log(`test loss ${(total / test.count).toFixed(2)} nats over ${test.count} digits`);

using pictures = tidy(() => {
  const [two] = test.sequential({ batch: 2 }); // a seven and a two
  const { mean } = vae.encode(tensor(two!.x, { shape: [2, 784] }));
  const way = interpolate(mean.at(0, 0), mean.at(0, 1), 8, slerp); // [8, 20]
  return concat([vae.sample(24), vae.decode(way)]); // the last row goes from one to the other
});
await writeFile(
  values.out,
  await encodePng(sheet(await pictures.data(), [32, 1, 28, 28], { columns: 8, scale: 2 })),
);
console.log(`wrote ${values.out}`);
