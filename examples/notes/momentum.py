"""Two steps of momentum in the accumulator form, v ← αv + g, θ ← θ − μ·v (notes B8).

The note takes one step, which is the same as plain gradient descent's: only the second one has a past.
"""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import SGD

NOTE = {"before": [0, 0, 0, 0, 0], "after": [0.0155, -0.0232, -0.0011, 0.0030, 0.0287]}


def inputs():
    """The note does not print the gradient; after one step from 0 it is −100 times the parameter."""
    return {"param": np.zeros(5, np.float32), "grad": np.array([-1.55, 2.32, 0.11, -0.30, -2.87], np.float32)}


def with_pytorch(param, grad):
    theta = nn.Parameter(torch.tensor(param))
    momentum = torch.optim.SGD([theta], lr=1e-2, momentum=0.9)
    theta.grad = torch.tensor(grad)
    momentum.step()
    once = theta.detach().clone().numpy()
    momentum.step()
    return {"before": param, "after": once, "after the same gradient again": theta.detach().numpy()}


def with_schuss(param, grad):
    momentum = SGD(learning_rate=1e-2, momentum=0.9)
    updates, state = momentum.update(grad, momentum.init(param), param)
    once = apply_updates(param, updates)
    updates, state = momentum.update(grad, state, once)
    return {"before": param, "after": once, "after the same gradient again": apply_updates(once, updates)}
