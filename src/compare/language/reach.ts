/**
 * How far back a model's prediction reaches: the gradient of −ln p(next token) in what it read d places before. A recurrent
 * network's shrinks or grows by a factor a place (Bengio et al., 1994; Pascanu et al., 2013, eq. 5); attention has a direct
 * way to every place.
 */
import { GPT } from "../../models/index.js";
import { arange, gradient, tensor, tidy, type Tensor } from "../../tensor/index.js";
import type { LanguageModel } from "./contestants.js";

/** Mean over windows of ‖∂(−ln p(y))/∂x_(T−1−d)‖, x the embedded tokens: by d from 0 to T − 1. tokens [B, T], y [B] */
export async function gradientByDistance(
  model: LanguageModel,
  tokens: Int32Array,
  targets: Int32Array,
): Promise<number[]> {
  const B = targets.length;
  const T = tokens.length / B;
  using norms = tidy(() => {
    const { x, logits } = lastLogits(model, tensor(tokens, { shape: [B, T] }));
    const loss = logits.crossEntropy(tensor(targets), null, 0)[0].sum();
    const [slope] = gradient(loss, [x]) as [Tensor]; // [B, T, width]
    return slope.square().sum(-1).sqrt().mean(0); // [T]
  });
  return Array.from(await norms.data()).reverse();
}

/** The embedded tokens [B, T, width], and the logits after the last [B, vocab]. */
function lastLogits(model: LanguageModel, tokens: Tensor): { x: Tensor; logits: Tensor } {
  if (model instanceof GPT) {
    const x = model.token.forward(tokens).add(model.position.forward(arange(tokens.shape[1]!)));
    const h = x.pipe(...model.blocks, model.norm);
    return { x, logits: h.at(1, -1).affine(model.token.weight) };
  }
  const x = model.embedding.forward(tokens);
  const { output } = model.recurrent.forward(x); // [B, T, hidden]
  return { x, logits: model.head.forward(output.at(1, -1)) };
}
