"""An epoch of mini-batch gradient descent on a cost with an L2 term (notes A1, A4).

J of a mini-batch of m rows is the mean of its losses plus λ/(2m)·‖W‖², and every mini-batch is a step.
"""

import jax
import numpy as np
import torch
from torch import nn

from examples.notes.weights import load
from schuss import Linear, Sequential, apply_updates, backpropagate, mini_batches
from schuss.layers import Tanh
from schuss.losses import mean_squared_error
from schuss.optimizers import SGD

BATCH_SIZE, ALPHA, LAMBDA = 100, 0.1, 1.0
MODEL = Sequential(Linear(3, 8), Tanh(), Linear(8, 1))


def inputs():
    random = np.random.default_rng(0)
    X = random.standard_normal((1000, 3)).astype(np.float32)
    Y = np.sin(X.sum(axis=1, keepdims=True))
    return {"params": MODEL.initialize(seed=0), "X": X, "Y": Y}


def with_pytorch(params, X, Y):
    model = load(nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)), params)
    costs = []
    for rows in mini_batches(len(X), BATCH_SIZE):
        prediction = model(torch.tensor(X[rows]))
        squares = sum(layer.weight.square().sum() for layer in model if isinstance(layer, nn.Linear))
        J = nn.MSELoss()(prediction, torch.tensor(Y[rows])) + LAMBDA / (2 * len(rows)) * squares
        model.zero_grad()
        J.backward()
        with torch.no_grad():
            for theta in model.parameters():
                theta -= ALPHA * theta.grad
        costs.append(J.item())
    return {"costs": costs}


def with_schuss(params, X, Y):
    optimizer = SGD(ALPHA)

    @jax.jit
    def step(params, state, x, y):
        J, gradients = backpropagate(MODEL, params, x, y, mean_squared_error, l2=LAMBDA)
        updates, state = optimizer.update(gradients, state, params)
        return apply_updates(params, updates), state, J

    state, costs = optimizer.init(params), []
    for rows in mini_batches(len(X), BATCH_SIZE):
        params, state, J = step(params, state, X[rows], Y[rows])
        costs.append(float(J))
    return {"costs": costs}
