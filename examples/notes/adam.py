"""Adam: momentum, RMSProp and bias correction (notes A9).

The note's last lines read W − α·V/√S + ε; ε belongs to the denominator, √S + ε, in both.
"""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import Adam

ALPHA, BETA_1, BETA_2, EPSILON = 0.01, 0.9, 0.999, 1e-8


def inputs():
    """A mini-batch's dW for each of 20 iterations."""
    random = np.random.default_rng(0)
    return {"W": np.ones(4, np.float32), "dWs": random.standard_normal((20, 4)).astype(np.float32)}


def with_pytorch(W, dWs):
    W = nn.Parameter(torch.tensor(W))
    adam = torch.optim.Adam([W], lr=ALPHA, betas=(BETA_1, BETA_2), eps=EPSILON)
    for dW in dWs:
        W.grad = torch.tensor(dW)
        adam.step()
    return {"W": W.detach().numpy()}


def with_schuss(W, dWs):
    adam = Adam(ALPHA, BETA_1, BETA_2, EPSILON)
    state = adam.init(W)
    for dW in dWs:
        updates, state = adam.update(dW, state, W)
        W = apply_updates(W, updates)
    return {"W": W}
