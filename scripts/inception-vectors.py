"""Vectors for test/models/extractors/inception.test.ts, made by torchvision's Inception V3 (Debian: torch 1.13,
torchvision 0.14) with weights and pictures by formula. pytorch-fid's layout is the same code with its three changes to
pooling: means leave the border out, and the pooling branch of Mixed_7c takes the largest.

    python3 scripts/inception-vectors.py > test/vectors/torch/inception.json
"""

import json
import numpy as np
import torch
import torch.nn.functional as F
from torchvision.models import inception

SIDE = 139


def drawn(k, count):
    """Numbers of [0, 1) by formula, the same in JavaScript: all integers stay below 2^53."""
    i = np.arange(count, dtype=np.int64)
    return (((i * i) % 10007) * 31 + i * 7919 + k * 101) % 10007 / 10007


def fill(model):
    for k, (name, parameter) in enumerate(model.state_dict().items()):
        u = drawn(k, parameter.numel())
        if name.endswith("num_batches_tracked"):
            continue
        if name.endswith("running_var"):
            u = 0.5 + u
        elif name.endswith("bn.weight"):
            u = 0.75 + u / 2
        elif parameter.dim() == 1:
            u = (u - 0.5) * 0.2
        else:
            u = (u - 0.5) * 2 * np.sqrt(6 / parameter[0].numel())
        parameter.copy_(torch.tensor(u).reshape(parameter.shape))


def picture(k):
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    pixel = (x * (3 + k) + y * (5 + 2 * k) + c * 41 + x * y // (7 + k)) % 256
    return torch.tensor(pixel / 255 * 2 - 1, dtype=torch.float32).permute(2, 0, 1)


class Functional:
    """torch.nn.functional for the blocks, with another pooling branch."""

    relu, max_pool2d = staticmethod(F.relu), staticmethod(F.max_pool2d)
    largest = False

    def avg_pool2d(self, x, kernel_size, stride, padding):
        if self.largest:
            return F.max_pool2d(x, kernel_size, stride, padding)
        return F.avg_pool2d(x, kernel_size, stride, padding, count_include_pad=False)


def run(layout, classes):
    model = inception.Inception3(num_classes=classes, aux_logits=False, init_weights=False).eval()
    fill(model)
    functional = Functional() if layout == "pytorch-fid" else F
    inception.F = functional
    found = {}

    def keep(name):
        return lambda module, x, y: found.__setitem__(name, y.mean((2, 3)))

    model.maxpool1.register_forward_hook(keep("64"))
    model.maxpool2.register_forward_hook(keep("192"))
    model.Mixed_6e.register_forward_hook(keep("768"))
    model.Mixed_7c.register_forward_hook(keep("2048"))
    if layout == "pytorch-fid":
        model.Mixed_7c.register_forward_pre_hook(lambda module, x: setattr(functional, "largest", True))
    logits = model(torch.stack([picture(0), picture(1)]))
    return {
        "layout": layout,
        "classes": classes,
        "features": {name: summary(y) for name, y in found.items()},
        "logits": summary(logits),
    }


def summary(y):
    """The first 12 numbers of each row, and each row's mean and length."""
    y = y.double()
    return {
        "first": [[float(f"{v:.7g}") for v in row[:12]] for row in y],
        "mean": [float(f"{v:.7g}") for v in y.mean(1)],
        "norm": [float(f"{v:.7g}") for v in y.norm(dim=1)],
    }


with torch.no_grad():
    about = "Made by scripts/inception-vectors.py, which tells how."
    cases = [run("torchvision", 1000), run("pytorch-fid", 1008)]
    print(json.dumps({"about": about, "torch": torch.__version__, "side": SIDE, "cases": cases}))
