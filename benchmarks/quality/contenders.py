"""One contender on one table in a process of its own: it learns four fifths of the rows and is judged by the others.

``python -m benchmarks.quality.contenders CONTENDER TABLE SEED`` prints what was measured as one line of JSON, and
``python -m benchmarks.quality.contenders`` the version of every contender, null where a package is missing.
"""

import functools
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.contenders import CORES
from benchmarks.quality.memory import Peak
from benchmarks.quality.tables import Split, split

ROOT = Path(__file__).parents[2]
SCHUSS = {
    "schuss": [],
    **{f"schuss {seconds}s": ["--budget", f"{seconds}s"] for seconds in (5, 15, 30, 60)},
    "schuss high": ["--quality", "high"],
}
"""Contender → what it adds to ``schuss train``."""

PEERS = {
    "HistGradientBoosting": ("scikit-learn",),
    "MLP": ("scikit-learn",),
    "LightGBM-TD": ("pytabkit", "lightgbm"),
    "CatBoost-TD": ("pytabkit", "catboost"),
    "RealMLP-TD": ("pytabkit", "torch"),
    "TabM-D": ("pytabkit", "torch"),
}
"""Contender → the packages that it is made of."""

PYTABKIT = {"LightGBM-TD": "LGBM_TD", "CatBoost-TD": "CatBoost_TD", "RealMLP-TD": "RealMLP_TD", "TabM-D": "TabM_D"}
MISSING = "(missing)"
SMALLEST = 1e-7
"""Probabilities below this count as this."""


class Answer(NamedTuple):
    """Seconds of the whole fit and of predicting, and what was predicted: a column for each class in order, or one."""

    seconds: float
    predict_seconds: float
    predictions: np.ndarray


def command(arguments: list[str], table: Split, seed: int) -> Answer:
    """``schuss train`` and ``schuss predict``, from start to end, with nothing compiled yet."""
    task = "classification" if table.classes else "regression"
    train = ["train", "training.parquet", "--target", table.target, "--task", task, "--random-state", str(seed)]
    with tempfile.TemporaryDirectory() as folder:
        table.training.to_parquet(f"{folder}/training.parquet")
        table.test.drop(columns=table.target).to_parquet(f"{folder}/test.parquet")
        seconds = _seconds([*train, *arguments], folder)
        predict_seconds = _seconds(["predict", "latest", "test.parquet"], folder)
        predicted = pd.read_csv(f"{folder}/predictions.csv")
    columns = [f"probability_{each}" for each in _classes(table)] if table.classes else ["prediction"]
    return Answer(seconds, predict_seconds, predicted[columns].to_numpy().squeeze())


def _seconds(arguments: list[str], folder: str) -> float:
    environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
    started = time.perf_counter()
    program = Path(sys.executable).with_name("schuss")
    subprocess.run([program, *arguments], cwd=folder, env=environment, stdout=sys.stderr, check=True)
    return time.perf_counter() - started


def library(name: str, table: Split, seed: int) -> Answer:
    """An estimator of a library; what imports it is not timed."""
    training, test = (_categories(part, table) for part in (table.training, table.test))
    y = table.training[table.target].to_numpy(dtype=object if table.classes else float)
    model = (_pytabkit if name in PYTABKIT else _scikit_learn)(name, table.classes, seed)
    started = time.perf_counter()
    model.fit(training, y)
    fitted = time.perf_counter()
    predictions = model.predict_proba(test) if table.classes else model.predict(test)
    return Answer(fitted - started, time.perf_counter() - fitted, np.asarray(predictions, dtype=float).squeeze())


def _categories(part: pd.DataFrame, table: Split) -> pd.DataFrame:
    """The features, text as categories: those of the training rows, and one for what is missing or new."""
    features = part.drop(columns=table.target)
    for column in features.columns:
        if not pd.api.types.is_numeric_dtype(features[column]):
            known = [*sorted(table.training[column].dropna().unique()), MISSING]
            text = features[column].astype(object)
            features[column] = pd.Categorical(text.where(text.isin(known), MISSING), categories=known)
    return features


