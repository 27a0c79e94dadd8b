"""A member's bits depend on the member and the data, not on its company, the workers, the calls or the process."""

import jax
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schuss.engine import cohort
from schuss.engine.train import train
from schuss.optimizers import SGD, Adam, Lion, Momentum
from tests.engine.population import (
    DIVERGES,
    EPOCHS,
    HELD,
    MIXED,
    TABLE,
    alone,
    assert_close_weights,
    assert_same_bits,
    member,
)
from tests.engine.processes import in_a_fresh_process


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("count", [2, 12])
def test_company_changes_no_bit(count, devices):
    for trial in train(MIXED[:count], TABLE, epochs=EPOCHS, devices=devices):
        assert_same_bits(trial, alone(trial.member))
        assert trial.status == ("diverged" if trial.member is MIXED[DIVERGES] else "done")


FRONT = {"frequencies": 3, "bins": 2, "scaling_speed": 20.0}


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize(
    ("common", "choices"),
    [
        (FRONT, [{}, {"frequency_scale": 2.0}, {"embedding_speed": 7.0}, {"scaling_speed": 3.0}, {"seed": 1}]),
        ({}, [{}, {"label_smoothing": 0.1}, {"label_smoothing": 0.6}]),
        ({}, [{}, {"averaging": 0.5}, {"averaging": 0.9}, {"clip_norm": 0.1}, {"averaging": 0.9, "clip_norm": 0.1}]),
    ],
    ids=["fronts", "smoothed labels", "averages and short gradients"],
)
def test_members_with_choices_of_their_own_are_themselves_in_company(common, choices, grouped):
    """Some share a program: neither first weights nor speeds, shares, lengths and averages are part of it."""
    together = train([member(**common | more) for more in choices], TABLE, epochs=EPOCHS, grouped=grouped)
    for trial in together:
        expected = alone(trial.member)
        if grouped:
            assert_close_weights(trial.weights, expected.weights, 1e-5)
        else:
            assert_same_bits(trial, expected)
    assert len({str([w.tobytes() for w in jax.tree.leaves(trial.weights)]) for trial in together}) == len(choices)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.builds(
            member,
            optimizer=st.sampled_from(
                [SGD(0.1), SGD(0.1, 0.9, True), Momentum(0.3), Adam(0.02), Lion(0.01), SGD(1e12)]
            ),
            hidden=st.just((8,)),
            activation=st.just("relu"),
            batch_size=st.sampled_from([33, 34, 36, 97, 100]),
            schedule=st.sampled_from(["constant", "cosine", "over_root_step"]),
            seed=st.integers(0, 2),
        )
        | st.builds(member, optimizer=st.sampled_from(["sgd", "rmsprop"]), batch_size=st.sampled_from([34, 36, 100])),
        min_size=2,
        max_size=6,
    ),
    st.integers(1, 3),
)
def test_no_population_changes_a_members_bits(members, devices):
    for trial in train(members, TABLE, epochs=EPOCHS, devices=devices):
        assert_same_bits(trial, alone(trial.member))


@pytest.mark.parametrize("seconds", [0, 1e9])
def test_where_calls_are_cut_changes_no_bit(seconds, monkeypatch):
    """A step a call, and all in one call, once the speed is known."""
    usual = train(MIXED[:2], TABLE, HELD, epochs=30, patience=3)
    monkeypatch.setattr(cohort, "CALL_SECONDS", seconds)
    for trial, expected in zip(train(MIXED[:2], TABLE, HELD, epochs=30, patience=3), usual, strict=True):
        assert_same_bits(trial, expected)


def fingerprint():
    """Trains a few members and returns their bits."""
    import numpy as np

    from schuss.engine.data import Table
    from schuss.engine.train import train
    from schuss.member import Member

    rng = np.random.default_rng(5)
    table = Table(rng.normal(size=(100, 3)), rng.integers(0, 3, 100))
    members = [Member((5,), "tanh", name, batch_size=36, seed=seed) for seed in (0, 1) for name in ("adam", "momentum")]
    return [w.tobytes().hex() for t in train(members, table, epochs=5) for p in t.weights for w in p.values()]


def test_one_seed_gives_the_same_bits_run_after_run():
    first = fingerprint()
    assert fingerprint() == first
    assert in_a_fresh_process(fingerprint) == first
    assert len(set(first)) == len(first)
