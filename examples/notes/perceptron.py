"""A perceptron, y = σ(Wx + b), with five inputs (notes B1)."""

import numpy as np
import torch
from torch import nn

from examples.notes.weights import load
from schuss import Linear, Sequential
from schuss.layers import Sigmoid

NUM_FEATURES = 5
PERCEPTRON = Sequential(Linear(NUM_FEATURES, 1), Sigmoid())


def inputs():
    data = np.random.default_rng(0).standard_normal((1, NUM_FEATURES)).astype(np.float32)
    return {"params": PERCEPTRON.initialize(seed=0), "data": data}


def with_pytorch(params, data):
    perceptron = load(nn.Sequential(nn.Linear(NUM_FEATURES, 1), nn.Sigmoid()), params)
    output = perceptron(torch.tensor(data))
    return {"output": output.detach().numpy()}


def with_schuss(params, data):
    output = PERCEPTRON(params, data)
    return {"output": output}
