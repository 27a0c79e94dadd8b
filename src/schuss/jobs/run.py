"""A run folder → the model in it, ready to predict."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from schuss.member import Member
from schuss.runs.folder import RUN, WEIGHTS, find
from schuss.runs.read import REFIT, Weights, broken, read_record
from schuss.selection.metrics import metric
from schuss.selection.model import Part, blended
from schuss.tables import Encoding, Roles


class Run:
    """A run read back: its record, its model and its best member, ready to predict.

    Args:
        folder: the run folder, or "latest" for the newest one in ``runs/``.

    Attributes:
        record: what run.json holds.
        roles: columns that had a part of their own in training.
        metric: by which the model was chosen.
        prior: the answer of the baseline; see `schuss.selection.metrics.prior`.
        model: the blend.
        best: the best member alone.

    Raises:
        InputError: there is no such run, or its files are not what this version writes.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = find(folder)
        path = self.folder / RUN
        self.record = read_record(path)
        try:
            encodings = _encodings(self.record)
            classes = len(next(iter(encodings.values())).classes)
            shares = [(_whole(place), float(share)) for place, share in self.record["model"]["shares"]]
            temperature = float(self.record["model"]["temperature"])
            whole = math.isclose(sum(share for _, share in shares), 1, abs_tol=1e-6)
            if not (whole and all(share > 0 for _, share in shares) and 0 < temperature < math.inf):
                raise ValueError("shares or the temperature of the model are out of their range")
            best = _whole(self.record["best"])
            self.roles = Roles(**self.record["settings"]["roles"])
            self.metric = metric(str(self.record["metric"]), classes)
            self.prior = _prior(self.record["prior"], classes)
            members = {p: self._member(p) for p in {best, *(place for place, _ in shares)}}
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            missing = "no entry " if isinstance(error, KeyError) else ""
            raise broken(path, f"{missing}{error}") from error
        with Weights(self.folder / WEIGHTS) as weights:
            parts = {place: _parts(place, member, encodings, weights) for place, member in members.items()}
        self.best = blended(parts[best])
        blend = [replace(part, share=part.share * share) for place, share in shares for part in parts[place]]
        self.model = blended(blend, temperature)

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
        apart = ("description", "batch_size_asked", "diverged_at")
        places = self.record["ranking"]
        rows = [{k: v for k, v in self.record["members"][place].items() if k not in apart} for place in places]
        return [
            {"rank": n + 1, "member": place, **row} for n, (place, row) in enumerate(zip(places, rows, strict=True))
        ]

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Columns that tell rows apart: those named as such in training, and those found."""
        found = (left.name for left in self.model.encoding.left_out if left.kind == "identifier")
        return tuple(dict.fromkeys([*self.roles.id, *found]))

    def _member(self, place: int) -> Member:
        return Member.from_description(self.record["members"][place]["description"])


def _encodings(record: Mapping[str, Any]) -> dict[str, Encoding]:
    """The encodings of the model's networks, by what stands before the names of their weights: one target for all."""
    again = record[REFIT]
    folds = {f"{k}": fold for k, fold in enumerate(record["folds"])} if again is None else {REFIT: again}
    found = {prefix: Encoding.from_dict(fold["encoding"]) for prefix, fold in folds.items()}
    if len({(encoding.target, encoding.classes) for encoding in found.values()}) != 1:
        raise ValueError("the folds have different targets" if found else "there are no folds")
    return found


def _prior(shares: Any, classes: int) -> np.ndarray:
    found = np.asarray(shares, np.float64)
    if found.shape != (classes or 1,):
        raise ValueError(f"prior has the shape {found.shape}")
    if not np.isfinite(found).all() or (classes and (found < 0).any()):
        raise ValueError(f"prior must be finite and, of classes, ≥ 0, however: {found}")
    return found


def _whole(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"a place must be a whole number ≥ 0, however: {value!r}")
    return value


def _parts(place: int, member: Member, encodings: Mapping[str, Encoding], weights: Weights) -> list[Part]:
    """The networks of one member, one a fold, which share it evenly; or the one trained again."""
    parts = []
    for fold, encoding in encodings.items():
        classes = bool(encoding.classes)
        outputs = len(encoding.classes) or 1
        inputs = encoding.numbers + len(encoding.embeddings)
        network = member.build(inputs, outputs, classes=classes, embeddings=encoding.embeddings)
        own = weights.read(f"{fold}/{place}", network)
        parts.append(Part(encoding, member, network, own, 1 / len(encodings)))
    return parts
