"""Fair races between optimizers, on a surface or on rows of data.

All optimizers have the same starts (or first weights), the same mini-batches and the same learning rates to choose
from, each a fixed factor above the one before. The learning rate of an optimizer is chosen on some starts or seeds, and
the race is run on others: a rate that was merely lucky on its starts gains nothing. What counts is after how many steps
the cost stays below a level for good.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from schuss.averages import exponentially_weighted_average
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.lab.descent import descend_all
from schuss.lab.level import below_for_good
from schuss.lab.surfaces import SURFACES, Surface
from schuss.member import Member
from schuss.names import by_name
from schuss.optimizers import Optimizer, optimizer

if TYPE_CHECKING:
    from schuss.engine.trial import Trial

ROWS_OPTIMIZERS = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "nadam", "lion")
"""The optimizers that race on data by default: the six of the notes, and two that came after them."""

SURFACE_OPTIMIZERS = tuple(name for name in ROWS_OPTIMIZERS if name != "adamw")
"""The optimizers that race on a surface by default."""

SURFACE_LEARNING_RATES = tuple(float(rate) for rate in np.geomspace(1e-4, 10, 21).round(6))
"""Learning rates tried on a surface: four in each power of ten."""

ROWS_LEARNING_RATES = tuple(float(rate) for rate in np.geomspace(1e-4, 10, 11).round(6))
"""Learning rates tried on data: two in each power of ten."""

MOST_STEPS = 16_384
"""So many steps of a training are drawn at most; costs are averaged before others are left out."""


@dataclass(frozen=True)
class Lane:
    """What one optimizer did, at its best learning rate.

    Attributes:
        name: of the optimizer.
        learning_rate: the best of those tried.
        at_edge: whether that is the lowest or the highest tried, so that a better one may lie outside.
        diverged: with how many of the learning rates tried a descent diverged.
        tried: with every learning rate tried, the cost at the end, the mean over the starts that chose; infinite where
            a descent diverged [R].
        costs: of the race. On a surface what the cost is above the surface's minimum [S, T+1], on data the cost of the
            mini-batches, averaged over about an epoch [S, T].
        steps: after how many the cost stayed below the level for good; infinite where it never did [S].
        positions: on a surface [S, T+1, 2].
        scores: on data with validation rows: the validation score at the end [S].
    """

    name: str
    learning_rate: float
    at_edge: bool
    diverged: int
    tried: np.ndarray
    costs: np.ndarray
    steps: np.ndarray
    positions: np.ndarray | None = None
    scores: np.ndarray | None = None

    @property
    def reached(self) -> int:
        """From how many starts the cost came below the level for good."""
        return int(np.isfinite(self.steps).sum())


@dataclass(frozen=True)
class Race:
    """A race that has been run.

    Attributes:
        title: what the race is on.
        learning_rates: those that every optimizer could choose from [R].
        level: what `Lane.costs` had to come below.
        lanes: one for every optimizer, the fastest first.
        t: numbers of the steps that `Lane.costs` belong to.
        surface: that the race is on; None on data.
    """

    title: str
    learning_rates: tuple[float, ...]
    level: float
    lanes: tuple[Lane, ...]
    t: np.ndarray
    surface: Surface | None = None

    def lane(self, name: str) -> Lane:
        """The lane of the optimizer of that name."""
        return by_name("optimizer of this race", name, {lane.name: lane for lane in self.lanes})

    def measured(self) -> dict[str, Any]:
        """Of every optimizer the learning rate, the steps to the level for good and the final cost, mean and spread."""
        record: dict[str, Any] = {
            "rates_tried": len(self.learning_rates),
            "starts": len(self.lanes[0].steps),
            "level": self.level,
            "order": [lane.name for lane in self.lanes],
        }
        for lane in self.lanes:
            final, reached = lane.costs[:, -1], lane.steps[np.isfinite(lane.steps)]
            record |= {
                f"{lane.name}_learning_rate": lane.learning_rate,
                f"{lane.name}_at_edge": int(lane.at_edge),
                f"{lane.name}_rates_diverged": lane.diverged,
                f"{lane.name}_reached": lane.reached,
                f"{lane.name}_steps": float(reached.mean()) if len(reached) else math.inf,
                f"{lane.name}_steps_sd": float(reached.std()) if len(reached) else math.inf,
                f"{lane.name}_final_cost": float(final.mean()),
                f"{lane.name}_final_cost_sd": float(final.std()) if np.isfinite(final).all() else math.inf,
            }
            if lane.scores is not None:
                record |= {f"{lane.name}_score": float(lane.scores.mean())}
                record |= {f"{lane.name}_score_sd": float(lane.scores.std())}
        return record


def race_surface(
    surface: str | Surface,
    optimizers: Sequence[str] | Mapping[str, Optimizer] = SURFACE_OPTIMIZERS,
    *,
    steps: int = 300,
    learning_rates: Sequence[float] = SURFACE_LEARNING_RATES,
    starts: int = 8,
    scatter: float = 0.03,
    share: float = 1e-3,
) -> Race:
    """Race on a surface.

    Args:
        surface: name or surface.
        optimizers: names, or name → optimizer with coefficients of your own. AdamW is not among the default ones: its
            decay pulls the weights towards (0, 0), which is the optimum of many surfaces.
        steps: T.
        learning_rates: to choose from.
        starts: how many to race from, the surface's own start and others around it; the learning rates are chosen on
            as many others.
        scatter: standard deviation of the other starts, as a share of the domain's sides.
        share: the level, as a share of the height of the surface's start above its minimum.

    Raises:
        ValueError: no surface or optimizer has that name.

    >>> race = race_surface("ravine", ["sgd", "momentum"], steps=200)
    >>> [lane.name for lane in race.lanes]
    ['momentum', 'sgd']
    """
    ground = by_name("surface", surface, SURFACES) if isinstance(surface, str) else surface
    spots = np.random.default_rng(0).standard_normal((2 * starts, 2)) * scatter * np.ptp(ground.domain, axis=1)
    spots[0] = 0  # the surface's own start is the first that races
    racing, choosing = slice(starts), slice(starts, None)
    level = share * (float(ground.cost(ground.start)) - ground.minimum)
    lanes: list[Lane] = []
    for name, chosen in _named(optimizers).items():
        variants = [replace(chosen, learning_rate=rate) for rate in learning_rates for _ in spots]
        descents = descend_all(ground, variants, steps, starts=np.tile(ground.start + spots, (len(learning_rates), 1)))
        costs = _finite(descents.costs - ground.minimum).reshape(len(learning_rates), len(spots), -1)
        positions = descents.positions.reshape(*costs.shape, 2)
        diverged = np.any(descents.diverged.reshape(costs.shape[:2])[:, choosing], axis=1)
        best = _best(costs[:, choosing], diverged, level)
        lanes.append(
            Lane(
                name=name,
                learning_rate=learning_rates[best],
                at_edge=best in (0, len(learning_rates) - 1),
                diverged=int(diverged.sum()),
                tried=np.where(diverged, np.inf, costs[:, choosing, -1].mean(axis=1)),
                costs=costs[best, racing],
                steps=below_for_good(costs[best, racing], level),
                positions=positions[best, racing],
            )
        )
    return Race(ground.name, tuple(learning_rates), level, _fastest_first(lanes), np.arange(steps + 1), ground)


def race_rows(
    training: Table,
    validation: Table | None = None,
    optimizers: Sequence[str] | Mapping[str, Optimizer] = ROWS_OPTIMIZERS,
    *,
    title: str = "Data",
    member: Member | None = None,
    epochs: int = 10,
    learning_rates: Sequence[float] = ROWS_LEARNING_RATES,
    seeds: int = 3,
    share: float = 0.1,
) -> Race:
    """Race on rows: the same networks, first weights and mini-batches for all optimizers.

    Args:
        training, validation: rows, as for `schuss.train`.
        optimizers: as in `race_surface`.
        title: what the rows are.
        member: the network and everything but optimizer and seed; default two hidden layers of 64 and mini-batches
            of 64.
        epochs: passes through the training rows.
        learning_rates: to choose from.
        seeds: how many to race with; the learning rates are chosen with as many others.
        share: the level, as a share of the way from the lowest final cost of all up to the first cost.

    Raises:
        ValueError: no optimizer has that name, or all diverge at every rate.
    """
    network, chosen = member or Member(batch_size=64), _named(optimizers)

    def run(rules: Sequence[Optimizer], seeds: Sequence[int]) -> tuple[list["Trial"], np.ndarray, np.ndarray]:
        members = [replace(network, optimizer=rule, seed=seed) for rule in rules for seed in seeds]
        trials = train(members, training, validation, epochs=epochs)
        t, costs = _costs(trials)
        return trials, t, costs.reshape(len(rules), len(seeds), -1)

    trials, t, costs = run(
        [replace(rule, learning_rate=a) for rule in chosen.values() for a in learning_rates], range(seeds)
    )
    costs = costs.reshape(len(chosen), len(learning_rates), *costs.shape[1:])
    diverged = np.any(np.reshape([trial.status == "diverged" for trial in trials], costs.shape[:3]), axis=2)
    final = np.where(diverged, np.inf, costs[..., -1].mean(axis=2))
    floor = float(final.min())
    if not math.isfinite(floor):
        shown = ", ".join(f"{rate:g}" for rate in learning_rates)
        raise ValueError(f"At all of the rates {shown} every optimizer diverges; try lower ones.")
    level = floor + share * (float(np.median(costs[..., 0])) - floor)
    best = [_best(costs[k], diverged[k], level) for k in range(len(chosen))]
    rules = [replace(rule, learning_rate=learning_rates[b]) for rule, b in zip(chosen.values(), best, strict=True)]
    trials, t, raced = run(rules, range(seeds, 2 * seeds))
    scores = np.array([_score(trial) for trial in trials]).reshape(len(rules), seeds)
    lanes = [
        Lane(
            name=name,
            learning_rate=learning_rates[best[k]],
            at_edge=best[k] in (0, len(learning_rates) - 1),
            diverged=int(diverged[k].sum()),
            tried=final[k],
            costs=raced[k],
            steps=_steps(t, raced[k], level),
            scores=None if validation is None else scores[k],
        )
        for k, name in enumerate(chosen)
    ]
    return Race(title, tuple(learning_rates), level, _fastest_first(lanes), t)


def digits() -> tuple[Table, Table]:
    """scikit-learn's handwritten digits: three quarters of the rows to train on, every fourth to validate on."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    held_out = np.arange(len(x)) % 4 == 0
    return Table(x[~held_out] / 16, y[~held_out]), Table(x[held_out] / 16, y[held_out])


