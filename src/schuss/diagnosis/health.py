"""Whether the networks of a model are in good health, in plain words: what is wrong, and what helps.

The best member and those with the largest shares of the blend are examined, in their first fold, with the weights they
have kept. The signs, and when each is reported:

- a **dead** unit: its activation is flat in every row, so nothing reaches its weights and they stay as they are;
- a **saturated** layer: more than half of its outputs, over rows and units, lie where the activation is flat;
- gradients that **vanish** or **explode**: the first layer's are a thousand times smaller or larger than the last's;
- **over-fitting**: more than a fifth of what the network gains over the baseline on training rows is lost on others;
- **still descending**: the best epoch is one of the last, and the validation cost was still falling;
- **diverged** members: their cost was no longer a finite number.

An activation counts as flat where its slope is below `FLAT` of its steepest. Source: notes B5 and B7.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import jax
import numpy as np

from schuss.activations import ACTIVATIONS
from schuss.backpropagation import Trace
from schuss.diagnosis.probe import probe, some_rows
from schuss.engine.data import Table
from schuss.engine.trial import Trial
from schuss.layers import Activation, Embedding, Layer, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling
from schuss.names import name_of
from schuss.selection.fold import Fold
from schuss.selection.metrics import baseline, prior
from schuss.selection.model import Part, decode
from schuss.selection.select import Candidate, Selection

MEMBERS = 4
"""So many members are looked at: a program is compiled for each kind of network among them."""

FLAT = 1 / 128
"""Share of an activation's steepest slope; leaky ReLU's 1/100 below zero is above it."""

STEEPEST = {"sigmoid": 0.25, "selu": 1.76}
"""Slope of an activation where it is steepest; that of the others is 1, or close to it."""

BOUNDED = ("sigmoid", "tanh")
"""Activations that are flat on both sides: they saturate, others die."""

DEAD, SATURATED, VANISHED, LOST, LATE, FALLING = 0.25, 0.5, 1e-3, 0.2, 0.05, 0.01
"""When something is reported: share of dead units, of saturated values, ratio of gradients, share of the gain lost,
share of the epochs that is late, share of the validation cost lost over the last tenth of the epochs."""

TINY = 1e-30
"""A smaller gradient counts as none."""

FRONT = tuple(kind.__name__ for kind in (Embedding, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling))
"""Layers before the fully connected ones."""

Level = Literal["good", "watch", "bad"]


@dataclass(frozen=True)
class Symptom:
    """One thing that was examined: its name, how it stands, that in words, and what helps; empty where all is well."""

    sign: str
    level: Level
    verdict: str
    remedy: str = ""


@dataclass(frozen=True)
class LayerHealth:
    """A layer with weights and the activation behind it.

    Attributes:
        name: the layer's class.
        units: O, how many numbers come out.
        activation: name, or empty for none.
        dead: how many units are.
        flat: share of rows and units where the activation is flat; None without an activation.
        gradient: root mean square of ∂J/∂θ over the layer's weights; None where it is not finite.
    """

    name: str
    units: int
    activation: str
    dead: int
    flat: float | None
    gradient: float | None


@dataclass(frozen=True)
class MemberHealth:
    """One network.

    Attributes:
        member: its place among the members.
        layers: those that have weights, first to last.
        training_score, validation_score: the metric on some training and validation rows, none of them weighted; None
            where it is not defined.
        findings: on the network.
    """

    member: int
    layers: tuple[LayerHealth, ...]
    training_score: float | None
    validation_score: float | None
    findings: tuple[Symptom, ...]


@dataclass(frozen=True)
class Health:
    """What was found.

    Attributes:
        rows: how many training rows were looked at.
        members: the best one first.
        findings: on the population.
    """

    rows: int
    members: tuple[MemberHealth, ...]
    findings: tuple[Symptom, ...]


def examine(selection: Selection) -> Health:
    """Look at the members that matter most; takes about a second."""
    fold = selection.folds[0]
    training, validation = some_rows(fold.training), some_rows(fold.validation)
    shared = [place for place, _ in sorted(selection.shares(), key=lambda share: -share[1])]
    places = list(dict.fromkeys([selection.order[0], *shared]))[:MEMBERS]
    members = [_examine(selection, place, training, validation) for place in places]
    return Health(len(training.x), tuple(members), (_divergence(selection.candidates),))


def layers_of(layers: Sequence[Layer], passed: Trace) -> tuple[LayerHealth, ...]:
    """Every layer with weights, and whether the activation behind it lets gradients through.

    The chain rule has multiplied δ by the activation's slope: what came out of it over what went in is the slope.

    Args:
        layers: of the network.
        passed: its trace.
    """
    found: list[LayerHealth] = []
    deltas = [passed.input_delta, *(layer.delta for layer in passed.layers)]
    for place, (layer, own) in enumerate(zip(layers, passed.layers, strict=True)):
        gradients = [np.ravel(g) for g in jax.tree.leaves(own.gradients)]
        if gradients:
            units, size = int(np.prod(own.value.shape[1:])), _root_mean_square(np.concatenate(gradients))
            found.append(LayerHealth(own.name, units, "", 0, None, size))
        elif isinstance(layer, Activation) and found:
            function = name_of(layer.function, ACTIVATIONS)
            if function in ("identity", "softmax"):  # softmax's slope is not one number a unit
                continue
            before, after = np.asarray(deltas[place + 1], np.float64), np.asarray(deltas[place], np.float64)
            felt = np.abs(before) > TINY  # where nothing arrives, nothing can be said of the slope
            flat = felt & (np.abs(after) < FLAT * STEEPEST.get(function, 1.0) * np.abs(before))
            dead = int((felt.any(axis=0) & (flat == felt).all(axis=0)).sum())
            share = float(flat.sum() / max(felt.sum(), 1))
            last = found.pop()
            found.append(LayerHealth(last.name, last.units, function, dead, share, last.gradient))
    return tuple(found)


def _examine(selection: Selection, place: int, training: Table, validation: Table) -> MemberHealth:
    trial, fold = selection.candidates[place].trials[0], selection.folds[0]
    part = Part(fold.encoding, trial.member, trial.network, trial.weights)
    layers = layers_of(trial.network.layers, probe(trial, training))
    seen, unseen = _score(selection, part, training), _score(selection, part, validation)
    fit = _fit(trial, seen, unseen, _baseline(selection, fold, training, validation))
    found = (_dead(layers), _saturated(layers), _gradients(layers), fit, _descent(trial))
    return MemberHealth(place, layers, seen, unseen, tuple(symptom for symptom in found if symptom is not None))


def _dead(layers: Sequence[LayerHealth]) -> Symptom | None:
    at_risk = [layer for layer in layers if layer.flat is not None and layer.activation not in BOUNDED]
    if not at_risk:
        return None
    dead, units = sum(layer.dead for layer in at_risk), sum(layer.units for layer in at_risk)
    if not dead:
        return Symptom("dead units", "good", f"None of {units:,} hidden units is dead.")
    worst = max(layer.dead / layer.units for layer in at_risk)
    level = "bad" if worst > 2 * DEAD else "watch" if worst > DEAD else "good"
    verdict = (
        f"{dead:,} of {units:,} hidden units are dead: no gradient passes them in any of the rows, so they stay dead."
    )
    remedy = "Use leaky_relu, gelu or silu, or a lower learning rate; or fewer units, since dead ones do nothing."
    return Symptom("dead units", level, verdict, "" if level == "good" else remedy)


def _saturated(layers: Sequence[LayerHealth]) -> Symptom | None:
    at_risk = [layer for layer in layers if layer.flat is not None and layer.activation in BOUNDED]
    if not at_risk:
        return None
    flats = [layer.flat or 0.0 for layer in at_risk]
    level = "watch" if max(flats) > SATURATED else "good"
    verdict = (
        f"{np.mean(flats):.0%} of the outputs of the {at_risk[0].activation} units lie at the flat ends of their range."
    )
    remedy = "Use relu, gelu or silu, or a lower learning rate, or more l2, which keeps weights small."
    return Symptom("saturated units", level, verdict, "" if level == "good" else remedy)


def _gradients(layers: Sequence[LayerHealth]) -> Symptom | None:
    """The first layer's gradient beside the last's, both fully connected: those of the layers in front say little.

    An embedding's is 0 wherever a category is not met; one factor of a scaling gathers what many weights share.
    """
    sizes = [layer.gradient for layer in layers if layer.name not in FRONT]
    if None in sizes:
        remedy = "Use a lower learning rate, or a schedule with a warm-up."
        return Symptom("gradients", "bad", "Gradients are not finite: they have exploded.", remedy)
    if len(sizes) < 2 or not sizes[-1]:
        return None
    ratio = (sizes[0] or 0.0) / sizes[-1]
    verdict = f"The first layer's gradient is {ratio:.2g} times the last's"
    if ratio < VANISHED:
        remedy = "Use relu, gelu or silu, or fewer layers."
        return Symptom("gradients", "bad", f"{verdict}: gradients vanish on their way back.", remedy)
    if ratio > 1 / VANISHED:
        remedy = "Use a lower learning rate, or more l2."
        return Symptom("gradients", "bad", f"{verdict}: gradients explode on their way back.", remedy)
    return Symptom("gradients", "good", f"{verdict}: they reach every layer.")


def _fit(trial: Trial, training: float | None, validation: float | None, plain: float | None) -> Symptom | None:
    if training is None or validation is None or plain is None or training <= plain:
        return None
    lost = (training - validation) / (training - plain)
    facts = f"It scores {training:.4g} on rows it was trained on and {validation:.4g} on validation rows"
    turned = ""
    costs = trial.history.validation_costs
    lowest = int(np.argmin(np.where(np.isfinite(costs), costs, np.inf)))
    if lowest < len(costs) - 1 and costs[-1] > 1.1 * costs[lowest]:
        turned = f" Its validation cost was lowest after epoch {lowest + 1} of {len(costs)} and rose from there."
    if lost <= LOST:
        return Symptom("over-fitting", "good", f"{facts}: {max(lost, 0):.0%} of its gain over the baseline is lost.")
    verdict = f"{facts}: it over-fits, {lost:.0%} of its gain over the baseline is lost.{turned}"
    remedy = "Use dropout or more l2, fewer units, or more rows."
    return Symptom("over-fitting", "bad" if lost > 2 * LOST else "watch", verdict, remedy)


def _descent(trial: Trial) -> Symptom | None:
    costs = trial.history.validation_costs
    if len(costs) < 2 or trial.status != "done":
        return None
    best, before = trial.best.epoch + 1, costs[-max(len(costs) // 10, 1) - 1]
    fallen = (before - costs[-1]) / abs(before) if before else 0.0
    verdict = f"Its best epoch is {best} of {len(costs)}"
    if best > len(costs) * (1 - LATE) and fallen > FALLING:
        verdict += f", and its validation cost fell by {fallen:.0%} over the last tenth: it was still descending."
        return Symptom("still descending", "watch", verdict, "Use more epochs, or a higher learning rate.")
    return Symptom("still descending", "good", f"{verdict}.")


def _divergence(candidates: Sequence[Candidate]) -> Symptom:
    diverged = [c.member.describe()["optimizer"] for c in candidates if c.diverged_at is not None]
    if not diverged:
        return Symptom("diverged members", "good", "No member diverged.")
    by_optimizer = Counter(optimizer["name"] for optimizer in diverged)
    verdict = f"{len(diverged):,} of {len(candidates):,} members diverged: their cost was no longer a finite number. "
    verdict += "They are " + ", ".join(f"{count} with {name}" for name, count in by_optimizer.most_common())
    rates = [optimizer["learning_rate"] for optimizer in diverged if "learning_rate" in optimizer]
    verdict += f"; the lowest learning rate among them is {min(rates):.3g}." if rates else "."
    if len(diverged) <= len(candidates) / 4:
        return Symptom("diverged members", "good", f"{verdict} A few show that high enough rates were tried.")
    return Symptom("diverged members", "bad", verdict, "Use lower learning rates, or a schedule with a warm-up.")


def _score(selection: Selection, part: Part, rows: Table) -> float | None:
    if not len(rows.x):
        return None
    y = decode(np.asarray(rows.y), part.encoding)
    with np.errstate(all="ignore"):  # of a member that broke nothing is finite
        return _known(selection.metric.score(y, part.outputs(rows.x)))


def _baseline(selection: Selection, fold: Fold, training: Table, validation: Table) -> float | None:
    y_training, y = (decode(np.asarray(rows.y), fold.encoding) for rows in (training, validation))
    return _known(baseline(selection.metric, prior(selection.metric.n_classes, y_training), y))


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _root_mean_square(values: np.ndarray) -> float | None:
    return _known(float(np.sqrt(np.mean(np.square(values.astype(np.float64))))))
