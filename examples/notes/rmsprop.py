"""RMSProp, S ← βS + (1−β)dW², W ← W − α·dW/(√S + ε) (notes A8).

The note adds ε to S, PyTorch to √S, and schuss does either: ``RMSProp(epsilon_inside_root=True)`` is the note's.
"""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import RMSProp

ALPHA, BETA, EPSILON = 0.01, 0.9, 1e-8


def inputs():
    """A mini-batch's dW for each of 20 iterations: small along the first two weights, large along the others."""
    dWs = np.random.default_rng(0).standard_normal((20, 4)) * [0.01, 0.01, 10, 10]
    return {"W": np.ones(4, np.float32), "dWs": dWs.astype(np.float32)}


def with_pytorch(W, dWs):
    W = nn.Parameter(torch.tensor(W))
    rmsprop = torch.optim.RMSprop([W], lr=ALPHA, alpha=BETA, eps=EPSILON)
    for dW in dWs:
        W.grad = torch.tensor(dW)
        rmsprop.step()
    return {"W": W.detach().numpy()}


def with_schuss(W, dWs):
    rmsprop = RMSProp(ALPHA, BETA, EPSILON)
    state = rmsprop.init(W)
    for dW in dWs:
        updates, state = rmsprop.update(dW, state, W)
        W = apply_updates(W, updates)
    return {"W": W}
