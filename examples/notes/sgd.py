"""One step of stochastic gradient descent, θ ← θ − μ·g (notes B8)."""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import SGD

NOTE = {"before": [0, 0, 0, 0, 0], "after": [-0.0065, -0.0050, -0.0059, -0.0107, -0.0241]}


def inputs():
    """The note does not print the gradient; after one step from 0 it is −100 times the parameter."""
    return {"param": np.zeros(5, np.float32), "grad": np.array([0.65, 0.50, 0.59, 1.07, 2.41], np.float32)}


def with_pytorch(param, grad):
    theta = nn.Parameter(torch.tensor(param))
    sgd = torch.optim.SGD([theta], lr=1e-2)
    theta.grad = torch.tensor(grad)
    sgd.step()
    return {"before": param, "after": theta.detach().numpy()}


def with_schuss(param, grad):
    sgd = SGD(learning_rate=1e-2)
    updates, _ = sgd.update(grad, sgd.init(param), param)
    return {"before": param, "after": apply_updates(param, updates)}