def _scikit_learn(name: str, classes: bool, seed: int):
    """Both with their defaults; the first takes at most 255 categories a column, and no table has more."""
    from sklearn.compose import TransformedTargetRegressor, make_column_selector, make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    if name == "HistGradientBoosting":
        kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
        return kind(categorical_features="from_dtype", random_state=seed)
    network = MLPClassifier(random_state=seed) if classes else MLPRegressor(random_state=seed)
    if not classes:
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    inputs = make_column_transformer(
        (make_pipeline(_imputer(), StandardScaler()), make_column_selector(dtype_include="number")),
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include="category")),
        sparse_threshold=0,
    )
    return make_pipeline(inputs, network)


def _pytabkit(name: str, classes: bool, seed: int):
    """The tuned defaults of pytabkit, which takes no missing numbers."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.pipeline import make_pipeline

    kind = getattr(importlib.import_module("pytabkit"), f"{PYTABKIT[name]}_{'Classifier' if classes else 'Regressor'}")
    model = kind(n_cv=1, n_refit=0, random_state=seed, device="cpu", n_threads=CORES)
    inputs = make_column_transformer(
        (_imputer(), make_column_selector(dtype_include="number")),
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    return make_pipeline(inputs.set_output(transform="pandas"), model)


def _imputer():
    from sklearn.impute import SimpleImputer

    return SimpleImputer(strategy="median", add_indicator=True)


CONTENDERS: dict[str, Callable[[Split, int], Answer]] = {
    **{name: functools.partial(command, arguments) for name, arguments in SCHUSS.items()},
    **{name: functools.partial(library, name) for name in PEERS},
}


def measured(contender: str, name: str, seed: int) -> dict[str, float | None]:
    table = split(name, seed)
    with Peak(of_children=contender in SCHUSS) as peak:
        answer = CONTENDERS[contender](table, seed)
    score, log_loss = judged(answer.predictions, table)
    return {
        "score": score,
        "log_loss": log_loss,
        "seconds": answer.seconds,
        "predict_seconds": answer.predict_seconds,
        "memory_mib": peak.mib,
    }


def judged(predictions: np.ndarray, table: Split) -> tuple[float, float | None]:
    """Accuracy and log loss of classes; root mean squared error, and nothing else, of numbers."""
    truth = table.test[table.target].to_numpy()
    if not table.classes:
        return float(np.sqrt(np.mean((predictions - truth) ** 2))), None
    places = np.searchsorted(_classes(table), truth.astype(str))
    given = predictions[np.arange(len(truth)), places]
    log_loss = -np.log(np.clip(given, SMALLEST, 1)).mean()
    return float(np.mean(predictions.argmax(axis=1) == places)), float(log_loss)


def _classes(table: Split) -> np.ndarray:
    return np.unique(table.training[table.target].to_numpy().astype(str))


def versions() -> dict[str, str | None]:
    """Contender → version; that of schuss is the last commit of its source."""
    return {**{name: _commit() for name in SCHUSS}, **{name: _version(packages) for name, packages in PEERS.items()}}


def _version(packages: tuple[str, ...]) -> str | None:
    try:
        return " + ".join(f"{package} {metadata.version(package)}" for package in packages)
    except metadata.PackageNotFoundError:
        return None


def _commit() -> str | None:
    if not Path(sys.executable).with_name("schuss").exists():
        return None
    git = functools.partial(subprocess.check_output, cwd=ROOT, text=True)
    changed = git(["git", "status", "--porcelain", "--", "src"])
    return git(["git", "log", "-1", "--format=%h", "--", "src"]).strip() + ("-dirty" if changed else "")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if len(sys.argv) == 1:
        print(json.dumps(versions()))
    else:
        with tempfile.TemporaryDirectory() as elsewhere:  # some libraries write into the working folder
            os.chdir(elsewhere)
            line = measured(sys.argv[1], sys.argv[2], int(sys.argv[3]))
            os.chdir(ROOT)
        print(json.dumps(line))
