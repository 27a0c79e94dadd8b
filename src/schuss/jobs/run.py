"""A run folder → the model in it, ready to predict."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from schuss.member import Member
from schuss.runs.check import n_classes_of
from schuss.runs.folder import RUN, WEIGHTS, find
from schuss.runs.leaderboard import rows_of
from schuss.runs.read import DISTILLED, REFIT, Weights, broken, read_record
from schuss.runs.record import Description, Record
from schuss.selection.metrics import metric
from schuss.selection.model import Model, Part, blended, network_of
from schuss.tables import Encoding


class Run:
    """A run read back: its record, its model and its best member, ready to predict.

    Args:
        folder: the run folder, or "latest" for the newest one in ``runs/``.

    Attributes:
        record: what run.json holds; see `schuss.runs.record`.
        roles: columns that had a part of their own in training.
        metric: by which the model was chosen.
        prior: the answer of the baseline; see `schuss.selection.metrics.prior`.
        model: the blend, or the network that was distilled from it.
        best: the best member alone.

    Raises:
        InputError: there is no such run, or its files are not what this version writes.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = find(folder)
        path = self.folder / RUN
        self.record = record = read_record(path)
        self.roles = record.settings.spec.roles
        self.metric = metric(record.metric, n_classes_of(record))
        self.prior = np.array(record.prior)
        shares = record.model.shares
        places = {record.best, *(place for place, _ in shares)}
        members = {
            place: _member(path, record.members[place].description, f"`$.members[{place}].description`")
            for place in places
        }
        encodings = {place: _encodings(record, place) for place in members}
        with Weights(self.folder / WEIGHTS) as weights:
            parts = {place: _parts(place, member, encodings[place], weights) for place, member in members.items()}
            student = _student(path, record, weights)
        self.best = blended(parts[record.best])
        blend = [replace(part, share=part.share * share) for place, share in shares for part in parts[place]]
        self.model = student or blended(blend, record.model.temperature)

    @property
    def files(self) -> tuple[Path, Path]:
        """The files of the folder that are read."""
        return self.folder / RUN, self.folder / WEIGHTS

    def _repr_html_(self) -> str:
        from schuss.report import html_of  # only notebooks ask for it

        return html_of(self.record)

    @property
    def leaderboard(self) -> list[dict[str, Any]]:
        """The members, best first, as leaderboard.csv has them."""
        return rows_of(self.record.members, self.record.ranking)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Columns that tell rows apart: those named as such in training, and those found."""
        found = (left.name for left in self.model.encoding.left_out if left.kind == "identifier")
        return tuple(dict.fromkeys([*self.roles.id, *found]))


def _encodings(record: Record, place: int) -> dict[str, Encoding]:
    """The encodings of a member's networks, by what stands before the names of their weights."""
    if record.refit is not None and place in record.model.again:
        return {REFIT: record.refit.fitted}
    return {f"{k}": fold.fitted for k, fold in enumerate(record.folds)}


def _member(path: Path, description: Description, where: str) -> Member:
    """A member, made again from its description, which stands at some place of the record.

    Raises:
        InputError: it cannot be, or it would be another: a hyperparameter that is missing must not become a default.
    """
    try:
        member = Member.from_description(description.as_dict())
    except (LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise broken(path, f"{where}: {error}") from error
    if Description.of(member.describe()) != description:
        raise broken(path, f"{where} lacks a hyperparameter")
    return member


def _student(path: Path, record: Record, weights: Weights) -> Model | None:
    """The network that predicts in the blend's place; None where the blend does."""
    found = record.student
    if found is None or found.fold is None or found.description is None:
        return None
    member, encoding = _member(path, found.description, "`$.distilled.description`"), found.fold.fitted
    network = network_of(member, encoding)
    return blended([Part(encoding, member, network, weights.read(DISTILLED, network))], found.temperature)


def _parts(place: int, member: Member, encodings: Mapping[str, Encoding], weights: Weights) -> list[Part]:
    """The networks of one member, one a fold, which share it evenly; or the one trained again."""
    parts = []
    for fold, encoding in encodings.items():
        network = network_of(member, encoding)
        own = weights.read(f"{fold}/{place}", network)
        parts.append(Part(encoding, member, network, own, 1 / len(encodings)))
    return parts
