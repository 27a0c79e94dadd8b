"""A fully connected layer from five numbers to three (notes B4)."""

import numpy as np
import torch
from torch import nn

from examples.notes.weights import load
from schuss import Linear

H1_DIM, H2_DIM = 5, 3
FC = Linear(H1_DIM, H2_DIM)


def inputs():
    x = np.array([[-1.8058, 1.1198, -0.2731, 0.0821, -0.6618]], np.float32)
    return {"params": FC.initialize(np.random.default_rng(0)), "x": x}


def with_pytorch(params, x):
    fc = load(nn.Sequential(nn.Linear(H1_DIM, H2_DIM)), [params])
    output = fc(torch.tensor(x))
    return {"output": output.detach().numpy(), "shape": tuple(output.size())}


def with_schuss(params, x):
    output = FC.apply(params, x)
    return {"output": output, "shape": output.shape}
