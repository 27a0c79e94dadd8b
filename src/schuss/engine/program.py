"""One static shape → one compiled function that trains any member of that shape.

`Shape` lists what is static, so that a change of it makes a new program: the layers with their sizes and activations,
the loss, the padded numbers of rows, and the update rules that can be chosen from. Everything else is data: which of
the rules is the member's, learning rates, coefficients, dropout rate, L2, label smoothing, longest gradient,
averaging of weights, seed, numbers of rows, size of the mini-batches, when to stop.

The function advances one member by some steps. On a CPU it is called for one member after the other, from several
threads, so a member's numbers cannot depend on the other members' numbers. Nor do they depend on the other members'
update rules, which the program holds too: gradients are computed before any rule, and each rule stands in a loop of its
own. On a GPU the same function is mapped over a group of members with ``vmap``.
"""

import functools
import gc
import threading
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from schuss import noise
from schuss.averages import bias_correction
from schuss.backpropagation import backpropagate
from schuss.engine.compilation_cache import keep_compilations
from schuss.engine.data import PaddedRows
from schuss.engine.evaluation import evaluate
from schuss.engine.update import Choice, clipped, updated
from schuss.losses import loss_function
from schuss.network import Sequential
from schuss.optimizers.bank import SHARING, shared_state
from schuss.types import Array, LossFunction, Parameters

MOST_PROGRAMS = 64
"""How many compiled programs are kept. Each takes about 500 maps of memory, of which Linux gives a process 65,530."""


@dataclass(frozen=True)
class Shape:
    """Everything that is static in a program; equal shapes share one.

    Attributes:
        network: the layers; the rate of Dropout is a number of the member's where ``traced_dropout``.
        loss: name or function.
        rules: the update rules a member may have, of `schuss.optimizers.bank.SHARING`; or the one optimizer or optax
            transformation that shares a program with no other.
        rows: length that the training rows are padded to.
        batch_rows: length that a mini-batch is padded to.
        validation_rows: length that the validation rows are padded to; 0 for none.
        classification: whether scores count classes rather than measure distances.
        l2: whether the cost has an L2 term.
        label_smoothing: whether labels are smoothed in the training cost.
        clip_norm: whether gradients are shortened.
        averaging: whether the average of the weights stands for them.
        traced_dropout: whether the rate of Dropout is given with the member.
        costs: how many costs one call can return.
        epochs: how many epochs an order table covers.
    """

    network: Sequential
    loss: str | LossFunction
    rules: tuple[Any, ...]
    rows: int
    batch_rows: int
    validation_rows: int
    classification: bool
    l2: bool
    label_smoothing: bool
    clip_norm: bool
    averaging: bool
    traced_dropout: bool
    costs: int
    epochs: int


class Numbers(NamedTuple):
    """Hyperparameters of one member that are data to the program; scalars, but for the coefficients and `learns`."""

    rule: Any
    """Place of the member's update rule in `Shape.rules`."""
    coefficients: Any
    """Numbers of the update rule [COEFFICIENTS]."""
    learns: Any
    """How many times as fast as others each array of weights learns [number of arrays]."""
    l2: Any
    label_smoothing: Any
    clip_norm: Any
    averaging: Any
    dropout: Any
    seed: Any
    batch_size: Any
    patience: Any
    """Epochs without a better validation after which the member stops."""
    by_cost: Any
    """Whether the better validation is the one with the lower cost, rather than the higher score."""


class Best(NamedTuple):
    """The weights with the best validation so far."""

    params: Parameters
    score: Any
    cost: Any
    epoch: Any


class MemberState(NamedTuple):
    """Everything about a member that changes in training."""

    params: Parameters
    optimizer: Any
    t: Any
    """Steps done."""
    healthy: Any
    """Whether every cost has been finite; `schuss.engine.cohort` asks the same of the weights after a call."""
    best: Best | None
    """None without validation rows."""
    average: Parameters | None = None
    """Average of the weights after every step, begun at 0; None where the weights stand for themselves."""

    def in_force(self, correction: Any) -> Parameters:
        """The weights that are validated and kept: those of the last step, or their average.

        Args:
            correction: 1 − βᵗ, what the average is divided by; see `schuss.averages.bias_correction`.
        """
        return self.params if self.average is None else jax.tree.map(lambda v: v / correction, self.average)


