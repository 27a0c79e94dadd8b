"""The training loop: model, criterion, optimizer, current_loss, and the prediction of the test set (notes A13).

Both loops see the same rows in the same order, from the same first weights. The third way is `schuss.train`, which
runs the loop for as many networks as one likes.
"""

import jax
import numpy as np
import torch
from sklearn.datasets import load_iris
from torch import nn

from examples.notes.weights import load
from schuss import Linear, Member, Sequential, Table, apply_updates, backpropagate, mini_batches, train
from schuss.layers import ReLU
from schuss.losses import cross_entropy
from schuss.optimizers import Adam

EPOCHS, BATCH_SIZE, LEARNING_RATE = 10, 30, 0.01
MODEL = Sequential(Linear(4, 16), ReLU(), Linear(16, 3))


def inputs():
    """Iris: four rows of five to learn from, the fifth for the test set."""
    X, y = load_iris(return_X_y=True)
    X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)
    test = np.arange(len(X)) % 5 == 4
    return {"X": X[~test], "y": y[~test], "X_test": X[test]}


def with_pytorch(X, y, X_test):
    X, y, X_test = torch.tensor(X), torch.tensor(y), torch.tensor(X_test)
    model = load(nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3)), MODEL.initialize(seed=0))
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    losses = []
    for epoch in range(EPOCHS):
        current_loss = 0.0
        for rows in mini_batches(len(X), BATCH_SIZE, seed=0, epoch=epoch):
            optimizer.zero_grad()
            outputs = model(X[rows])
            loss = criterion(outputs, y[rows])
            loss.backward()
            optimizer.step()
            current_loss += loss.item()
        losses.append(current_loss)
    return {"current_loss of each epoch": losses, "prediction": model(X_test).argmax(dim=1).numpy()}


def with_schuss(X, y, X_test):
    criterion, optimizer = cross_entropy, Adam(LEARNING_RATE)
    params = MODEL.initialize(seed=0)
    state = optimizer.init(params)

    @jax.jit
    def step(params, state, inputs, targets):
        loss, gradients = backpropagate(MODEL, params, inputs, targets, criterion)
        updates, state = optimizer.update(gradients, state, params)
        return apply_updates(params, updates), state, loss

    losses = []
    for epoch in range(EPOCHS):
        current_loss = 0.0
        for rows in mini_batches(len(X), BATCH_SIZE, seed=0, epoch=epoch):
            params, state, loss = step(params, state, X[rows], y[rows])
            current_loss += float(loss)
        losses.append(current_loss)
    return {"current_loss of each epoch": losses, "prediction": MODEL(params, X_test).argmax(axis=1)}


def with_train(X, y, X_test):
    """The same again in two lines."""
    member = Member(network=MODEL, optimizer=Adam(LEARNING_RATE), batch_size=BATCH_SIZE, seed=0)
    (trial,) = train([member], Table(X, y), epochs=EPOCHS)
    losses = trial.history.costs.reshape(EPOCHS, -1).sum(axis=1)
    return {"current_loss of each epoch": losses, "prediction": MODEL(trial.weights, X_test).argmax(axis=1)}
