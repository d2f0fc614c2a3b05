"""PyTorch's side of every row of `npm run bench`: torch_rows.py THREADS ROW.

bench/participant.ts starts it and speaks with it by lines, as with bench/system.ts: it says "> ready", then
answers "run 5" with the mean milliseconds of five runs and "facts" with its memory. The training steps define
those of steps.ts, image-steps.ts and peers.mjs, shape for shape.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(0)
ROW = sys.argv[2]


# ---------------------------------------------------------------- kernels

def product(n):
    a, b = torch.randn(n, n), torch.randn(n, n)
    return lambda: a @ b


def convolution(row):
    """conv2d 32×64×28×28, 3×3: forward, or one of its gradients alone."""
    x, g, w = torch.randn(32, 64, 28, 28), torch.randn(32, 64, 28, 28), torch.randn(64, 64, 3, 3)
    if row == "conv2d forward":
        return lambda: F.conv2d(x, w, padding=1)
    wanted = [row.endswith("x"), row.endswith("w"), False]
    backward = torch.ops.aten.convolution_backward
    return lambda: backward(g, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, wanted)


def elementwise(row):
    x = torch.randn(4 * 2**20)
    return {"exp": lambda: torch.exp(x), "tanh": lambda: torch.tanh(x), "gelu": lambda: F.gelu(x)}[row]


def softmax():
    x = torch.randn(4096, 1024)
    return lambda: torch.softmax(x, -1)


# ---------------------------------------------------------------- training steps

def updating(optimizer, loss_of):
    def step():
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()
    return step


def parameters(*modules):
    return [p for m in modules for p in m.parameters()]


def recurrent(kind):
    V, H, B, T = 65, 256, 32, 64
    embedding, layer, out = nn.Embedding(V, H), getattr(nn, kind)(H, H, 1, batch_first=True), nn.Linear(H, V)
    x, y = torch.randint(V, (B, T)), torch.randint(V, (B, T))
    optimizer = torch.optim.Adam(parameters(embedding, layer, out), 1e-3)
    return updating(optimizer, lambda: F.cross_entropy(out(layer(embedding(x))[0]).view(-1, V), y.view(-1)))


class Block(nn.Module):
    def __init__(self, C, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(C), nn.LayerNorm(C)
        self.qkv, self.out = nn.Linear(C, 3 * C), nn.Linear(C, C)
        self.up, self.down = nn.Linear(C, 4 * C), nn.Linear(4 * C, C)

    def split(self, x):
        B, T, C = x.shape
        parts = self.qkv(self.norm1(x)).split(C, 2)
        return [t.view(B, T, self.heads, C // self.heads).transpose(1, 2) for t in parts]

    def mix(self, x, q, k, v, mask):
        B, T, C = x.shape
        scores = (q @ k.transpose(-2, -1)) / math.sqrt(C // self.heads)
        if mask is not None:
            scores = scores.masked_fill(mask, float("-inf"))
        x = x + self.out((F.softmax(scores, -1) @ v).transpose(1, 2).reshape(B, T, C))
        return x + self.down(F.gelu(self.up(self.norm2(x))))

    def forward(self, x):
        T = x.shape[1]
        mask = ~torch.ones(T, T, dtype=torch.bool).tril()
        return self.mix(x, *self.split(x), mask)

    def step(self, x, past):
        """One more token after those whose keys and values are kept."""
        q, k, v = self.split(x)
        if past is not None:
            k, v = torch.cat([past[0], k], 2), torch.cat([past[1], v], 2)
        return self.mix(x, q, k, v, None), (k, v)


def gpt():
    V, C, layers, heads, B, T = 65, 128, 4, 4, 12, 64
    token, position = nn.Embedding(V, C), nn.Embedding(T, C)
    blocks = nn.Sequential(*[Block(C, heads) for _ in range(layers)])
    norm, head = nn.LayerNorm(C), nn.Linear(C, V, bias=False)
    x, y = torch.randint(V, (B, T)), torch.randint(V, (B, T))
    optimizer = torch.optim.AdamW(parameters(token, position, blocks, norm, head), 1e-3)

    def loss():
        logits = head(norm(blocks(token(x) + position(torch.arange(T)))))
        return F.cross_entropy(logits.view(-1, V), y.view(-1))
    return updating(optimizer, loss)


def generation():
    V, C, layers, heads, context = 65, 128, 4, 4, 256
    token, position = nn.Embedding(V, C), nn.Embedding(context, C)
    blocks = [Block(C, heads) for _ in range(layers)]
    norm, head = nn.LayerNorm(C), nn.Linear(C, V, bias=False)

    @torch.no_grad()
    def write():
        past, last = [None] * layers, torch.zeros(1, 1, dtype=torch.long)
        for place in range(context - 1):
            x = token(last) + position(torch.tensor([place]))
            for k, block in enumerate(blocks):
                x, past[k] = block.step(x, past[k])
            last = torch.multinomial(F.softmax(head(norm(x))[0], -1), 1)
            last.item()
    return write


def vae():
    up, mean, variance = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
    hidden, out = nn.Linear(20, 400), nn.Linear(400, 784)
    x = torch.rand(128, 784)
    optimizer = torch.optim.Adam(parameters(up, mean, variance, hidden, out), 1e-3)

    def loss():
        h = F.relu(up(x))
        m, v = mean(h), variance(h)
        z = m + torch.randn_like(m) * torch.exp(0.5 * v)
        made = torch.sigmoid(out(F.relu(hidden(z))))
        return F.binary_cross_entropy(made, x, reduction="sum") - 0.5 * torch.sum(1 + v - m**2 - v.exp())
    return updating(optimizer, loss)


def dcgan():
    G = nn.Sequential(
        nn.ConvTranspose2d(64, 128, 7), nn.BatchNorm2d(128), nn.ReLU(),
        nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(),
        nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Tanh())
    D = nn.Sequential(
        nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2),
        nn.Conv2d(64, 128, 4, 2, 1), nn.BatchNorm2d(128), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(128 * 49, 1))
    move_g, move_d = (torch.optim.Adam(m.parameters(), 2e-4, (0.5, 0.999)) for m in (G, D))
    x, one, zero = torch.rand(64, 1, 28, 28) * 2 - 1, torch.ones(64, 1), torch.zeros(64, 1)
    judge = F.binary_cross_entropy_with_logits

    def step():
        made = G(torch.randn(64, 64, 1, 1))
        updating(move_d, lambda: judge(D(x), one) + judge(D(made.detach()), zero))()
        return updating(move_g, lambda: judge(D(made), one))()
    return step


class Res(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.norm1, self.conv1, self.time = nn.GroupNorm(8, i), nn.Conv2d(i, o, 3, 1, 1), nn.Linear(128, o)
        self.norm2, self.conv2 = nn.GroupNorm(8, o), nn.Conv2d(o, o, 3, 1, 1)
        self.short = nn.Conv2d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x))) + self.time(F.silu(t))[:, :, None, None]
        return self.short(x) + self.conv2(F.silu(self.norm2(h)))


class UNet(nn.Module):
    """32-64-64 channels, one Res a level, one attention of 4 heads at 7×7; 28×28×1."""
    def __init__(self, c=32):
        super().__init__()
        self.time = nn.Sequential(nn.Linear(c, 128), nn.SiLU(), nn.Linear(128, 128))
        self.first, self.down1, self.half1 = nn.Conv2d(1, c, 3, 1, 1), Res(c, c), nn.Conv2d(c, c, 3, 2, 1)
        self.down2, self.half2 = Res(c, 2 * c), nn.Conv2d(2 * c, 2 * c, 3, 2, 1)
        self.middle1, self.norm, self.middle2 = Res(2 * c, 2 * c), nn.GroupNorm(8, 2 * c), Res(2 * c, 2 * c)
        self.qkv, self.project = nn.Conv2d(2 * c, 6 * c, 1), nn.Conv2d(2 * c, 2 * c, 1)
        self.twice2, self.up2 = nn.Conv2d(2 * c, 2 * c, 3, 1, 1), Res(4 * c, 2 * c)
        self.twice1, self.up1 = nn.Conv2d(2 * c, c, 3, 1, 1), Res(2 * c, c)
        self.last_norm, self.last = nn.GroupNorm(8, c), nn.Conv2d(c, 1, 3, 1, 1)

    def forward(self, x, t):
        frequency = torch.exp(-math.log(1e4) * torch.arange(16) / 16)
        angle = t[:, None].float() * frequency
        t = self.time(torch.cat([angle.sin(), angle.cos()], 1))
        h1 = self.down1(self.first(x), t)
        h2 = self.down2(self.half1(h1), t)
        m = self.middle2(self.attend(self.middle1(self.half2(h2), t)), t)
        u = self.up2(torch.cat([self.twice2(F.interpolate(m, scale_factor=2)), h2], 1), t)
        u = self.up1(torch.cat([self.twice1(F.interpolate(u, scale_factor=2)), h1], 1), t)
        return self.last(F.silu(self.last_norm(u)))

    def attend(self, m):
        B, C, H, W = m.shape
        q, k, v = self.qkv(self.norm(m)).view(B, 3, 4, C // 4, H * W).unbind(1)
        w = F.softmax(q.transpose(-1, -2) @ k / math.sqrt(C // 4), -1)
        return m + self.project((v @ w.transpose(-1, -2)).reshape(B, C, H, W))


def ddpm():
    net = UNet()
    kept = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), 0)
    x = torch.rand(32, 1, 28, 28) * 2 - 1

    def loss():
        t, noise = torch.randint(1000, (32,)), torch.randn_like(x)
        a = kept[t][:, None, None, None]
        return F.mse_loss(net(a.sqrt() * x + (1 - a).sqrt() * noise, t), noise)
    return updating(torch.optim.Adam(net.parameters(), 2e-4), loss)


STEPS = {
    "rnn": lambda: recurrent("RNN"), "gru": lambda: recurrent("GRU"), "lstm": lambda: recurrent("LSTM"),
    "gpt": gpt, "vae": vae, "dcgan": dcgan, "ddpm": ddpm,
}


def case(row):
    first, *rest = row.split(" ")
    if first == "matmul":
        return product(int(rest[0]))
    if first == "conv2d":
        return convolution(row)
    if first == "softmax":
        return softmax()
    if row == "gpt generation":
        return generation()
    return STEPS[first]() if rest == ["step"] else elementwise(row)


# ---------------------------------------------------------------- the conversation

def say(answer):
    print("> " + json.dumps(answer), flush=True)


def resident():
    with open("/proc/self/statm") as pages:
        return int(pages.read().split()[1]) * resource.getpagesize() / 2**20


loaded = resident()
once = case(ROW)
say("ready")
for line in sys.stdin:
    order, *rest = line.split()
    if order == "run":
        start = time.perf_counter()
        for _ in range(int(rest[0])):
            once()
        say((time.perf_counter() - start) * 1e3 / int(rest[0]))
    else:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say({"peak": peak, "above": peak - loaded})
