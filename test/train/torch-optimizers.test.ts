// Every optimizer against PyTorch: five steps on the sum of (p − target)², on each backend.
import { expect, it } from "vitest";
import { backprop, parameter } from "genarch";
import { adagrad, adam, adamw, rmsprop, sgd, type Optimizer } from "genarch/train";
import { expectClose, given, vectors, type OptimizerCase } from "../layers/torch.js";
import { eachBackend } from "../support.js";

const makers: Record<string, (model: object, options: object) => Optimizer> = {
  SGD: sgd,
  Adam: adam,
  AdamW: adamw,
  RMSprop: rmsprop,
  Adagrad: adagrad,
};

/** weight_decay → weightDecay */
const camelCase = (name: string) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()); // prettier-ignore

eachBackend((backend) => {
  it.each(vectors<OptimizerCase>("optimizers").map((example) => [example.name, example] as const))(
    "%s",
    async (_, { kind, args, start, target, trajectory }) => {
      const options = Object.entries(args).map(([option, value]) => [camelCase(option), value]);
      const model = { p: parameter(given(start)) };
      const wanted = given(target);
      const optimizer = makers[kind]!(model, Object.fromEntries(options));
      for (const [k, after] of trajectory.entries()) {
        using result = backprop(model, () => model.p.sub(wanted).square().sum());
        optimizer.step(result.grads);
        await expectClose(`step ${k + 1}`, model.p, after, backend);
      }
      expect(optimizer.steps).toBe(5);
    },
  );
});
