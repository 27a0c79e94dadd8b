"""One step of AdamW from 0, and one from elsewhere (notes B8).

From 0, as in the note, there is nothing to decay, and a first step of Adam is μ long whatever the gradient, because
m̂/√v̂ = g/|g|. From 1 one sees the decay as well, 1 − μ·λ.
"""

import numpy as np
import torch
from torch import nn

from schuss import apply_updates
from schuss.optimizers import AdamW

NOTE = {"before": [0, 0, 0, 0, 0], "after": [0.0010, -0.0010, -0.0010, 0.0010, -0.0010]}


def inputs():
    """Of the note's gradient only the signs are known."""
    return {"param": np.zeros(5, np.float32), "grad": np.array([-0.3, 1.7, 0.02, -1.1, 0.6], np.float32)}


def with_pytorch(param, grad):
    return {"before": param, "after": _pytorch_step(param, grad), "after, from 1": _pytorch_step(param + 1, grad)}


def _pytorch_step(param, grad):
    theta = nn.Parameter(torch.tensor(param))
    adamw = torch.optim.AdamW([theta], lr=1e-3)
    theta.grad = torch.tensor(grad)
    adamw.step()
    return theta.detach().numpy()


def with_schuss(param, grad):
    return {"before": param, "after": _schuss_step(param, grad), "after, from 1": _schuss_step(param + 1, grad)}


def _schuss_step(param, grad):
    adamw = AdamW(learning_rate=1e-3)
    updates, _ = adamw.update(grad, adamw.init(param), param)
    return apply_updates(param, updates)
