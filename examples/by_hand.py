"""The training loop of the notes, written by hand (A13): model, criterion, optimizer, mini-batches, prediction."""

import jax
import numpy as np
from sklearn.datasets import load_iris

from schuss import Linear, Sequential, apply_updates, backpropagate, mini_batches
from schuss.layers import ReLU
from schuss.losses import cross_entropy
from schuss.optimizers import Adam


def main() -> float:
    """Train on iris and return the share of rows predicted right."""
    X, y = load_iris(return_X_y=True)
    X = ((X - X.mean(axis=0)) / X.std(axis=0)).astype(np.float32)

    model = Sequential(Linear(4, 16), ReLU(), Linear(16, 3))
    criterion, optimizer = cross_entropy, Adam(0.01)
    params = model.initialize(seed=0)
    state = optimizer.init(params)

    @jax.jit
    def step(params, state, inputs, targets):
        cost, gradients = backpropagate(model, params, inputs, targets, criterion)
        updates, state = optimizer.update(gradients, state, params)
        return apply_updates(params, updates), state, cost

    for epoch in range(30):
        current_loss = 0.0
        for rows in mini_batches(len(X), batch_size=30, seed=0, epoch=epoch):
            params, state, cost = step(params, state, X[rows], y[rows])
            current_loss += float(cost)
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {current_loss / 5:.3f}")

    prediction = model(params, X).argmax(axis=1)
    return float((prediction == y).mean())


if __name__ == "__main__":
    print(f"accuracy {main():.3f}")
