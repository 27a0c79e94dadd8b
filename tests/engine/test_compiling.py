"""What is compiled, how often, and how many programs are kept."""

import gc
import weakref

import jax
import numpy as np
import pytest

from schuss.engine import crew, program
from schuss.engine.data import Table
from schuss.engine.train import train
from schuss.member import Member
from schuss.optimizers import SGD, AdaGrad, Adam, AMSGrad
from schuss.schedules import Cosine, OneCycle
from tests.engine.population import CLASSES, HELD, ROWS, TABLE, X, member


@pytest.fixture(scope="module")
def compilations():
    """The names of what has been compiled so far, loaded from the cache included."""
    found = []

    def listen(event, duration, **more):
        if event == "/jax/core/compile/backend_compile_duration":
            found.append(more)

    jax.monitoring.register_event_duration_secs_listener(listen)
    return found


def test_new_values_compile_nothing(compilations):
    def varied(optimizer, seed=0, schedule="constant", **more):
        common = {
            "batch_size": 36,
            "dropout": 0.2,
            "l2": 0.1,
            "label_smoothing": 0.1,
            "clip_norm": 1.0,
            "averaging": 0.5,
        }
        more = common | more
        return member(optimizer, seed=seed, schedule=schedule, **more)

    train([varied("adam"), varied("sgd"), varied(AMSGrad())], TABLE, HELD, epochs=3)
    before = len(compilations)
    members = [varied(Adam(0.5, 0.8, 0.9, 1e-3, weight_decay=0.1)), varied(SGD(0.1, 0.5)), varied(AMSGrad(0.3, 0.5))]
    members += [varied("sgd", schedule=each) for each in (Cosine(), OneCycle(), lambda a, t, epoch, steps: a / t**2)]
    members += [varied("sgd", seed=7), varied("sgd", dropout=0.7), varied("sgd", l2=3.0), varied("sgd", batch_size=33)]
    members += [varied("sgd", label_smoothing=0.3), varied("sgd", clip_norm=9.0), varied("sgd", averaging=0.9)]
    train(members, TABLE, HELD, epochs=11, patience=2, devices=2)
    fewer = Table(X[:97], CLASSES[:97]), Table(X[ROWS:-1], CLASSES[ROWS:-1])
    train(members[:3], *fewer, epochs=2)  # 97 … 104 rows share their programs, and so do 30 and 29
    train([varied(SGD(1e9)), varied("adam")], TABLE, HELD, epochs=3)
    assert len(compilations) == before
    train([varied(SGD(1e9))], TABLE, HELD, epochs=3)  # alone: the program with both rules will do
    assert len(compilations) == before
    train([varied(AdaGrad(), hidden=(6,))], TABLE, HELD, epochs=1)
    assert len(compilations) == before + 1


def test_scales_and_speeds_of_what_stands_in_front_compile_nothing(compilations, monkeypatch):
    """Only the weights that members begin with, and how fast they move, differ."""
    monkeypatch.setattr(program, "_programs", {})
    fronts = [{}, {"frequency_scale": 2.0}, {"embedding_speed": 7.0}, {"scaling_speed": 3.0}]
    members = [member(**{"frequencies": 3, "bins": 2, "scaling_speed": 20.0} | more) for more in fronts]
    before = len(compilations)
    trials = train(members, TABLE, epochs=2)
    assert len(compilations) == before + 1
    begun = [trial.network.initialize(0)[0]["w"] for trial in trials]
    assert [np.array_equal(w, begun[0]) for w in begun] == [True, False, True, True]
    assert len({trial.weights[0]["w"].tobytes() for trial in trials}) == len(trials)
    train([member(frequencies=4, scaling_speed=20.0)], TABLE, epochs=2)
    assert len(compilations) == before + 2


def test_programs_in_use_are_limited_and_old_ones_go(monkeypatch):
    """Each takes hundreds of maps of memory; a population of many shapes must not use up what a process may have."""
    monkeypatch.setattr(program, "_programs", {})
    monkeypatch.setattr(program, "MOST_PROGRAMS", 3)
    monkeypatch.setattr(crew, "OPEN_PROGRAMS", 2)
    shapes, watched = [], {}

    class Watched(program.Program):
        def __init__(self, shape):
            super().__init__(shape)
            shapes.append(shape)
            watched[shape] = weakref.ref(self)

    monkeypatch.setattr(program, "Program", Watched)
    members = [Member((width,), seed=seed) for width in (2, 3, 4, 5, 6) for seed in (0, 1)]
    trials = train(members, TABLE, epochs=2, devices=1)  # a worker held up by others may find its program gone
    assert [trial.status for trial in trials] == ["done"] * 10
    assert len(shapes) == len(set(shapes)) == 5  # each compiled once
    gc.collect()
    assert sum(made() is not None for made in watched.values()) <= 3
