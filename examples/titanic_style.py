"""The Kaggle routine (A13) on a generated table of passengers: train.csv and test.csv → submission.csv.

The tables have what such tables have: identifiers, names nobody can use, missing ages and cabins, categories, counts,
fares with a long tail, and a sample of the submission.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from schuss.cli import app


def passengers(rows: int, seed: int = 0) -> pd.DataFrame:
    """A ship's passengers, and who survived: women, children and the first class more often."""
    rng = np.random.default_rng(seed)
    pclass, sex = (
        rng.choice([1, 2, 3], rows, p=[0.24, 0.21, 0.55]),
        rng.choice(["male", "female"], rows, p=[0.65, 0.35]),
    )
    age = np.clip(rng.normal(30, 14, rows), 0.5, 80).round(1)
    relatives = rng.poisson(0.9, rows)
    logit = 1.6 - 1.1 * (pclass - 1) + 2.7 * (sex == "female") + 1.5 * (age < 12) - 0.3 * relatives - 1.6
    survived = (rng.random(rows) < 1 / (1 + np.exp(-logit))).astype(int)
    cabin = [f"{rng.choice(list('ABCDE'))}{rng.integers(1, 120)}" for _ in range(rows)]
    title = np.where(sex == "male", "Mr", "Mrs")
    return pd.DataFrame(
        {
            "PassengerId": np.arange(1, rows + 1),
            "Survived": survived,
            "Pclass": pclass,
            "Name": [f"Passenger, {t}. No. {k}" for k, t in enumerate(title)],
            "Sex": sex,
            "Age": np.where(rng.random(rows) < 0.2, np.nan, age),
            "Relatives": relatives,
            "Fare": np.exp(rng.normal(3.5 - 0.7 * (pclass - 1), 0.6)).round(4),
            "Cabin": np.where((pclass == 1) & (rng.random(rows) < 0.8), cabin, None),
            "Embarked": rng.choice(["S", "C", "Q", None], rows, p=[0.72, 0.19, 0.085, 0.005]),
        }
    )


def main(folder: Path, members: int = 64) -> float:
    """Write the tables, train, predict, and return the share of the test rows that the submission has right."""
    table = passengers(1_300)
    train, test = table[:900], table[900:]
    train.to_csv(folder / "train.csv", index=False)
    test.drop(columns="Survived").to_csv(folder / "test.csv", index=False)
    test[["PassengerId"]].assign(Survived=0).to_csv(folder / "sample_submission.csv", index=False)

    runs = ["--runs", f"{folder}/runs"]
    schuss(f"inspect {folder}/train.csv --target Survived --id PassengerId".split())
    schuss(f"train {folder}/train.csv --target Survived --id PassengerId --members {members}".split() + runs)
    (run,) = (folder / "runs").iterdir()
    like = f"--like {folder}/sample_submission.csv -o {folder}/submission.csv"
    schuss(f"predict {run} {folder}/test.csv {like}".split())

    submission = pd.read_csv(folder / "submission.csv")
    return float((submission.Survived.to_numpy() == test.Survived.to_numpy()).mean())


def schuss(arguments: list[str]) -> None:
    """The command."""
    print(f"\n$ schuss {' '.join(arguments)}", flush=True)
    app(arguments, standalone_mode=False)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(f"accuracy on the test rows {main(Path(place)):.3f}", file=sys.stderr)
