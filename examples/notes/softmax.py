"""Softmax, e^xᵢ / Σⱼ e^xⱼ (notes B5).

PyTorch's layer is told the axis: without ``dim`` it guesses, with a warning. The note's formula has e^(−x), but its
output is that of e^x.
"""

import numpy as np
import torch
from torch import nn

from schuss.activations import softmax

NOTE = {"output": [[0.1492, 0.3370, 0.1517, 0.1167, 0.2454]]}


def inputs():
    return {"x": np.array([[0.6740, 1.4890, 0.6908, 0.4289, 1.1718]], np.float32)}


def with_pytorch(x):
    return {"output": nn.Softmax(dim=1)(torch.tensor(x)).numpy()}


def with_schuss(x):
    return {"output": softmax(x)}
