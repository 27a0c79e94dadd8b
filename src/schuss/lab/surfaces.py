"""Surfaces to descend on: costs of two weights x and y, so that a whole descent can be seen.

Every surface is a function of x and y with known optima; its gradient comes from JAX, the steps from
`schuss.lab.descent`.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from schuss.types import Array

Point = tuple[float, float]


@dataclass(frozen=True)
class Surface:
    """A cost of two weights.

    Attributes:
        name: as in `SURFACES`.
        function: (x, y) → cost, for scalars and for arrays alike.
        start: where descents begin.
        domain: what pictures show, ((lowest x, highest x), (lowest y, highest y)).
        optima: every global minimum.
        minimum: the cost there.
    """

    name: str
    function: Callable[[Any, Any], Any]
    start: Point
    domain: tuple[Point, Point]
    optima: tuple[Point, ...]
    minimum: float = 0.0

    def cost(self, points: ArrayLike) -> np.ndarray:
        """Cost at points [..., 2] → [...], float64."""
        x, y = np.moveaxis(np.asarray(points, np.float64), -1, 0)
        with jax.enable_x64(True):
            return np.asarray(self.function(x, y), np.float64)

    def gradient(self, points: ArrayLike) -> np.ndarray:
        """Gradient at points [N, 2] → [N, 2], float64."""
        with jax.enable_x64(True):
            return np.asarray(_gradients(self.function, np.asarray(points, np.float64)))

    def heights(self, resolution: int = 160) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x [n], y [n] and costs [n, n] over the domain, as contours want them."""
        x, y = (np.linspace(*interval, resolution) for interval in self.domain)
        return x, y, self.cost(np.stack(np.meshgrid(x, y), axis=-1))

    def distance(self, points: ArrayLike) -> np.ndarray:
        """Distance from points [..., 2] to the nearest optimum, [...]."""
        apart = np.asarray(points, np.float64)[..., None, :] - np.asarray(self.optima)
        return np.linalg.norm(apart, axis=-1).min(axis=-1)


def bowl(x: Any, y: Any) -> Any:
    """x²/2 + y²: curvature 1 and 2; gradient descent converges with learning rates below 2/2 = 1."""
    return x**2 / 2 + y**2


def ravine(x: Any, y: Any) -> Any:
    """(x² + 100·y²)/2: a hundred times steeper across than along, so the learning rate must stay below 2/100.

    It lies along an axis, which flatters rules that scale every weight by itself.

    Source: notes A7 and A8, the ellipses.
    """
    return (x**2 + 100 * y**2) / 2


def saddle(x: Any, y: Any) -> Any:
    """x²/2 + (y² − 1)²/200: a saddle at (0, 0) between two minima, its way down a fiftieth as curved as its way up.

    Source: notes A11.
    """
    return x**2 / 2 + (y**2 - 1) ** 2 / 200


def plateau(x: Any, y: Any) -> Any:
    """1 − e^(−(x² + y²)/2): a pit in a plain that is flatter the farther out one is.

    Source: notes A11.
    """
    return 1 - jnp.exp(-(x**2 + y**2) / 2)


def rosenbrock(x: Any, y: Any) -> Any:
    """(1 − x)² + 100·(y − x²)²: a bent ravine. Source: Rosenbrock, 1960."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def beale(x: Any, y: Any) -> Any:
    """(1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)²: flat ground, steep corners. Source: Beale, 1958."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Any, y: Any) -> Any:
    """(x² + y − 11)² + (x + y² − 7)²: four minima, all of them global. Source: Himmelblau, 1972."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def rastrigin(x: Any, y: Any) -> Any:
    """20 + x² − 10·cos 2πx + y² − 10·cos 2πy: a local minimum near every whole number. Source: Rastrigin, 1974."""
    return 20 + x**2 - 10 * jnp.cos(2 * jnp.pi * x) + y**2 - 10 * jnp.cos(2 * jnp.pi * y)


def styblinski_tang(x: Any, y: Any) -> Any:
    """(x⁴ − 16x² + 5x + y⁴ − 16y² + 5y)/2: four minima, one of them global. Source: Styblinski and Tang, 1990."""
    return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2


def slope(x: Any, y: Any) -> Any:
    """x + 0·y: the gradient is (1, 0) everywhere."""
    return x + 0 * y


def flat(x: Any, y: Any) -> Any:
    """0·(x + y): no gradient at all, so that only noise and weight decay move the weights."""
    return 0 * (x + y)


_HIMMELBLAU = (
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.283185991286170),
    (3.584428340330492, -1.848126526964404),
)
_STYBLINSKI = -2.903534027771177

SURFACES: dict[str, Surface] = {
    surface.name: surface
    for surface in (
        Surface("bowl", bowl, (-4.0, 2.0), ((-5, 5), (-3, 3)), ((0.0, 0.0),)),
        Surface("ravine", ravine, (-9.0, 0.8), ((-10, 6), (-1.2, 1.2)), ((0.0, 0.0),)),
        Surface("saddle", saddle, (-1.5, 0.001), ((-2, 2), (-1.6, 1.6)), ((0.0, -1.0), (0.0, 1.0))),
        Surface("plateau", plateau, (-3.2, 2.4), ((-4.5, 3), (-3, 3.5)), ((0.0, 0.0),)),
        Surface("rosenbrock", rosenbrock, (-1.2, 1.0), ((-2, 2), (-1, 3)), ((1.0, 1.0),)),
        Surface("beale", beale, (1.0, 1.5), ((-1.5, 4.5), (-2, 2)), ((3.0, 0.5),)),
        Surface("himmelblau", himmelblau, (0.0, -1.0), ((-5, 5), (-5, 5)), _HIMMELBLAU),
        Surface("rastrigin", rastrigin, (2.3, -1.7), ((-5.12, 5.12), (-5.12, 5.12)), ((0.0, 0.0),)),
        Surface(
            "styblinski_tang",
            styblinski_tang,
            (0.5, -1.0),
            ((-5, 5), (-5, 5)),
            ((_STYBLINSKI, _STYBLINSKI),),
            -78.33233140754282,
        ),
    )
}
"""Name → surface."""

SLOPE = Surface("slope", slope, (0.0, 0.0), ((-5, 5), (-5, 5)), (), -math.inf)
FLAT = Surface("flat", flat, (1.0, 1.0), ((-2, 2), (-2, 2)), ())
"""Planes to measure single steps on; nothing to race on."""

FUNCTIONS = tuple(surface.function for surface in (*SURFACES.values(), SLOPE, FLAT))
"""The functions of all surfaces and planes, in order."""


@functools.partial(jax.jit, static_argnums=0)
def _gradients(function: Callable[..., Array], points: Array) -> Array:
    return jax.vmap(jax.grad(lambda w: function(w[0], w[1])))(points)
