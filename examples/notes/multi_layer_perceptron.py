"""A multi-layer perceptron: two hidden layers of three units, sigmoid throughout (notes B2)."""

import numpy as np
import torch
from torch import nn

from examples.notes.weights import load
from schuss import Linear, Sequential
from schuss.layers import Sigmoid

NUM_FEATURES, H_DIM = 5, 3
MLP = Sequential(Linear(NUM_FEATURES, H_DIM), Sigmoid(), Linear(H_DIM, H_DIM), Sigmoid(), Linear(H_DIM, 1), Sigmoid())


def inputs():
    data = np.random.default_rng(0).standard_normal((1, NUM_FEATURES)).astype(np.float32)
    return {"params": MLP.initialize(seed=0), "data": data}


def with_pytorch(params, data):
    mlp = nn.Sequential(
        *(nn.Linear(NUM_FEATURES, H_DIM), nn.Sigmoid()),
        *(nn.Linear(H_DIM, H_DIM), nn.Sigmoid()),
        *(nn.Linear(H_DIM, 1), nn.Sigmoid()),
    )
    output = load(mlp, params)(torch.tensor(data))
    return {"output": output.detach().numpy()}


def with_schuss(params, data):
    output = MLP(params, data)
    return {"output": output}
