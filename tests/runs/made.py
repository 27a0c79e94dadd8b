"""Runs as training leaves them, without the training."""

import dataclasses

import numpy as np
import pyarrow as pa

from schuss import runs
from schuss.diagnosis.health import Health, MemberHealth
from schuss.engine.data import Table
from schuss.engine.history import History
from schuss.engine.trial import BestEpoch, Trial
from schuss.member import Member
from schuss.selection.blending import Blend
from schuss.selection.calibration import Calibration
from schuss.selection.dataset import DataSpec
from schuss.selection.fold import Fold
from schuss.selection.metrics import metric
from schuss.selection.plan import Plan
from schuss.selection.selection import Candidate, Selection, ranking
from schuss.tables import Encoding

RANDOM = np.random.default_rng(0)
ROWS = 40
COLUMNS = {"a": RANDOM.normal(size=ROWS), "b": RANDOM.normal(5, 2, ROWS), "c": RANDOM.normal(size=ROWS)}
TARGETS = {3: list("xyz") * (ROWS // 3) + ["x"], 2: [True, False] * (ROWS // 2), 0: RANDOM.normal(100, 20, ROWS)}
"""Number of classes → target; none for numbers."""


def encoding_of(classes: int) -> Encoding:
    return Encoding.fit(pa.table(COLUMNS | {"y": TARGETS[classes]}), "y", np.arange(ROWS))


def trial(member=None, outputs=3, *, score=0.5, steps=5, **fields) -> Trial:
    """A trial as training leaves it, without the training."""
    member = member or Member((4, 5), "tanh", seed=1)
    history = History(lambda first, count: 0.1 / np.arange(first + 1, first + count + 1))
    history.add_steps(np.linspace(2, 1, steps))
    history.add_epochs(np.array([1.5, 0.75]), np.array([0.25, score]))
    network = member.build(3, outputs)
    best = BestEpoch(score, 0.75, 1)
    known = {"status": "done", "t": steps, "history": history, "best": best, "weights": network.initialize(member.seed)}
    loss = "cross_entropy" if member.loss == "auto" else member.loss
    known |= {"batch_size": 8, "loss": loss, "steps": steps, "per_epoch": 2, "patience": 9}
    return Trial(member, network, **known | fields)


def selection(*folds, classes=3, scores=None, shares=None, temperature=1.0) -> Selection:
    """What training leaves, without the training: for every fold its trials, one a member."""
    encoding, rows = encoding_of(classes), np.arange(ROWS)
    candidates = tuple(Candidate(trials, trials[0].best.score) for trials in zip(*folds, strict=True))
    if scores is not None:
        candidates = tuple(dataclasses.replace(c, score=s) for c, s in zip(candidates, scores, strict=True))
    table = Table(np.zeros((ROWS, 3), np.float32), np.zeros(ROWS, np.int32))
    blend = None if shares is None else Blend(np.array(shares), 1.0, ())
    calibration = None if temperature == 1 else Calibration(temperature, 0.7, 0.6, True)
    made = tuple(Fold(encoding, table, table, rows) for _ in folds)
    name = "accuracy" if classes else "r2"
    places = ranking(candidates)
    return Selection(
        Plan(epochs=2, patience=9),
        made,
        candidates,
        places,
        metric(name, classes),
        places[: len(shares or places)],
        blend,
        calibration,
        None,
        interrupted=False,
    )


def facts(classes=3, prior=None) -> runs.Facts:
    """What is known of a run that nothing was measured of."""
    settings = runs.Settings(DataSpec("data.csv", "y"), Plan(epochs=2, patience=9))
    return runs.Facts(
        settings=settings,
        task="classification" if classes else "regression",
        source="CSV",
        rows=runs.RowCounts(ROWS, 0, 0),
        fingerprint="0" * 64,
        prior=prior or ((1 / classes,) * classes if classes else (100.0,)),
        batch_size_reason=None,
        memory_reason="all fit",
        validation=None,
        test=None,
        health=Health(ROWS, (MemberHealth(0, (), None, None, ()),), ()),
        importance=None,
    )


def save(parent, name, trials, classes=3, **more):
    return runs.save(parent, name, facts(classes), selection(trials, classes=classes, **more))
