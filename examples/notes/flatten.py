"""Flatten: every axis but the first becomes one (notes B4)."""

import numpy as np
import torch
from torch import nn

from schuss import Flatten

NOTE = {
    "output": [
        [1.7425, -0.9942, -0.7627, -0.9275, -0.1685, 0.2359, 0.2866, 0.7387, 2.2588],
        [-0.4658, 1.7903, 0.1089, -0.7114, -1.1871, 1.1720, 0.2332, 1.2128, -0.3460],
    ],
    "shape": (2, 9),
}


def inputs():
    first = [[1.7425, -0.9942, -0.7627], [-0.9275, -0.1685, 0.2359], [0.2866, 0.7387, 2.2588]]
    second = [[-0.4658, 1.7903, 0.1089], [-0.7114, -1.1871, 1.1720], [0.2332, 1.2128, -0.3460]]
    return {"x": np.array([first, second], np.float32)}


def with_pytorch(x):
    output = nn.Flatten()(torch.tensor(x))
    return {"output": output.numpy(), "shape": tuple(output.size())}


def with_schuss(x):
    output = Flatten().apply({}, x)
    return {"output": output, "shape": output.shape}
