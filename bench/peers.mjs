/**
 * The training steps of two JavaScript peers, at their best: shapes, batch and optimizer of steps.ts,
 * image-steps.ts and torch_rows.py. `npm run bench` runs each in a process of its own (system.ts),
 * `npm run bench:webgpu` the GPT of both beside genarch's (webgpu-rows.ts).
 *
 * `await peerStep("tfjs" | "jax", workload)` gives a function that runs one step and returns its loss; with
 * "webgpu" for a third argument on that backend, for which `navigator.gpu` must be there.
 * tfjs: TensorFlow.js on its wasm backend, with custom gradients that keep to its fast kernels (as shipped it
 * is 2 to 10 times slower, or cannot train). jax: @jax-js/jax on wasm, the whole step under one jit.
 * Untimed extras of PyTorch (BatchNorm's running statistics) are left out.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

const req = createRequire(import.meta.url);
export const workloads = ["rnn", "gru", "lstm", "gpt", "vae", "dcgan", "ddpm"];

/** A step of `workload` in `peer`; async, resolves to the loss when parameters are updated. */
export function peerStep(peer, workload, backend = "wasm") {
  return peer === "tfjs" ? tfjs(workload, backend) : jaxjs(workload, backend);
}

// Fixed data from a small generator of our own, the same for every peer.
let seed = 1;
const rnd = () => {
  seed = (seed * 1664525 + 1013904223) >>> 0;
  return seed / 4294967296;
};
const gauss = () => Math.sqrt(-2 * Math.log(1 - rnd())) * Math.cos(2 * Math.PI * rnd());
const uni = (n, k) => Float32Array.from({ length: n }, () => (rnd() * 2 - 1) * k);
const nrm = (n) => Float32Array.from({ length: n }, gauss);
const ints = (n, v) => Int32Array.from({ length: n }, () => Math.floor(rnd() * v));
const prod = (s) => s.reduce((a, b) => a * b, 1);
const AB = (() => {
  const r = [];
  let p = 1;
  for (let i = 0; i < 1000; i++) {
    p *= 1 - (1e-4 + ((0.02 - 1e-4) * i) / 999);
    r.push(p);
  }
  return r;
})();
const FREQ = Float32Array.from({ length: 16 }, (_, i) => Math.exp((-Math.log(1e4) * i) / 16));

// ---------------------------------------------------------------- parameters, PyTorch's layout of sizes
/** Parameters of each workload: name -> [shape, bound] (bound 'n': normal, a number: uniform, 'one', 'zero'). */
function specs(w, conv) {
  const P = {},
    C = conv; // C(o, i, k) gives the peer's filter shape
  const lin = (n, i, o, b = true) => {
    P[n + "w"] = [[i, o], i ** -0.5];
    if (b) P[n + "b"] = [[o], i ** -0.5];
  };
  const cv = (n, i, o, k) => {
    P[n + "w"] = [C(o, i, k), (i * k * k) ** -0.5];
    P[n + "b"] = [[o], (i * k * k) ** -0.5];
  };
  const nm = (n, c) => {
    P[n + "g"] = [[c], "one"];
    P[n + "b"] = [[c], "zero"];
  };
  if (["rnn", "gru", "lstm"].includes(w)) {
    const H = 256,
      G = { rnn: 1, gru: 3, lstm: 4 }[w] * H;
    P.emb = [[65, H], "n"];
    for (const k of ["x", "h"]) {
      P[k + "w"] = [[H, G], H ** -0.5];
      P[k + "b"] = [[G], H ** -0.5];
    }
    lin("o", H, 65);
  } else if (w === "gpt") {
    const D = 128;
    P.te = [[65, D], "n"];
    P.pe = [[64, D], "n"];
    for (let l = 0; l < 4; l++) {
      nm(`a${l}`, D);
      lin(`q${l}`, D, 3 * D);
      lin(`p${l}`, D, D);
      nm(`m${l}`, D);
      lin(`f${l}`, D, 4 * D);
      lin(`r${l}`, 4 * D, D);
    }
    nm("ln", D);
    lin("hd", D, 65, false);
  } else if (w === "vae") {
    lin("f1", 784, 400);
    lin("mu", 400, 20);
    lin("lv", 400, 20);
    lin("f3", 20, 400);
    lin("f4", 400, 784);
  } else if (w === "dcgan") {
    P.g1w = [[64, 128 * 49], (128 * 49) ** -0.5];
    P.g1b = [[128], (128 * 49) ** -0.5];
    nm("gn1", 128);
    P.g2w = [C(128, 64, 4), (64 * 16) ** -0.5];
    P.g2b = [[64], (64 * 16) ** -0.5];
    nm("gn2", 64);
    P.g3w = [C(64, 1, 4), 16 ** -0.5];
    P.g3b = [[1], 16 ** -0.5];
    cv("d1", 1, 64, 4);
    cv("d2", 64, 128, 4);
    nm("dn2", 128);
    lin("d3", 128 * 49, 1);
  } else {
    const c = 32,
      res = (n, i, o) => {
        nm(n + "n", i);
        cv(n + "c", i, o, 3);
        lin(n + "t", 128, o);
        nm(n + "m", o);
        cv(n + "d", o, o, 3);
        if (i !== o) cv(n + "s", i, o, 1);
      };
    lin("t1", c, 128);
    lin("t2", 128, 128);
    cv("i", 1, c, 3);
    res("d1", c, c);
    cv("p1", c, c, 3);
    res("d2", c, 2 * c);
    cv("p2", 2 * c, 2 * c, 3);
    res("m1", 2 * c, 2 * c);
    nm("an", 2 * c);
    cv("qkv", 2 * c, 6 * c, 1);
    cv("ao", 2 * c, 2 * c, 1);
    res("m2", 2 * c, 2 * c);
    cv("u2", 2 * c, 2 * c, 3);
    res("q2", 4 * c, 2 * c);
    cv("u1", 2 * c, c, 3);
    res("q1", 2 * c, c);
    nm("no", c);
    cv("o", c, 1, 3);
  }
  return P;
}
const init = ([s, k]) =>
  k === "n"
    ? nrm(prod(s))
    : k === "one"
      ? new Float32Array(prod(s)).fill(1)
      : k === "zero"
        ? new Float32Array(prod(s))
        : uni(prod(s), k);