def _named(optimizers: Sequence[str] | Mapping[str, Optimizer]) -> dict[str, Optimizer]:
    if isinstance(optimizers, Mapping):
        return dict(optimizers)
    return {name: optimizer(name) for name in optimizers}


def _best(costs: np.ndarray, diverged: np.ndarray, level: float) -> int:
    """The place of the best learning rate, by costs [R, S, T] and whether a descent diverged [R].

    First come those without divergence, then those with the fewest steps to the level, then the lowest final cost.
    """
    steps = np.minimum(below_for_good(costs, level), costs.shape[-1]).mean(axis=1)
    return int(np.lexsort((costs[:, :, -1].mean(axis=1), steps, diverged))[0])


def _steps(t: np.ndarray, costs: np.ndarray, level: float) -> np.ndarray:
    """`below_for_good`, in the numbers t of the steps that the costs belong to."""
    places = below_for_good(costs, level)
    reached = np.isfinite(places)
    return np.where(reached, t[np.where(reached, places, 0).astype(int)], np.inf)


def _costs(trials: Sequence["Trial"]) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the steps drawn [T], and costs averaged over about an epoch [members, T]; infinite once diverged."""
    longest = max((trial.history for trial in trials), key=lambda history: len(history.steps))
    costs = np.full((len(longest.steps), len(trials)), np.nan)
    for k, trial in enumerate(trials):
        costs[: len(trial.history.costs), k] = trial.history.costs
    beta = max(0.0, 1 - 1 / trials[0].per_epoch)
    every = -(-len(costs) // MOST_STEPS)
    drawn = slice(every - 1, None, every)
    return longest.steps[drawn], _finite(exponentially_weighted_average(costs, beta, correct_bias=True)[drawn].T)


def _finite(costs: np.ndarray) -> np.ndarray:
    """Costs, infinite in place of those that are no numbers or above 1e30."""
    return np.where(costs < 1e30, costs, np.inf)


def _score(trial: "Trial") -> float:
    scores = trial.history.validation_scores
    return float(scores[-1]) if len(scores) else math.nan


def _fastest_first(lanes: Sequence[Lane]) -> tuple[Lane, ...]:
    def key(lane: Lane) -> tuple[Any, ...]:
        steps = lane.steps[np.isfinite(lane.steps)]
        return -lane.reached, float(steps.mean()) if len(steps) else math.inf, float(lane.costs[:, -1].mean())

    return tuple(sorted(lanes, key=key))
