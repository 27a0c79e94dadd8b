"""Optimizers by their names: one algorithm a file, all with optax's protocol.

Gradients, weights and a state come in; updates and the next state come out. What others need to know of an optimizer
(the learning rates worth trying, how often it is drawn, its look in pictures) stands in its class.
"""

import dataclasses
from typing import overload

from schuss.names import by_name
from schuss.optimizers.adadelta import AdaDelta as AdaDelta
from schuss.optimizers.adagrad import AdaGrad as AdaGrad
from schuss.optimizers.adam import Adam as Adam
from schuss.optimizers.adamw import AdamW as AdamW
from schuss.optimizers.amsgrad import AMSGrad as AMSGrad
from schuss.optimizers.base import Optimizer as Optimizer
from schuss.optimizers.base import State as State
from schuss.optimizers.base import Transformation as Transformation
from schuss.optimizers.base import apply_updates as apply_updates
from schuss.optimizers.lion import Lion as Lion
from schuss.optimizers.momentum import Momentum as Momentum
from schuss.optimizers.muon import Muon as Muon
from schuss.optimizers.nadam import NAdam as NAdam
from schuss.optimizers.rmsprop import RMSProp as RMSProp
from schuss.optimizers.sgd import SGD as SGD
from schuss.palette import Look

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "adagrad": AdaGrad,
    "rmsprop": RMSProp,
    "adadelta": AdaDelta,
    "adam": Adam,
    "adamw": AdamW,
    "nadam": NAdam,
    "amsgrad": AMSGrad,
    "lion": Lion,
    "muon": Muon,
}
"""name → class; ``"sgd"`` is the plain one, with momentum it is ``SGD(momentum=0.9, nesterov=True)``.

Everything that offers optimizers by name reads this table: the command and its help, the space, the lab, the report.
"""


@overload
def optimizer(name_or_object: str | Optimizer, learning_rate: float | None = None) -> Optimizer: ...
@overload
def optimizer(name_or_object: Transformation, learning_rate: float | None = None) -> Transformation: ...
def optimizer(name_or_object: str | Transformation, learning_rate: float | None = None) -> Transformation:
    """The optimizer of a name, or the object itself.

    Args:
        name_or_object: a key of `OPTIMIZERS`, an `Optimizer`, or an object with optax's ``init`` and ``update``.
        learning_rate: α₀; default the algorithm's, or the object's own.

    Raises:
        TypeError: neither a name nor an object with ``init`` and ``update`` (a class is neither).
        ValueError: an unknown name, or a learning rate for an optax transformation, which has its own.

    >>> optimizer("momentum", 0.1)
    Momentum(learning_rate=0.1, weight_decay=0.0, beta=0.9)
    >>> optimizer(SGD(momentum=0.9, nesterov=True))
    SGD(learning_rate=0.01, weight_decay=0.0, momentum=0.9, nesterov=True)
    """
    chosen = by_name("optimizer", name_or_object, OPTIMIZERS)() if isinstance(name_or_object, str) else name_or_object
    if isinstance(chosen, type) or not isinstance(chosen, Transformation):
        raise TypeError(f"optimizer must be a name or an object with init and update, not {chosen!r}.")
    if learning_rate is None:
        return chosen
    if isinstance(chosen, Optimizer):
        return dataclasses.replace(chosen, learning_rate=learning_rate)
    raise ValueError(f"An optax transformation has a learning rate of its own: leave out {learning_rate!r}.")


def look(name: str) -> Look:
    """The look of the optimizer of that name; grey for one that is not in `OPTIMIZERS`.

    >>> look("adam") == Adam.look
    True
    """
    return OPTIMIZERS.get(name, Optimizer).look