// ================================================================ TensorFlow.js (NHWC)
async function tfjs(w, be) {
  const tf = req("@tensorflow/tfjs");
  if (be === "wasm")
    req("@tensorflow/tfjs-backend-wasm").setWasmPaths(
      path.dirname(req.resolve("@tensorflow/tfjs-backend-wasm")) + path.sep,
    );
  if (be === "webgpu") req("@tensorflow/tfjs-backend-webgpu");
  tf.enableProdMode();
  await tf.setBackend(be);
  await tf.ready();
  const S = specs(w, (o, i, k) => [k, k, i, o]);
  if (w === "dcgan") {
    S.g2w[0] = [4, 4, 64, 128];
    S.g3w[0] = [4, 4, 1, 64];
  } // conv2dTranspose: [h, w, out, in]
  const p = Object.fromEntries(
    Object.entries(S).map(([n, s]) => [n, tf.variable(tf.tensor(init(s), s[0]), true, `${w}${n}`)]),
  );
  const vars = Object.values(p);
  const mm = (a, b, ta, tb) => tf.matMul(a, b, ta, tb),
    T = (a) => tf.transpose(a);
  const colsum = (d) => mm(tf.ones([1, d.shape[0]]), d).reshape([d.shape[1]]); // sum over rows by the fast matMul

  // --- Fast gradients: the wasm matMul is quick only without transpose flags; conv by XNNPACK both ways.
  const linT = tf.customGrad((x, W, b, save) => {
    save([x, W]);
    return {
      value: tf.add(mm(x, W), b),
      gradFunc: (d, [x_, W_]) => [mm(d, T(W_)), mm(T(x_), d), colsum(d)],
    };
  });
  const mmT = tf.customGrad((x, W, save) => {
    save([x, W]);
    return { value: mm(x, W), gradFunc: (d, [x_, W_]) => [mm(d, T(W_)), mm(T(x_), d)] };
  });
  const sw = (a) => tf.transpose(a, [0, 2, 1]);
  const bmmT = tf.customGrad((a, b, save) => {
    save([a, b]);
    return { value: mm(a, b), gradFunc: (d, [a_, b_]) => [mm(d, sw(b_)), mm(sw(a_), d)] };
  });
  const affT = tf.customGrad((x, g, b, save) => {
    save([x, g]);
    return {
      value: tf.add(tf.mul(x, g), b),
      gradFunc: (d, [x_, g_]) => [tf.mul(d, g_), colsum(tf.mul(d, x_)), colsum(d)],
    };
  });
  const pad1 = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  const flip = (W) => tf.transpose(tf.reverse(W, [0, 1]), [0, 1, 3, 2]);
  const wgrad = (x, d, k, s) => {
    // [k, k, in, out]: a convolution of x with d as its (dilated) filter
    const r = tf.conv2d(
      tf.transpose(x, [3, 1, 2, 0]),
      tf.transpose(d, [1, 2, 0, 3]),
      1,
      pad1,
      "NHWC",
      s,
    );
    return tf.transpose(
      r.shape[1] > k ? tf.slice(r, [0, 0, 0, 0], [-1, k, k, -1]) : r,
      [1, 2, 0, 3],
    );
  };
  const up4 = (d, W) => {
    // transpose of a 4x4 stride 2 pad 1 convolution: four 2x2 convolutions, interleaved
    const f = tf.transpose(W, [0, 1, 3, 2]),
      pick = (a, q) => tf.gather(a, tf.tensor1d(q ? [2, 0] : [3, 1], "int32"), 0),
      pd = (q) => (q ? [0, 1] : [1, 0]),
      o = [];
    for (const i of [0, 1])
      for (const j of [0, 1]) {
        const fi = pick(f, i),
          fij = tf.gather(fi, tf.tensor1d(j ? [2, 0] : [3, 1], "int32"), 1);
        o.push(tf.conv2d(d, fij, 1, [[0, 0], pd(i), pd(j), [0, 0]]));
      }
    const [n, h, v, c] = o[0].shape,
      side = (a, b, r) => tf.concat([a.reshape([r, -1]), b.reshape([r, -1])], 1); // quicker than depthToSpace
    return side(side(o[0], o[1], n * h * v), side(o[2], o[3], n * h * v), n * h).reshape([
      n,
      2 * h,
      2 * v,
      c,
    ]);
  };
  const xgrad = (d, W, k, s) => {
    if (s === 1) return tf.conv2d(d, flip(W), 1, "same");
    if (k === 4) return up4(d, W);
    const [n, h, v, c] = d.shape; // 3x3 stride 2: zeros between the rows and columns
    const z = tf.reshape(
      tf.concat([tf.reshape(d, [n * h, v, 1, c]), tf.zeros([n * h, v, 1, c])], 2),
      [n, h, 1, 2 * v * c],
    );
    return tf.conv2d(
      tf.reshape(tf.concat([z, tf.zerosLike(z)], 2), [n, 2 * h, 2 * v, c]),
      flip(W),
      1,
      "same",
    );
  };
  const convT = (k, s) =>
    tf.customGrad((x, W, b, save) => {
      save([x, W]);
      return {
        value: tf.add(tf.conv2d(x, W, s, pad1), b),
        gradFunc: (d, [x_, W_]) => [
          x_.shape[3] === 1 && k === 3 ? tf.zerosLike(x_) : xgrad(d, W_, k, s), // ddpm's input is data: no gradient wanted
          wgrad(x_, d, k, s),
          colsum(d.reshape([-1, d.shape[3]])),
        ],
      };
    });
  const convT1 = { 31: convT(3, 1), 32: convT(3, 2), 42: convT(4, 2) };
  const dconvT = tf.customGrad((x, W, b, save) => {
    save([x, W]);
    return {
      value: tf.add(up4(x, W), b),
      gradFunc: (d, [x_, W_]) => [
        tf.conv2d(d, W_, 2, pad1),
        wgrad(d, x_, 4, 2),
        colsum(d.reshape([-1, d.shape[3]])),
      ],
    };
  });
  const upT = tf.customGrad((x) => ({
    value: tf.image.resizeNearestNeighbor(x, [x.shape[1] * 2, x.shape[2] * 2]),
    gradFunc: (d) => tf.mul(tf.avgPool(d, 2, 2, "valid"), 4),
  }));
  const bnT = tf.customGrad((x, g, b, save) => {
    // [rows, channels]
    const M = x.shape[0],
      m = colsum(x).div(M),
      c = tf.sub(x, m),
      inv = tf.rsqrt(tf.add(colsum(tf.square(c)).div(M), 1e-5)),
      xh = tf.mul(c, inv);
    save([xh, inv, g]);
    return {
      value: tf.add(tf.mul(xh, g), b),
      gradFunc: (d, [h, iv, g_]) => {
        const sd = colsum(d),
          sh = colsum(tf.mul(d, h));
        return [tf.mul(tf.sub(tf.sub(d, sd.div(M)), tf.mul(h, sh.div(M))), tf.mul(g_, iv)), sh, sd];
      },
    };
  });

  // --- The layers.
  const lin = (x, n) => linT(x, p[n + "w"], p[n + "b"]);
  const aff = (x, n) => affT(x, p[n + "g"], p[n + "b"]);
  const conv = (x, n, s = 1) => {
    const W = p[n + "w"],
      k = W.shape[0],
      [N, h, v, c] = x.shape;
    if (k === 1)
      return linT(x.reshape([-1, c]), W.reshape([c, -1]), p[n + "b"]).reshape([N, h, v, -1]);
    return convT1[`${k}${s}`](x, W, p[n + "b"]);
  };
  const dconv = (x, n) => dconvT(x, p[n + "w"], p[n + "b"]);
  const bn = (x, n) => {
    const s = x.shape,
      c = s[3];
    return bnT(x.reshape([-1, c]), p[n + "g"], p[n + "b"]).reshape(s);
  };
  const norm = (x, ax) => {
    const m = tf.mean(x, ax, true),
      c = tf.sub(x, m);
    return tf.mul(c, tf.rsqrt(tf.add(tf.mean(tf.square(c), ax, true), 1e-5)));
  };
  const ln = (x, n) => aff(norm(x, -1), n);
  const gn = (x, n) => {
    const [N, h, v, c] = x.shape,
      r = x.reshape([N, h * v, 8, c / 8]);
    const mean2 = (q) => tf.mean(tf.mean(q, 3, true), 1, true),
      d = tf.sub(r, mean2(r));
    return aff(tf.mul(d, tf.rsqrt(tf.add(mean2(tf.square(d)), 1e-5))).reshape([-1, c]), n).reshape(
      x.shape,
    );
  };
  const silu = (x) => tf.mul(x, tf.sigmoid(x));
  const emb = (ids, W) => mmT(tf.oneHot(ids, 65).toFloat(), W); // gather's gradient is not in wasm
  const xent = (lg, y) => tf.losses.softmaxCrossEntropy(tf.oneHot(y, 65), lg);
  const adam = (lr, b1 = 0.9) => tf.train.adam(lr, b1, 0.999, 1e-8);
  /** The loss that a step gives; on wasm at once, else it must be waited for outside of a tidy. */
  const lossOf = (step) =>
    be === "wasm" ? tf.tidy(() => step().dataSync()[0]) : readLater(tf.tidy(step));
  const readLater = async (value) => {
    const [loss] = await value.data();
    value.dispose();
    return loss;
  };
  const train = (opt, f, vs = vars) =>
    lossOf(() => {
      const { value, grads } = tf.variableGrads(f, vs);
      opt.applyGradients(grads);
      return value;
    });

  if (["rnn", "gru", "lstm"].includes(w)) {
    const H = 256,
      B = 32,
      Tn = 64,
      x = tf.tensor1d(ints(B * Tn, 65), "int32"),
      y = tf.tensor1d(ints(B * Tn, 65), "int32"),
      opt = adam(1e-3); // time first
    const f = () => {
      const xw = tf
        .split(
          mmT(emb(x, p.emb), p.xw)
            .add(w === "gru" ? p.xb : tf.add(p.xb, p.hb))
            .reshape([Tn, B, -1]),
          Tn,
          0,
        )
        .map((t) => t.reshape([B, -1]));
      let h = tf.zeros([B, H]),
        c = h;
      const hs = [];
      for (const xt of xw) {
        if (w === "rnn") h = tf.tanh(tf.add(xt, mmT(h, p.hw)));
        else if (w === "lstm") {
          const [s, g] = tf.split(tf.add(xt, mmT(h, p.hw)), [3 * H, H], 1),
            [i, q, o] = tf.split(tf.sigmoid(s), 3, 1);
          c = tf.add(tf.mul(q, c), tf.mul(i, tf.tanh(g)));
          h = tf.mul(o, tf.tanh(c));
        } else {
          const hw = lin(h, "h"),
            [xs, xn] = tf.split(xt, [2 * H, H], 1),
            [hq, hn] = tf.split(hw, [2 * H, H], 1),
            [r, z] = tf.split(tf.sigmoid(tf.add(xs, hq)), 2, 1);
          const n = tf.tanh(tf.add(xn, tf.mul(r, hn)));
          h = tf.add(n, tf.mul(z, tf.sub(h, n)));
        }
        hs.push(h);
      }
      return xent(lin(tf.concat(hs, 0), "o"), y);
    };
    return () => train(opt, f);
  }
  if (w === "gpt") {
    const C = 128,
      nh = 4,
      B = 12,
      Tn = 64,
      x = tf.tensor1d(ints(B * Tn, 65), "int32"),
      y = tf.tensor1d(ints(B * Tn, 65), "int32"),
      opt = adam(1e-3);
    const mask = tf.tensor(
      Float32Array.from({ length: Tn * Tn }, (_, i) => (i % Tn > Math.floor(i / Tn) ? -1e9 : 0)),
      [1, Tn, Tn],
    );
    const gelu = (a) => tf.mul(tf.mul(a, 0.5), tf.add(tf.erf(tf.mul(a, Math.SQRT1_2)), 1));
    const f = () => {
      let h = tf.add(emb(x, p.te).reshape([B, Tn, C]), p.pe).reshape([B * Tn, C]);
      for (let l = 0; l < 4; l++) {
        const [q, k, v] = tf
          .split(lin(ln(h, `a${l}`), `q${l}`), 3, 1)
          .map((t) =>
            tf
              .transpose(t.reshape([B, Tn, nh, C / nh]), [0, 2, 1, 3])
              .reshape([B * nh, Tn, C / nh]),
          );
        const a = tf.softmax(tf.add(tf.mul(bmmT(q, sw(k)), (C / nh) ** -0.5), mask));
        h = tf.add(
          h,
          lin(
            tf
              .transpose(bmmT(a, v).reshape([B, nh, Tn, C / nh]), [0, 2, 1, 3])
              .reshape([B * Tn, C]),
            `p${l}`,
          ),
        );
        h = tf.add(h, lin(gelu(lin(ln(h, `m${l}`), `f${l}`)), `r${l}`));
      }
      return xent(mmT(ln(h, "ln"), p.hdw), y);
    };
    return () =>
      lossOf(() => {
        const { value, grads } = tf.variableGrads(f, vars);
        for (const v of vars) v.assign(tf.mul(v, 1 - 1e-3 * 0.01));
        opt.applyGradients(grads);
        return value;
      });
  }
  if (w === "vae") {
    const x = tf.tensor(Float32Array.from({ length: 128 * 784 }, rnd), [128, 784]),
      opt = adam(1e-3);
    const f = () => {
      const h = tf.relu(lin(x, "f1")),
        m = lin(h, "mu"),
        v = lin(h, "lv"),
        z = tf.add(m, tf.mul(tf.randomNormal([128, 20]), tf.exp(tf.mul(v, 0.5)))),
        l = lin(tf.relu(lin(z, "f3")), "f4");
      return tf.sub(
        tf.sum(tf.sub(tf.softplus(l), tf.mul(l, x))),
        tf.mul(0.5, tf.sum(tf.sub(tf.sub(tf.add(v, 1), tf.square(m)), tf.exp(v)))),
      );
    };
    return () => train(opt, f);
  }
  if (w === "dcgan") {
    const x = tf.tensor(uni(64 * 784, 1), [64, 28, 28, 1]),
      og = adam(2e-4, 0.5),
      od = adam(2e-4, 0.5),
      of = (c) =>
        Object.entries(p)
          .filter(([n]) => n[0] === c)
          .map(([, v]) => v),
      gv = of("g"),
      dv = of("d");
    const G = (z) =>
      tf.tanh(
        dconv(
          tf.relu(
            bn(
              dconv(
                tf.relu(bn(tf.add(mmT(z, p.g1w).reshape([64, 7, 7, 128]), p.g1b), "gn1")),
                "g2",
              ),
              "gn2",
            ),
          ),
          "g3",
        ),
      );
    const D = (i) =>
      lin(
        tf
          .leakyRelu(bn(conv(tf.leakyRelu(conv(i, "d1", 2), 0.2), "d2", 2), "dn2"), 0.2)
          .reshape([64, -1]),
        "d3",
      );
    const pos = (t) => tf.mean(tf.softplus(tf.neg(t)));
    return () =>
      tf.tidy(() => {
        const z = tf.randomNormal([64, 64]),
          fake = G(z);
        const ld = train(od, () => tf.add(pos(D(x)), tf.mean(tf.softplus(D(fake)))), dv);
        return [train(og, () => pos(D(G(z))), gv), ld];
      });
  }
  // ddpm
  const x = tf.tensor(uni(32 * 784, 1), [32, 28, 28, 1]),
    opt = adam(2e-4),
    fr = tf.tensor(FREQ, [1, 16]);
  const res = (h, t, n) => {
    let a = tf.add(conv(silu(gn(h, n + "n")), n + "c"), lin(t, n + "t").reshape([32, 1, 1, -1]));
    a = conv(silu(gn(a, n + "m")), n + "d");
    return tf.add(p[n + "sw"] ? conv(h, n + "s") : h, a);
  };
  const net = (i, tt) => {
    const a = tf.mul(tt, fr),
      t = silu(lin(silu(lin(tf.concat([tf.sin(a), tf.cos(a)], 1), "t1")), "t2"));
    const h0 = conv(i, "i"),
      h1 = res(h0, t, "d1"),
      h2 = res(conv(h1, "p1", 2), t, "d2");
    let m = res(conv(h2, "p2", 2), t, "m1");
    const [q, k, v] = tf
      .split(conv(gn(m, "an"), "qkv").reshape([32 * 49, 192]), 3, 1)
      .map((t) => tf.transpose(t.reshape([32, 49, 4, 16]), [0, 2, 1, 3]).reshape([128, 49, 16]));
    const at = tf.softmax(tf.mul(bmmT(q, sw(k)), 0.25));
    m = tf.add(
      m,
      conv(
        tf.transpose(bmmT(at, v).reshape([32, 4, 49, 16]), [0, 2, 1, 3]).reshape([32, 7, 7, 64]),
        "ao",
      ),
    );
    m = res(m, t, "m2");
    let u = res(tf.concat([conv(upT(m), "u2"), h2], 3), t, "q2");
    u = res(tf.concat([conv(upT(u), "u1"), h1], 3), t, "q1");
    return conv(silu(gn(u, "no")), "o");
  };
  return () =>
    tf.tidy(() => {
      const ts = Array.from({ length: 32 }, () => Math.floor(rnd() * 1000)),
        e = tf.randomNormal([32, 28, 28, 1]),
        sc = (g) => tf.tensor(ts.map(g), [32, 1, 1, 1]);
      const xn = tf.add(
          tf.mul(
            sc((t) => Math.sqrt(AB[t])),
            x,
          ),
          tf.mul(
            sc((t) => Math.sqrt(1 - AB[t])),
            e,
          ),
        ),
        tt = tf.tensor(ts, [32, 1], "float32");
      return train(opt, () => tf.mean(tf.square(tf.sub(net(xn, tt), e))));
    });
}

