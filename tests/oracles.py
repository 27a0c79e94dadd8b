"""Independent answers to test against: finite differences in float64, and PyTorch."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import torch


def value_and_gradient(f: Callable[..., Any], x: Any, *rest: Any) -> tuple[Any, Any]:
    """JAX's f(x, …) and the gradient of its sum, compiled, in the arrays' own dtypes; x and f(x, …) may be pytrees."""

    def total(x, *rest):
        value = f(x, *rest)
        return _sum(value), value

    with jax.enable_x64(True):
        (_, value), gradient = jax.jit(jax.value_and_grad(total, has_aux=True))(x, *rest)
        return jax.tree.map(np.asarray, (value, gradient))


def numerical_gradient(f: Callable[[Any], Any], x: Any, step: float = 1e-5) -> Any:
    """Central differences of the sum of f(x) with respect to every number in the pytree x, float64."""
    leaves, structure = jax.tree.flatten(x)
    leaves = [np.array(leaf, np.float64) for leaf in leaves]
    gradients = [np.zeros_like(leaf) for leaf in leaves]
    with jax.enable_x64(True):
        total = jax.jit(lambda leaves: _sum(f(structure.unflatten(leaves))))
        for leaf, gradient in zip(leaves, gradients, strict=True):
            for place in np.ndindex(leaf.shape):
                here, h = leaf[place], step * max(1.0, abs(leaf[place]))
                leaf[place] = here + h
                above = float(total([each.copy() for each in leaves]))
                leaf[place] = here - h
                below = float(total([each.copy() for each in leaves]))
                leaf[place] = here
                gradient[place] = (above - below) / (2 * h)
    return structure.unflatten(gradients)


def torch_value_and_gradient(f: Callable[..., torch.Tensor], x: Any, *rest: Any) -> tuple[np.ndarray, np.ndarray]:
    """PyTorch's f(x, …) and the gradient of its sum with respect to the array x, in float64."""
    leaf = torch.tensor(np.asarray(x, np.float64), requires_grad=True)
    value = f(leaf, *(torch.tensor(np.asarray(each)) for each in rest))
    (gradient,) = torch.autograd.grad(value.sum(), leaf)
    return value.detach().numpy(), gradient.numpy()


def torch_learning_rates(make: Callable[[torch.optim.Optimizer], Any], learning_rate: float, count: int) -> np.ndarray:
    """The learning rates of the first steps under the scheduler that ``make`` makes for an optimizer."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=learning_rate)
    scheduler = make(optimizer)
    rates = []
    for k in range(count):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if k + 1 < count:
            scheduler.step()
    return np.array(rates)


def _sum(tree: Any) -> Any:
    return sum(leaf.sum() for leaf in jax.tree.leaves(tree))
