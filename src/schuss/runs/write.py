"""The run folder: everything about one invocation of training, in files that execute nothing when read.

| file | what |
|---|---|
| run.json | settings, encoding, split, every member and its result, versions, machine, fingerprint of the data |
| leaderboard.csv | one member a row, best first |
| history.parquet | the cost of every mini-batch kept and the validation of every epoch, by member |
| members.safetensors | weights of every member: "member/layer/name" |
"""

import csv
import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
import numpy as np

from schuss.checkpoint import named_arrays
from schuss.evaluation import predict
from schuss.losses import LOSSES
from schuss.member import Member
from schuss.names import name_of
from schuss.network import Sequential
from schuss.search import last_cost, rank
from schuss.tables import Encoding, InputError
from schuss.trial import Trial
from schuss.types import Parameters

FORMAT = 1
"""Number of the folder's layout; a reader refuses others."""

LONGEST_NAME = 50
"""So many letters of the data's name are in the folder's."""


class Run:
    """A run read back: its record, and its best member ready to predict.

    Args:
        folder: the run folder, or "latest" for the newest one in ``runs/``.

    Raises:
        InputError: there is no such run, or its files are not what this version writes.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = find(folder)
        self.record = _read_record(self.folder / "run.json")
        try:
            self.encoding = Encoding.from_dict(self.record["encoding"])
            best = self.record["members"][self.record["best"]]
            self.member = Member.from_description(best["description"])
            self.network = self.member.build(
                len(self.encoding.inputs), self.record["outputs"], classes=bool(self.encoding.classes)
            )
        except (KeyError, IndexError, TypeError, ValueError) as error:
            missing = "no entry " if isinstance(error, KeyError) else ""
            raise _broken(self.folder / "run.json", f"{missing}{error}") from error
        self.weights = _read_weights(self.folder / "members.safetensors", self.record["best"], self.network)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Outputs [N, O] of the best member for encoded features x [N, I]: probabilities of the classes, or values."""
        return probabilities_or_values(predict(self.network, self.weights, x), bool(self.encoding.classes))


