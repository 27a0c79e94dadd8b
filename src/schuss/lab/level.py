"""When costs have come down to a level: for the first time, and for good.

The two differ for whoever overshoots: a descent with momentum runs through the level, rises above it again on the other
side, and comes to rest later. A figure must say which of the two it is.
"""

import numpy as np


def first_below(costs: np.ndarray, level: float) -> np.ndarray:
    """After how many steps costs [..., T+1] are at or below a level for the first time: [...], infinite where never.

    >>> first_below(np.array([[5, 1, 3, 1, 1.0], [5, 4, 3, 3, 3]]), 2.0)
    array([ 1., inf])
    """
    below = costs <= level  # costs that are no numbers are not
    return np.where(below.any(axis=-1), np.argmax(below, axis=-1), np.inf)


def below_for_good(costs: np.ndarray, level: float) -> np.ndarray:
    """After how many steps costs [..., T+1] are at or below a level and stay there: [...], infinite where never.

    >>> below_for_good(np.array([[5, 1, 3, 1, 1.0], [5, 4, 3, 2, 3]]), 2.0)
    array([ 3., inf])
    """
    above = ~(costs <= level)  # costs that are no numbers are
    last = costs.shape[-1] - np.argmax(above[..., ::-1], axis=-1)
    return np.where(~above.any(axis=-1), 0.0, np.where(above[..., -1], np.inf, last))