class Chunk(NamedTuple):
    """What one call is to do: the steps from the state's t up to ``stop``.

    order [epochs, rows]: row numbers of every epoch from ``first_epoch`` on; alpha [costs]: learning rate of every step
    after the first ``first_step`` ones; stop: t at which to return.
    """

    order: Any
    first_epoch: Any
    alpha: Any
    first_step: Any
    stop: Any


class Advanced(NamedTuple):
    """What one call returns: the new state, the cost of every step [costs], validation cost and score [epochs, 2]."""

    state: MemberState
    costs: Any
    validation: Any


class Program:
    """The compiled functions of one static shape: `advance` for one member, `advance_group` for a group on a GPU."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.loss = loss_function(shape.loss)
        self.first_calls = threading.Lock()
        """Held until the speed is known, so that two threads do not compile the same thing."""
        self.seconds_per_step: float | None = None
        self._calls = 0
        self.advance = jax.jit(self._advance)
        group_axes = (
            0,
            Numbers(None, 0, 0, 0, 0, 0, 0, 0, 0, None, None, None),
            None,
            None,
            Chunk(0, None, 0, None, 0),
        )
        self.advance_group = jax.jit(jax.vmap(self._advance, in_axes=group_axes))

    def measure(self, seconds: float, steps: int) -> None:
        """Learn the speed from a call; the first one compiled and says nothing about it."""
        self._calls += 1
        if self._calls > 1 and steps > 0:
            self.seconds_per_step = seconds / steps

    def initial_state(
        self,
        network: Sequential,
        seed: int,
        dtype: Any = np.float32,
        params: Parameters | None = None,
        optimizer: Any = None,
    ) -> MemberState:
        """State before the first step; weights that are not given depend on the member's network and seed alone."""
        params = network.initialize(seed, dtype) if params is None else params
        best = None
        if self.shape.validation_rows:
            worst = np.asarray(-np.inf, dtype)
            best = Best(params, worst, -worst, np.int32(-1))
        optimizer = self._initial_optimizer(params) if optimizer is None else optimizer
        average = jax.tree.map(np.zeros_like, params) if self.shape.averaging else None
        return MemberState(params, optimizer, np.int32(0), np.bool_(True), best, average)

    def _initial_optimizer(self, params: Parameters) -> Any:
        rule = self.shape.rules[0]
        return shared_state(params) if rule in SHARING else jax.tree.map(np.asarray, rule.init(params))

    def _advance(
        self, state: MemberState, numbers: Numbers, training: PaddedRows, validation: PaddedRows | None, chunk: Chunk
    ) -> Advanced:
        # Counts are not negative, so `lax.div` does for `//`, which costs ten more operations to compile.
        per_epoch = lax.div(training.count + numbers.batch_size - 1, numbers.batch_size)
        # A slice that would reach past the end is moved back by JAX: the padding keeps it in place.
        order = jnp.pad(chunk.order, ((0, 0), (0, self.shape.batch_rows)))
        dtype = training.x.dtype
        costs = jnp.zeros(self.shape.costs, dtype)
        scores = jnp.zeros((self.shape.epochs, 2), dtype)

        def epoch(carry: tuple[MemberState, Array, Array]) -> tuple[MemberState, Array, Array]:
            state, costs, scores = carry
            number = lax.div(state.t, per_epoch)
            first, end = number * per_epoch, (number + 1) * per_epoch
            place = number - chunk.first_epoch
            stop = jnp.minimum(chunk.stop, end)
            state, costs = lax.while_loop(
                lambda c: (c[0].t < stop) & c[0].healthy,
                lambda c: self._step(
                    *c, numbers, training, order, (place, (c[0].t - first) * numbers.batch_size), chunk
                ),
                (state, costs),
            )
            if validation is None:
                return state, costs, scores
            correction = bias_correction(numbers.averaging, state.t.astype(dtype)) if self.shape.averaging else None
            best, scores = lax.cond(
                state.healthy & (state.t == end),
                functools.partial(
                    self._validate, state.in_force(correction), validation, numbers.by_cost, number, place
                ),
                lambda best, scores: (best, scores),
                state.best,
                scores,
            )
            return state._replace(best=best), costs, scores

        def going(carry: tuple[MemberState, Array, Array]) -> Array:
            state = carry[0]
            more = (state.t < chunk.stop) & state.healthy
            if state.best is None:
                return more
            waited = lax.div(state.t, per_epoch) - 1 - state.best.epoch
            return more & ((state.best.epoch < 0) | (waited < numbers.patience))

        state, costs, scores = lax.while_loop(going, epoch, (state, costs, scores))
        return Advanced(state, costs, scores)

    def _step(
        self,
        state: MemberState,
        costs: Array,
        numbers: Numbers,
        training: PaddedRows,
        order: Array,
        start: tuple[Array, Array],
        chunk: Chunk,
    ) -> tuple[MemberState, Array]:
        """One mini-batch, one update; the mini-batch's row numbers begin at ``start`` in the order table."""
        batch = lax.dynamic_slice(order, start, (1, self.shape.batch_rows))[0]
        count = jnp.minimum(numbers.batch_size, training.count - start[1])
        real = jnp.arange(self.shape.batch_rows) < count
        m = count.astype(training.x.dtype)
        done = state.t - chunk.first_step
        cost, gradients = backpropagate(
            self._network(numbers),
            state.params,
            training.x[batch],
            training.y[batch],
            self._training_loss(numbers),
            weight=real.astype(m.dtype) if training.weight is None else jnp.where(real, training.weight[batch], 0),
            total=m if training.weight is None else None,
            l2=numbers.l2 if self.shape.l2 else None,
            rows=m,
            key=noise.fold(numbers.seed, state.t),
        )
        if self.shape.clip_norm:
            gradients = clipped(gradients, numbers.clip_norm)
        # Keeps XLA from fusing gradients with updates, so that gradients cannot depend on the set of rules. It is free.
        gradients = lax.optimization_barrier(gradients)
        alpha = chunk.alpha[done] * numbers.learns
        choice = Choice(self.shape.rules, numbers.rule, numbers.coefficients)
        params, optimizer = updated(state.params, gradients, state.optimizer, alpha, choice)
        average = state.average
        if average is not None:
            average = jax.tree.map(lambda v, w: numbers.averaging * v + (1 - numbers.averaging) * w, average, params)
        state = MemberState(params, optimizer, state.t + 1, jnp.isfinite(cost), state.best, average)
        return state, costs.at[done].set(cost)

    def _network(self, numbers: Numbers) -> Sequential:
        return self.shape.network.with_dropout(numbers.dropout) if self.shape.traced_dropout else self.shape.network

    def _training_loss(self, numbers: Numbers) -> LossFunction:
        """The loss, of smoothed labels where the member has such; validation rows are measured without."""
        loss: Any = self.loss  # takes the share where it is wanted: `schuss.engine.trial.plan` has asked
        return functools.partial(loss, label_smoothing=numbers.label_smoothing) if self.shape.label_smoothing else loss

    def _validate(
        self,
        params: Parameters,
        rows: PaddedRows,
        by_cost: Array,
        number: Array,
        place: Array,
        best: Best,
        scores: Array,
    ) -> tuple[Best, Array]:
        """Cost and score on the validation rows; keep the weights when they are the best so far."""
        cost, score = evaluate(self.shape.network, params, rows, self.loss, self.shape.classification)
        by_score = (score > best.score) | ((score == best.score) & (cost < best.cost))
        better = jnp.where(by_cost, cost < best.cost, by_score)
        new = Best(params, score, cost, number.astype(jnp.int32))
        best = jax.tree.map(lambda n, o: jnp.where(better, n, o), new, best)
        return best, scores.at[place].set(jnp.stack([cost, score]))


def program(shape: Shape) -> Program:
    """The program of a static shape; the latest `MOST_PROGRAMS` are kept."""
    with _making:  # two workers that ask for the same one must not both make it
        found = _programs.pop(shape, None)
        if found is None:
            keep_compilations()
            if len(_programs) >= MOST_PROGRAMS:
                del _programs[next(iter(_programs))]
                gc.collect()  # a program that was let go refers to itself: its memory waits for the collector
            found = Program(shape)
        _programs[shape] = found
        return found


def at_hand(shape: Shape) -> Shape:
    """The shape of a program that is kept and has these rules among its own, so that none is compiled; else the same.

    What a rule computes does not depend on the rules beside it.
    """
    with _making:
        for other in reversed(_programs):
            if set(shape.rules) <= set(other.rules) and replace(other, rules=shape.rules) == shape:
                return other
    return shape


_making = threading.Lock()

_programs: dict[Shape, Program] = {}
"""The programs that are kept, the latest last."""
