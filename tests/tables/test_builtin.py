"""Built-in tables against scikit-learn's own frames, and the claims about the generated ones."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from schuss.tables import BUILTIN, Encoding, fingerprint, load_builtin, place, split_table


@pytest.mark.parametrize("name", ["digits", "breast_cancer", "wine", "iris", "diabetes"])
def test_scikit_learns_tables(name):
    table, target, description = load_builtin(name)
    data = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = data.frame
    if isinstance(data.get("target_names", [0])[0], str):
        frame["target"] = [str(data.target_names[k]) for k in frame["target"]]
    pd.testing.assert_frame_equal(table.to_pandas(), frame, check_dtype=False, check_column_type=False)
    assert target == "target"
    assert f"{table.num_rows:,}" in description
    assert place(table, 0) == f"{name}, row 1"


@pytest.mark.parametrize("name", BUILTIN)
def test_every_table_can_be_split_and_encoded(name):
    table, target, _ = load_builtin(name)
    rows = split_table(table, target, test=0.2)
    encoding = Encoding.fit(table, target, rows.training)
    X, y = encoding.features(table), encoding.targets(table)
    assert X.shape == (table.num_rows, table.num_columns - 1 - len(encoding.left_out))
    assert {column.kind for column in encoding.left_out} == ({"constant"} if name == "digits" else set())
    assert encoding.task == ("regression" if name == "diabetes" else "classification")
    skewed = 0.05 if name == "digits" else 0.0  # by clipping pixels that are mostly 0
    assert np.abs(np.mean(X[rows.training], axis=0)).max() < 0.05 + skewed
    assert 1 < np.abs(X).max() < 3
    if encoding.task == "classification":
        assert set(y[rows.validation]) == set(y[rows.test]) == set(range(len(encoding.classes)))
    assert fingerprint(load_builtin(name)[0]) == fingerprint(table)


@pytest.mark.parametrize(("name", "line", "near", "rows"), [("xor", 0.65, 0.85, 400), ("spirals", 0.7, 0.97, 1000)])
def test_no_line_separates_the_generated_classes_but_neighbours_do(name, line, near, rows):
    table, target, _ = load_builtin(name)
    X = np.stack([table["x0"].to_numpy(), table["x1"].to_numpy()], axis=1)
    y = table[target].to_numpy()
    assert X.shape == (rows, 2)
    assert 0.4 < y.mean() < 0.6
    assert LogisticRegression().fit(X, y).score(X, y) < line
    half = rows // 2
    assert KNeighborsClassifier(5).fit(X[:half], y[:half]).score(X[half:], y[half:]) > near


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"There is no built-in table 'digit'. Did you mean 'digits'\?"):
        load_builtin("digit")
    assert isinstance(load_builtin("xor")[0], pa.Table)
