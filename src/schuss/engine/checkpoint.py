"""Stop and go on: everything a run needs to continue exactly where it was, in one file.

The file is safetensors: arrays under "member/what", and the plain facts as JSON in its header. Nothing in it executes
when read. It is replaced whole, so there is always one that can be read.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from schuss.engine.cohort import Cohort
from schuss.engine.data import Data
from schuss.engine.history import History
from schuss.engine.trial import BestEpoch, Trial

FORMAT = 2
"""Number of the file's layout, which is part of its identity."""

FACTS = ("status", "t", "diverged_at", "seconds", "best")
"""Fields of a trial that are plain values."""


def save(path: Path, cohorts: Sequence[Cohort], data: Data) -> None:
    """Write down how far every member is; cohorts may be training meanwhile: each is taken between two of its calls."""
    from safetensors.numpy import save_file

    arrays: dict[str, np.ndarray] = {}
    facts: list[dict[str, Any]] = []
    for cohort in cohorts:
        with cohort.between_calls:
            states = cohort.states()
            for trial, state in zip(cohort.trials, states, strict=True):
                facts.append({name: getattr(trial, name) for name in (*FACTS, "batch_size")})
                kept = {"state": state, "weights": trial.weights, "history": _arrays(trial)}
                arrays |= {f"{len(facts) - 1}/{name}": array for name, array in named_arrays(kept)}
    partial = path.with_name(f".{path.name}.partial")
    try:
        save_file(arrays, partial, metadata={"identity": identity(cohorts, data), "facts": json.dumps(facts)})
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def restore(path: Path, cohorts: Sequence[Cohort], data: Data) -> None:
    """Put every member where the file says it was.

    Raises:
        ValueError: the file is of other members or other data.
    """
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
        facts = json.loads(header.get("facts", "[]"))
        if header.get("identity") != identity(cohorts, data):
            raise ValueError(_refusal(path, facts, cohorts))
        found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  a file is no mapping
    numbers = iter(range(len(facts)))
    for cohort in cohorts:
        states = []
        for trial in cohort.trials:
            number = next(numbers)
            for name in FACTS:
                setattr(trial, name, facts[number][name])
            trial.best = BestEpoch(*trial.best)
            arrays = {name: found[f"{number}/history/{name}"] for name in _arrays(trial)}
            trial.history = History(trial.rates)
            trial.history.add_steps(arrays["costs"])
            trial.history.add_epochs(arrays["validation_costs"], arrays["validation_scores"])
            template = cohort.program.initial_state(trial.network, trial.member.seed, data.training.x.dtype)
            if not trial.open and f"{number}/{named_arrays({'weights': template.params})[0][0]}" in found:
                trial.weights = _filled(template.params, f"{number}/weights", found)
            states.append(_filled(template, f"{number}/state", found))
        cohort.resume(states)


def identity(cohorts: Sequence[Cohort], data: Data) -> str:
    """A hash of the members, their groups and the data: what must be the same for numbers to go on the same."""
    digest = hashlib.sha256(f"checkpoint {FORMAT}".encode())
    for cohort in cohorts:
        plans = [(t.member, t.network, t.loss, t.batch_size, t.steps, t.patience) for t in cohort.trials]
        # A function of the user's own shows its address, which is another one in the next process.
        digest.update(re.sub(" at 0x[0-9a-f]+", "", repr((cohort.grouped, plans))).encode())
    digest.update(repr((data.outputs, data.classification, data.embeddings, data.quantities, data.by_cost)).encode())
    starts = [trial.start for cohort in cohorts for trial in cohort.trials]
    for array in jax.tree.leaves((data.training, data.validation, starts)):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def named_arrays(tree: Any) -> list[tuple[str, np.ndarray]]:
    """Every array of a tree with its path: "state/params/0/W"."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="/"), np.asarray(array)) for path, array in leaves]


def _arrays(trial: Trial) -> dict[str, np.ndarray]:
    """What the file keeps of a history."""
    return {name: getattr(trial.history, name) for name in ("costs", "validation_costs", "validation_scores")}


def _refusal(path: Path, facts: Sequence[dict[str, Any]], cohorts: Sequence[Cohort]) -> str:
    """Why the file cannot be gone on from; mini-batches differ where memory has changed."""
    then, now = [fact.get("batch_size") for fact in facts], [t.batch_size for c in cohorts for t in c.trials]
    for before, after in zip(then, now, strict=False):
        if len(then) == len(now) and before is not None and before != after:
            return (
                f"{path} was begun with mini-batches of {before:,} rows, and now they would have {after:,}: free as "
                f"much memory as there was, or train members with batch_size={before}."
            )
    return f"{path} is a checkpoint of other members or other data. Train those, or name another file."


def _filled(template: Any, place: str, found: dict[str, np.ndarray]) -> Any:
    """The template with the arrays found under a place; None if there are none."""
    names = [f"{place}/{name}" for name, _ in named_arrays(template)]
    if not all(name in found for name in names):
        return None
    return jax.tree.unflatten(jax.tree.structure(template), [found[name] for name in names])
