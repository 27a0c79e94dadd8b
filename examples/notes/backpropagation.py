"""Backpropagation through z = x·y and the mean of z − 1 (notes B7).

In schuss x is what goes into a layer and y its weights: a layer of one's own is a class of two methods, and a loss of
one's own a function. Over three columns ∂J/∂x = y/3 and ∂J/∂y = x/3.
"""

from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import torch

from schuss import Layer, Sequential, trace

NOTE = {
    "z": [[-0.5465, -0.3807, -0.0164]],
    "loss": -1.3145,
    "gradient of x": [[-0.1998, 0.1083, -0.0183]],
    "gradient of y": [[0.3039, -0.3906, 0.0999]],
}


def inputs():
    """The note does not print x and y, but its gradients are a third of each."""
    x, y = (3 * np.array(NOTE[f"gradient of {name}"], np.float32) for name in "yx")
    return {"x": x, "y": y}


def with_pytorch(x, y):
    x, y = torch.tensor(x, requires_grad=True), torch.tensor(y, requires_grad=True)
    z = x * y
    loss = torch.mean(z - torch.ones_like(z))
    loss.backward()
    return {"z": z.detach().numpy(), "loss": loss.item(), "gradient of x": x.grad, "gradient of y": y.grad}


@dataclass(frozen=True)
class Product(Layer):
    columns: int

    def initialize(self, rng, dtype=np.float32):
        return {"y": rng.standard_normal((1, self.columns)).astype(dtype)}

    def apply(self, params, x, key=None):
        del key
        return x * params["y"]


def mean_difference(prediction, target):
    return jnp.mean(prediction - target, axis=1)


def with_schuss(x, y):
    passed = trace(Sequential(Product(3)), ({"y": y},), x, np.ones_like(x), mean_difference)
    (layer,) = passed.layers
    return {
        "z": layer.value,
        "loss": float(passed.cost),
        "gradient of x": passed.input_delta,
        "gradient of y": layer.gradients["y"],
    }
