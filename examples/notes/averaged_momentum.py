"""Momentum as an average, V ← βV + (1−β)dW, W ← W − αV (notes A7).

PyTorch has only the accumulator form, V ← βV + dW, whose V is 1/(1−β) times as large: there the same path takes the
learning rate α·(1−β).
"""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import Momentum

ALPHA, BETA = 0.1, 0.9


def inputs():
    """A mini-batch's dW for each of 20 iterations."""
    random = np.random.default_rng(0)
    return {"W": np.ones(4, np.float32), "dWs": random.standard_normal((20, 4)).astype(np.float32)}


def with_pytorch(W, dWs):
    W = nn.Parameter(torch.tensor(W))
    momentum = torch.optim.SGD([W], lr=ALPHA * (1 - BETA), momentum=BETA)
    for dW in dWs:
        W.grad = torch.tensor(dW)
        momentum.step()
    return {"W": W.detach().numpy()}


def with_schuss(W, dWs):
    momentum = Momentum(ALPHA, BETA)
    state = momentum.init(W)
    for dW in dWs:
        updates, state = momentum.update(dW, state, W)
        W = apply_updates(W, updates)
    return {"W": W}