def probabilities_or_values(outputs: np.ndarray, classes: bool) -> np.ndarray:
    """Logits [N, O] → probabilities [N, classes], by softmax or, for O = 1, the sigmoid; values pass through."""
    if not classes:
        return outputs
    if outputs.shape[1] == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)  # softmax([0, z]) = [1−σ(z), σ(z)]
    powers = np.exp(outputs.astype(np.float64) - outputs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def find(folder: str | Path) -> Path:
    """The run folder of that name.

    Raises:
        InputError: there is none.
    """
    if str(folder) == "latest":
        found = list(Path("runs").glob("[!.]*/run.json"))
        if not found:
            raise InputError("runs/", "must hold a run", "none", "train first: schuss train digits")
        return max(found, key=lambda path: path.stat().st_mtime_ns).parent
    path = Path(folder)
    if not (path / "run.json").is_file():
        found = "a folder without run.json" if path.is_dir() else "no such folder"
        raise InputError(str(folder), "must be a run folder", found, "name a folder that `schuss train` has written")
    return path


def require_writable(parent: Path) -> None:
    """See that run folders can be made there: better before training than after.

    Raises:
        InputError: they cannot.
    """
    nearest = next(path for path in (parent, *parent.absolute().parents) if path.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        found = f"{nearest} may not be written to" if nearest.is_dir() else f"{nearest} is a file"
        raise InputError(str(parent), "must be a folder for runs", found, "name another with --runs")


def save(parent: Path, name: str, record: Mapping[str, Any], trials: Sequence[Trial]) -> Path:
    """Write a run folder ``<time>-<name>``; it appears whole or not at all.

    Args:
        parent: folder of the runs, made if need be.
        name: a word for the data.
        record: what is known beside the members: settings, encoding, split, test.
        trials: the members, in order.
    """
    now = datetime.now().astimezone()
    order = rank(trials)
    members = [_describe(trial) for trial in trials]
    whole = {"format": FORMAT, "created": now.isoformat(timespec="seconds"), **record}
    whole |= {"best": order[0], "ranking": order, "members": members, **surroundings()}
    folder = parent / f"{now:%Y%m%d-%H%M%S}-{name[:LONGEST_NAME]}"
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    partial.mkdir(parents=True)
    try:
        text = json.dumps(whole, indent=1, allow_nan=False, default=_plain) + "\n"
        (partial / "run.json").write_text(text, encoding="utf-8")
        _write_leaderboard(partial / "leaderboard.csv", trials, order)
        _write_history(partial / "history.parquet", trials)
        _write_weights(partial / "members.safetensors", trials)
        return _appear(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def surroundings() -> dict[str, Any]:
    """Versions and machine: with the same ones, the same seeds give the same bits."""
    libraries = ("schuss", "jax", "jaxlib", "numpy", "scikit-learn", "duckdb")
    found = np.show_config(mode="dicts")
    simd = found.get("SIMD Extensions", {}).get("found", []) if isinstance(found, dict) else []
    device = jax.devices()[0]
    machine = {"architecture": platform.machine(), "instructions": simd, "cores": os.cpu_count()}
    machine |= {"device": device.device_kind, "platform": device.platform}
    versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in libraries}}
    return {"versions": versions, "machine": machine}


def summary(trial: Trial) -> dict[str, Any]:
    """One row of the leaderboard: the result, then the choices."""
    score, cost, epoch = trial.best
    member = trial.member.describe()
    return {
        "score": finite(score),
        "cost": finite(cost if epoch >= 0 else last_cost(trial)),
        "status": trial.status if trial.diverged_at is None else f"diverged at step {trial.diverged_at}",
        "epochs": trial.epochs,
        "best_epoch": epoch + 1 if epoch >= 0 else None,
        "steps": trial.t,
        "seconds": round(trial.seconds, 3),
        "optimizer": member["optimizer"]["name"],
        "learning_rate": member["optimizer"].get("learning_rate"),
        "schedule": member["schedule"]["name"],
        "batch_size": trial.batch_size,
        "hidden_layer_sizes": member["network"] or ",".join(map(str, member["hidden_layer_sizes"])) or "none",
        "activation": "" if member["network"] else member["activation"],
        "dropout": member["dropout"],
        "l2": member["l2"],
        "loss": name_of(trial.loss, LOSSES),
        "seed": member["seed"],
    }


def _describe(trial: Trial) -> dict[str, Any]:
    resolved = {"batch_size": trial.batch_size, "loss": name_of(trial.loss, LOSSES)}
    return {
        "description": {**trial.member.describe(), **resolved},
        "batch_size_asked": trial.member.batch_size,
        "diverged_at": trial.diverged_at,
        **summary(trial),
    }


def _write_leaderboard(path: Path, trials: Sequence[Trial], order: Sequence[int]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = [{"rank": n + 1, "member": place, **summary(trials[place])} for n, place in enumerate(order)]
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_history(path: Path, trials: Sequence[Trial]) -> None:
    """Long form: kind "step" has cost and learning rate, kind "epoch" has validation cost and score."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    for place, trial in enumerate(trials):
        h = trial.history
        steps, epochs = len(h.steps), len(h.validation_costs)
        columns = {
            "member": np.full(steps + epochs, place, np.int32),
            "kind": ["step"] * steps + ["epoch"] * epochs,
            "number": np.concatenate([h.steps, np.arange(1, epochs + 1)]),
            "cost": np.concatenate([h.costs, h.validation_costs]),
            "learning_rate": [*h.learning_rates.tolist(), *[None] * epochs],
            "score": [*[None] * steps, *h.validation_scores.tolist()],
        }
        types = [pa.int32(), pa.string(), pa.int64(), pa.float64(), pa.float64(), pa.float64()]
        parts.append(pa.table(columns, schema=pa.schema(list(zip(columns, types, strict=True)))))
    pq.write_table(pa.concat_tables(parts), path)


def _write_weights(path: Path, trials: Sequence[Trial]) -> None:
    from safetensors.numpy import save_file

    tensors = {}
    for place, trial in enumerate(trials):
        if trial.weights is not None:
            tensors |= {f"{place}/{name}": array for name, array in named_arrays(trial.weights)}
    save_file(tensors, path)


def _read_weights(path: Path, place: int, network: Sequential) -> Parameters:
    """Weights of one member, checked against what its network has."""
    from safetensors import SafetensorError, safe_open

    template = network.initialize(0)
    try:
        with safe_open(path, framework="numpy") as file:
            arrays = [file.get_tensor(f"{place}/{name}") for name, _ in named_arrays(template)]
    except (SafetensorError, OSError) as error:
        raise _broken(path, f"{error}") from error
    for (name, wanted), found in zip(named_arrays(template), arrays, strict=True):
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            raise _broken(path, f"{place}/{name} is {found.dtype} {found.shape}, not {wanted.dtype} {wanted.shape}")
    return jax.tree.unflatten(jax.tree.structure(template), arrays)


def _read_record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _broken(path, f"{error}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        found = record.get("format") if isinstance(record, dict) else type(record).__name__
        raise _broken(path, f"format {found!r}, and this version reads format {FORMAT}")
    return record


def _broken(path: Path, found: str) -> InputError:
    return InputError(str(path), "must be as `schuss train` wrote it", found, "restore the file, or train again")


def _appear(partial: Path, folder: Path) -> Path:
    """Give a folder its name or, where another run has that already, the name and a number."""
    number, wanted = 1, folder
    while True:
        try:
            return partial.rename(wanted)  # the system refuses a folder that has files in it
        except OSError:
            if not wanted.exists():
                raise
        number += 1
        wanted = folder.with_name(f"{folder.name}-{number}")


def finite(value: float) -> float | None:
    """The number, or None: JSON has neither NaN nor infinity."""
    return float(value) if np.isfinite(value) else None


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as JSON has them."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{value!r} has no place in run.json")