// ================================================================ jax-js (NCHW); every use but the last takes .ref
async function jaxjs(w, device) {
  if (!globalThis.navigator) globalThis.navigator = { userAgent: "node" }; // the library asks for one; Node 20 has none
  const jax = await import(
    pathToFileURL(path.join(path.dirname(req.resolve("@jax-js/jax")), "index.js"))
  );
  const { numpy: np, nn, random, jit, valueAndGrad, tree } = jax;
  await jax.init(device);
  jax.defaultDevice(device);
  const arr = (d, s) => np.array(d).reshape(s),
    num = (v) => np.array(v);
  const S = specs(w, (o, i, k) => [o, i, k, k]);
  if (w === "dcgan") {
    S.g2w[0] = [64, 128, 4, 4];
    S.g3w[0] = [1, 64, 4, 4];
  }
  const mk = (s) => arr(init(s), s[0]),
    P0 = Object.fromEntries(Object.entries(S).map(([n, s]) => [n, mk(s)]));
  const zeros = (t) =>
    Object.fromEntries(Object.entries(t).map(([n, a]) => [n, np.zeros(a.shape)]));
  const lin = (x, p, n) => np.dot(x, p[n + "w"].ref).add(p[n + "b"].ref);
  const norm = (x, ax) => {
    const c = x.ref.sub(np.mean(x, ax, { keepdims: true })),
      v = np.mean(np.square(c.ref), ax, { keepdims: true });
    return c.mul(np.reciprocal(np.sqrt(v.add(1e-5))));
  };
  const aff = (x, p, n) => x.mul(p[n + "g"].ref).add(p[n + "b"].ref);
  const affc = (x, p, n) =>
    x.mul(p[n + "g"].ref.reshape([1, -1, 1, 1])).add(p[n + "b"].ref.reshape([1, -1, 1, 1]));
  const xent = (lg, y, N) =>
    nn
      .logSoftmax(lg, -1)
      .mul(nn.oneHot(y, 65))
      .sum()
      .mul(-1 / N);
  const bias = (x, p, n) => x.add(p[n + "b"].ref.reshape([1, -1, 1, 1]));
  /** x [N, C, H, W] -> patches [N * h * w, k * k * C]: the library's matmul is far faster than its convolution, above all backwards. */
  const patches = (x, k, s, q) => {
    const [N, C, H, W] = x.shape,
      h = H / s,
      v = W / s,
      t = np.pad(np.transpose(x, [0, 2, 3, 1]), [
        [0, 0],
        [q, q],
        [q, q],
        [0, 0],
      ]),
      o = [];
    const r = s === 1 ? t : t.reshape([N, H / 2 + q, 2, W / 2 + q, 2, C]);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++)
        o.push(
          s === 1
            ? r.ref.slice([], [i, i + h], [j, j + v], [])
            : r.ref.slice([], [i >> 1, (i >> 1) + h], i % 2, [j >> 1, (j >> 1) + v], j % 2, []),
        );
    r.dispose();
    return np.concatenate(o, 3).reshape([N * h * v, k * k * C]);
  };
  const conv = (x, p, n, s = 1) => {
    const [O, I, k] = p[n + "w"].shape,
      q = k === 1 ? 0 : 1,
      [N, , H, W] = x.shape;
    const m = k === 1 ? np.transpose(x, [0, 2, 3, 1]).reshape([N * H * W, I]) : patches(x, k, s, q);
    return bias(
      np.transpose(
        np
          .dot(m, np.transpose(p[n + "w"].ref, [2, 3, 1, 0]).reshape([k * k * I, O]))
          .reshape([N, H / s, W / s, O]),
        [0, 3, 1, 2],
      ),
      p,
      n,
    );
  };
  const dconv = (x, p, n) => {
    // 4x4, stride 2, pad 1; filter [out, in, 4, 4]
    const [N, C, h, v] = x.shape,
      O = p[n + "w"].shape[0];
    const y = np.dot(
      np.transpose(x, [0, 2, 3, 1]).reshape([N * h * v, C]),
      np.transpose(p[n + "w"].ref, [1, 2, 3, 0]).reshape([C, 16 * O]),
    );
    const tap = np.split(y, 16, 1).map((t) => t.reshape([N, h, v, O])),
      rows = [];
    for (const a of [0, 1]) {
      const cols = [];
      for (const b of [0, 1]) {
        let acc = null;
        for (const i of [a, a + 2])
          for (const j of [b, b + 2]) {
            const t = np.pad(tap[i * 4 + j], [
              [0, 0],
              [i >> 1, 1 - (i >> 1)],
              [j >> 1, 1 - (j >> 1)],
              [0, 0],
            ]);
            acc = acc ? acc.add(t) : t;
          }
        cols.push(acc);
      }
      rows.push(np.stack(cols, 3));
    } // [N, h+1, v+1, 2, O]
    const out = np
      .stack(rows, 2)
      .reshape([N, 2 * h + 2, 2 * v + 2, O])
      .slice([], [1, 2 * h + 1], [1, 2 * v + 1], []);
    return bias(np.transpose(out, [0, 3, 1, 2]), p, n);
  };
  const end = (p, l) => {
    tree.dispose(p);
    return l;
  };

  /** Adam on a tree; k = [rate / (1 - b1^t), 1 / (1 - b2^t)] as scalars, wd = decay factor. */
  const update = (b1, wd) => (p, m, v, g, k1, k2) => {
    const P = {},
      M = {},
      V = {};
    for (const n of Object.keys(p)) {
      M[n] = m[n].mul(b1).add(g[n].ref.mul(1 - b1));
      V[n] = v[n].mul(0.999).add(np.square(g[n]).mul(1e-3));
      P[n] = (wd === 1 ? p[n] : p[n].mul(wd)).sub(
        M[n].ref.mul(k1.ref).div(np.sqrt(V[n].ref.mul(k2.ref)).add(1e-8)),
      );
    }
    k1.dispose();
    k2.dispose();
    return [P, M, V];
  };
  /** A trainer of `params` on loss(p, ...batch). */
  const trainer = (params, loss, lr, b1 = 0.9, wd = 1) => {
    let st = [params, zeros(params), zeros(params)],
      t = 0;
    const up = update(b1, wd);
    const whole = jit((p, m, v, k1, k2, ...b) => {
      const [l, g] = valueAndGrad(loss)(tree.ref(p), ...b);
      return [l, up(p, m, v, g, k1, k2)];
    });
    const run = (...b) => {
      t++;
      const k1 = num(lr / (1 - b1 ** t)),
        k2 = num(1 / (1 - 0.999 ** t));
      const [l, s] = whole(...st, k1, k2, ...b);
      st = s;
      return l;
    };
    return { run, params: () => tree.ref(st[0]), settle: () => jax.blockUntilReady(st) };
  };
  let key = random.key(0);
  const normal = (s) => {
    const [a, b] = random.split(key, 2);
    key = a;
    return noise(b, s);
  };
  const noises = {},
    noise = (k, s) => (noises[s] ??= jit((q) => random.normal(q, s)))(k);
  const read = async (l, tr) => {
    const v = (await l.data())[0];
    await tr.settle();
    return v;
  }; // the step is done when its new state is, too
  if (["rnn", "gru", "lstm"].includes(w)) {
    const H = 256,
      B = 32,
      Tn = 64,
      x = np.array(ints(B * Tn, 65)),
      y = np.array(ints(B * Tn, 65));
    const loss = (p, xs, ys) => {
      const e = np.dot(nn.oneHot(xs, 65), p.emb.ref),
        xw = np.split(
          np.dot(e, p.xw.ref).add(w === "gru" ? p.xb.ref : p.xb.ref.add(p.hb.ref)),
          Tn,
          0,
        );
      let h = np.zeros([B, H]),
        c = np.zeros([B, H]);
      const hs = [];
      for (const xt of xw) {
        if (w === "rnn") h = np.tanh(xt.add(np.dot(h, p.hw.ref)));
        else if (w === "lstm") {
          const [i, q, o, g] = np.split(xt.add(np.dot(h, p.hw.ref)), 4, 1);
          c = nn
            .sigmoid(q)
            .mul(c)
            .add(nn.sigmoid(i).mul(np.tanh(g)));
          h = nn.sigmoid(o).mul(np.tanh(c.ref));
        } else {
          const [xr, xz, xn] = np.split(xt, 3, 1),
            [hr, hz, hn] = np.split(lin(h.ref, p, "h"), 3, 1);
          const r = nn.sigmoid(xr.add(hr)),
            z = nn.sigmoid(xz.add(hz)),
            n = np.tanh(xn.add(r.mul(hn)));
          h = n.ref.add(z.mul(h.sub(n)));
        }
        hs.push(h.ref);
      }
      h.dispose();
      c.dispose();
      return end(p, xent(lin(np.concatenate(hs, 0), p, "o"), ys, B * Tn));
    };
    const tr = trainer(P0, loss, 1e-3);
    return () => read(tr.run(x.ref, y.ref), tr);
  }
  if (w === "gpt") {
    const C = 128,
      nh = 4,
      B = 12,
      Tn = 64,
      x = np.array(ints(B * Tn, 65)),
      y = np.array(ints(B * Tn, 65));
    const mask = np
      .array(
        Float32Array.from({ length: Tn * Tn }, (_, i) => (i % Tn > Math.floor(i / Tn) ? -1e9 : 0)),
      )
      .reshape([1, 1, Tn, Tn]);
    const loss = (p, xs, ys, mk_) => {
      let h = np
        .dot(nn.oneHot(xs, 65), p.te.ref)
        .reshape([B, Tn, C])
        .add(p.pe.ref)
        .reshape([B * Tn, C]);
      for (let l = 0; l < 4; l++) {
        const [q, k, v] = np
          .split(lin(aff(norm(h.ref, -1), p, `a${l}`), p, `q${l}`), 3, 1)
          .map((t) => np.transpose(t.reshape([B, Tn, nh, C / nh]), [0, 2, 1, 3]));
        const a = nn.softmax(
          np
            .matmul(q, np.transpose(k, [0, 1, 3, 2]))
            .mul((C / nh) ** -0.5)
            .add(mk_.ref),
          -1,
        );
        h = h.add(
          lin(np.transpose(np.matmul(a, v), [0, 2, 1, 3]).reshape([B * Tn, C]), p, `p${l}`),
        );
        h = h.ref.add(
          lin(
            nn.gelu(lin(aff(norm(h, -1), p, `m${l}`), p, `f${l}`), { approximate: false }),
            p,
            `r${l}`,
          ),
        );
      }
      mk_.dispose();
      return end(p, xent(np.dot(aff(norm(h, -1), p, "ln"), p.hdw.ref), ys, B * Tn));
    };
    const tr = trainer(P0, loss, 1e-3, 0.9, 1 - 1e-3 * 0.01);
    return () => read(tr.run(x.ref, y.ref, mask.ref), tr);
  }
  if (w === "vae") {
    const x = arr(Float32Array.from({ length: 128 * 784 }, rnd), [128, 784]);
    const loss = (p, xs, e) => {
      const h = nn.relu(lin(xs.ref, p, "f1")),
        m = lin(h.ref, p, "mu"),
        v = lin(h, p, "lv");
      const z = m.ref.add(e.mul(np.exp(v.ref.mul(0.5)))),
        l = lin(nn.relu(lin(z, p, "f3")), p, "f4");
      const kl = v.ref.add(1).sub(np.square(m)).sub(np.exp(v)).sum().mul(0.5);
      return end(p, nn.softplus(l.ref).sub(l.mul(xs)).sum().sub(kl));
    };
    const tr = trainer(P0, loss, 1e-3);
    return () => read(tr.run(x.ref, normal([128, 20])), tr);
  }
  if (w === "dcgan") {
    const x = arr(uni(64 * 784, 1), [64, 1, 28, 28]),
      part = (c) => Object.fromEntries(Object.entries(P0).filter(([n]) => n[0] === c));
    const bn = (a, p, n) => affc(norm(a, [0, 2, 3]), p, n);
    const G = (p, z) => {
      let h = np
        .dot(z, p.g1w.ref)
        .reshape([64, 128, 7, 7])
        .add(p.g1b.ref.reshape([1, -1, 1, 1]));
      h = nn.relu(bn(h, p, "gn1"));
      h = nn.relu(bn(dconv(h, p, "g2"), p, "gn2"));
      return np.tanh(dconv(h, p, "g3"));
    };
    const D = (p, i) =>
      lin(
        nn
          .leakyRelu(bn(conv(nn.leakyRelu(conv(i, p, "d1", 2), 0.2), p, "d2", 2), p, "dn2"), 0.2)
          .reshape([64, -1]),
        p,
        "d3",
      );
    const pos = (t) => nn.softplus(t.neg()).mean();
    const td = trainer(
      part("d"),
      (d, xs, f) => {
        const l = pos(D(d, xs)).add(nn.softplus(D(d, f)).mean());
        return end(d, l);
      },
      2e-4,
      0.5,
    );
    const tg = trainer(
      part("g"),
      (g, z, d) => {
        const l = pos(D(d, G(g, z)));
        tree.dispose(d);
        return end(g, l);
      },
      2e-4,
      0.5,
    );
    const gen = jit((g, z) => end(g, G(g, z)));
    return async () => {
      const z = normal([64, 64]),
        f = gen(tg.params(), z.ref),
        ld = td.run(x.ref, f),
        lg = tg.run(z, td.params());
      const a = await read(ld, td);
      return [await read(lg, tg), a];
    };
  }
  // ddpm
  const x = arr(uni(32 * 784, 1), [32, 1, 28, 28]),
    fr = arr(FREQ, [1, 16]);
  const gn = (h, p, n) => {
    const s = h.shape;
    return affc(norm(h.reshape([s[0], 8, -1]), 2).reshape(s), p, n);
  };
  const res = (h, t, p, n) => {
    const a = conv(nn.silu(gn(h.ref, p, n + "n")), p, n + "c").add(
      lin(t, p, n + "t").reshape([32, -1, 1, 1]),
    );
    const b = conv(nn.silu(gn(a, p, n + "m")), p, n + "d");
    return (p[n + "sw"] ? conv(h, p, n + "s") : h).add(b);
  };
  const upx = (h) => np.repeat(np.repeat(h, 2, 2), 2, 3);
  const loss = (p, xs, e, tt, sa, sb, f) => {
    const a = tt.mul(f),
      t = nn.silu(
        lin(nn.silu(lin(np.concatenate([np.sin(a.ref), np.cos(a)], 1), p, "t1")), p, "t2"),
      );
    const h1 = res(conv(sa.mul(xs).add(sb.mul(e.ref)), p, "i"), t.ref, p, "d1"),
      h2 = res(conv(h1.ref, p, "p1", 2), t.ref, p, "d2");
    let m = res(conv(h2.ref, p, "p2", 2), t.ref, p, "m1");
    const [q, k, v] = np
      .split(conv(gn(m.ref, p, "an"), p, "qkv"), 3, 1)
      .map((z) => z.reshape([32, 4, 16, 49]));
    const at = nn.softmax(np.matmul(np.transpose(q, [0, 1, 3, 2]), k).mul(0.25), -1);
    m = m.add(conv(np.matmul(v, np.transpose(at, [0, 1, 3, 2])).reshape([32, 64, 7, 7]), p, "ao"));
    m = res(m, t.ref, p, "m2");
    let u = res(np.concatenate([conv(upx(m), p, "u2"), h2], 1), t.ref, p, "q2");
    u = res(np.concatenate([conv(upx(u), p, "u1"), h1], 1), t, p, "q1");
    return end(p, np.square(conv(nn.silu(gn(u, p, "no")), p, "o").sub(e)).mean());
  };
  const tr = trainer(P0, loss, 2e-4);
  return () => {
    const ts = Array.from({ length: 32 }, () => Math.floor(rnd() * 1000)),
      col = (g, s) => arr(Float32Array.from(ts, g), s);
    return read(
      tr.run(
        x.ref,
        normal([32, 1, 28, 28]),
        col((t) => t, [32, 1]),
        col((t) => Math.sqrt(AB[t]), [32, 1, 1, 1]),
        col((t) => Math.sqrt(1 - AB[t]), [32, 1, 1, 1]),
        fr.ref,
      ),
      tr,
    );
  };
}
