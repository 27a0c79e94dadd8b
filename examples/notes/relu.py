"""ReLU, max(0, x) (notes B5)."""

import numpy as np
import torch
from torch import nn

from schuss.activations import relu

NOTE = {"output": [[0.0000, 0.7495, 0.6459, 0.0000, 0.3889]]}


def inputs():
    return {"x": np.array([[-0.0120, 0.7495, 0.6459, -1.5374, 0.3889]], np.float32)}


def with_pytorch(x):
    return {"output": nn.ReLU()(torch.tensor(x)).numpy()}


def with_schuss(x):
    return {"output": relu(x)}
