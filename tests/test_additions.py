"""A new optimizer, activation, loss or schedule is a class or a function and one line in its table; a layer is a class.

What is added here is then found wherever a user meets the package's own.
"""

import json
import re
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.datasets import load_iris

from schuss import palette
from schuss.activations import ACTIVATIONS
from schuss.diagnosis.health import layers_of
from schuss.diagnosis.probe import probe
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.export.pytorch import to_torch
from schuss.lab import style
from schuss.layers import Layer, Linear, Tanh
from schuss.losses import LOSSES, fits, losses_for
from schuss.member import Member
from schuss.network import Sequential
from schuss.optimizers import OPTIMIZERS, Optimizer
from schuss.runs.leaderboard import member_record
from schuss.schedules import SCHEDULES
from schuss.selection.selection import Candidate
from schuss.space import Space, sample


@dataclass(frozen=True)
class Glide(Optimizer):
    """w ← w − α·m with m ← keep·m + g."""

    learning_rate: float = 0.05
    keep: float = 0.5

    arrays = ("m",)
    below_one = ("keep",)
    learning_rates = (0.02, 0.08)
    look = palette.Look("#123456", "-.", "bowtie")

    def rule(self, g, w, s, alpha):
        m = self.keep * s.m + g
        return -alpha * m, s._replace(m=m)


def bend(z):
    return z / (1 + jnp.abs(z))


@fits("classification")
def ring(logits, target):
    return LOSSES["cross_entropy"](logits, target, label_smoothing=0.1)


@dataclass(frozen=True)
class Slope:
    last: float = 0.1

    def __call__(self, learning_rate, t, epoch, steps):
        return learning_rate * (1 - (1 - self.last) * (t - 1) / steps)


@dataclass(frozen=True)
class Scale(Layer):
    inputs: int

    def initialize(self, rng, dtype=np.float32):
        return {"gain": np.ones(self.inputs, dtype)}

    def apply(self, params, x, key=None):
        return params["gain"] * x


@pytest.fixture
def added(monkeypatch):
    """The one line of each."""
    monkeypatch.setitem(OPTIMIZERS, "glide", Glide)
    monkeypatch.setitem(ACTIVATIONS, "bend", bend)
    monkeypatch.setitem(LOSSES, "ring", ring)
    monkeypatch.setitem(SCHEDULES, "slope", Slope)


NAMED = {"optimizer": "glide", "activation": "bend", "loss": "ring", "schedule": "slope"}


def test_they_are_in_the_help(schuss, added):
    told = " ".join(schuss("train", "--help").out.replace("│", " ").split())
    for name in (
        "muon, glide.",
        "softmax, bend.",
        "one_cycle, slope.",
        "cross_entropy, ring; for two",
    ):
        assert name in told


def test_they_train_and_stand_in_every_face_of_a_run(schuss, added, tmp_path):
    options = [part for what, name in NAMED.items() for part in (f"--{what}", name)]
    quick = ["--members", 2, "--epochs", 3, "--hidden-layer-sizes", "8", "--dropout", 0, "--l2", 0]
    told = json.loads(schuss("train", "iris", *options, *quick, "--json").out)
    for member in told["leaderboard"]:
        assert {what: member[what] for what in NAMED} == NAMED
        low, high = Glide.learning_rates
        assert low <= member["learning_rate"] <= high
    (report,) = tmp_path.glob("runs/*/report.html")
    assert {"glide", "#123456", "bowtie"} <= set(re.findall(r"#?\w+", report.read_text("utf-8")))
    assert schuss("predict", "latest", "iris", "--output", "p.csv").status == 0
    refused = schuss("export", "latest", "--to", "onnx")
    assert refused.status == 2
    assert "the activation bend" in refused.err


def test_an_optimizer_that_is_drawn_is_in_the_default_space(added):
    drawn = [member.optimizer for member in sample(Space(), 90, rows=500)]
    rates = [rule.learning_rate for rule in drawn if isinstance(rule, Glide)]
    assert len(rates) >= 5
    assert Glide.learning_rates[0] <= min(rates) < max(rates) <= Glide.learning_rates[1]


def test_an_optimizer_that_is_not_drawn_waits_to_be_named(added, monkeypatch):
    monkeypatch.setattr(Glide, "drawn", False)
    assert not any(isinstance(member.optimizer, Glide) for member in sample(Space(), 90, rows=500))
    assert isinstance(sample(Space(optimizer=["glide"]), 1, rows=500)[0].optimizer, Glide)


def test_the_others_are_drawn_where_they_are_named(added):
    drawn = sample(Space(activation=["tanh", "bend"], schedule=["cosine", "slope"], loss=["ring"]), 90, rows=500)
    assert {member.activation for member in drawn} == {"tanh", "bend"}
    assert {type(member.schedule).__name__ for member in drawn} == {"Cosine", "Slope"}


def test_an_optimizer_races_in_its_colour(schuss, added):
    told = schuss("lab", "race", "--surface", "bowl", "--optimizer", "sgd,glide")
    assert (told.status, told.err) == (0, "")
    assert "glide" in told.out
    assert style.optimizer_line("glide") == {"color": "#123456", "linestyle": "-."}


def test_a_loss_is_refused_where_it_does_not_fit(schuss, added):
    refused = schuss("train", "diabetes", "--loss", "ring")
    assert refused.status == 2
    assert "'ring'" in refused.err
    assert "ring" in losses_for("classification", 3)
    assert "ring" not in losses_for("regression")


def test_a_loss_that_does_not_say_what_it_fits_is_taken_at_its_word(monkeypatch):
    monkeypatch.setitem(LOSSES, "own", lambda prediction, target: jnp.sum((prediction - target) ** 4, axis=1))
    assert "own" in losses_for("classification", 2)
    assert "own" in losses_for("regression")


def test_a_layer_trains_is_ranked_examined_and_not_exported():
    x, y = load_iris(return_X_y=True)
    rows = Table(x, y)
    network = Sequential(Scale(4), Linear(4, 3), Tanh(), Linear(3, 3))
    (trial,) = train([Member(network=network)], rows, rows, epochs=2)
    assert np.any(trial.weights[0]["gain"] != 1)
    assert member_record(Candidate((trial,), 0.5)).hidden_layer_sizes == "Scale → 3 tanh → 3"
    assert [layer.name for layer in layers_of(network.layers, probe(trial, rows))] == ["Scale", "Linear", "Linear"]
    with pytest.raises(ValueError, match=r"layer 0 .*Scale"):
        to_torch(network, trial.weights)
