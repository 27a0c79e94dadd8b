"""A tensor: numbers with a type and a shape (notes B3).

schuss has no tensor of its own: NumPy's arrays go in, and JAX's come out. Beware of one difference: JAX counts in 32
bits unless it is told otherwise, so ``jax.numpy.array([0, 1, 2])`` is int32.
"""

import numpy as np
import torch

NOTE = {"tensor": [0, 1, 2], "dtype": "int64", "shape": (3,)}


def inputs():
    return {"values": [0, 1, 2]}


def with_pytorch(values):
    tensor = torch.tensor(values)
    return {"tensor": tensor.numpy(), "dtype": str(tensor.dtype).removeprefix("torch."), "shape": tuple(tensor.size())}


def with_schuss(values):
    tensor = np.array(values, np.int64)
    return {"tensor": tensor, "dtype": str(tensor.dtype), "shape": tensor.shape}
