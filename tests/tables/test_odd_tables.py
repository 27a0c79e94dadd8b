"""Odd tables, encodings and formats that must work from end to end."""

import json
import os
import re
import sqlite3
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.clumsy import N, good

QUICK = ["--members", "2", "--epochs", "3", "--optimizer", "adam", "--hidden-layer-sizes", "8"]
QUICK += ["--activation", "tanh", "--dropout", "0", "--l2", "0", "--learning-rate", "0.01"]

ESCAPES = ["\x1b[31mred", "[red]", "[/]", "two\nlines", "../x", "</script>", "=1+1", "l" * 10_000, ":smile:"]


@pytest.fixture(scope="module")
def odd():
    """A table of oddities, all of which are used or left out."""
    k = np.arange(N)
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "번호": [str(10**30 + int(n)) for n in k],
            "number": 2**62 + k,
            "infinite": np.where(k % 40 == 7, np.inf, np.where(k % 40 == 8, -np.inf, random.normal(size=N))),
            "huge": np.where(k % 2, 1e308, -1e308),
            "nothing": None,
            "city": [f"도시 {n % 100}" for n in k],
            "day": [date(2024, 1 + n % 12, 1 + n % 28) for n in k],
            **{name: random.normal(size=N) for name in ESCAPES},
            "구분": np.array([*ESCAPES[:7], "합격, 불합격", '"따옴표"', ":smile:"])[k % 10],
        }
    )


def test_odd_tables_are_trained_on_and_written_back(schuss, odd, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    name = "data/=x [red]\n\x1b[31m.csv"
    odd.to_csv(name, index=False)
    done = schuss("train", name, "--target", "구분", *QUICK)
    assert (done.status, done.err) == (0, "")
    assert all(letter.isprintable() or letter == "\n" for letter in done.out)
    assert "data/=x [red]\\n\\x1b[31m.csv (CSV" in done.out
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}--x-red-31m", folder.name)
    assert sorted(os.listdir()) == ["data", "runs"]
    told = json.loads(schuss("inspect", name, "--target", "구분", "--json").out)
    kinds = {column["name"]: column["kind"] for column in told["columns"]}
    assert list(kinds) == list(odd)
    assert {name: kind for name, kind in kinds.items() if name not in ESCAPES} == {
        "번호": "identifier",
        "number": "identifier",
        "infinite": "number",
        "huge": "number",
        "nothing": "unusable",
        "city": "category",
        "day": "date",
        "구분": "target",
    }
    rows = odd.drop(columns="구분").astype({"number": object})
    rows.loc[3, ["city", "infinite"]] = ["없던 도시", -1e308]
    rows.loc[4, ["city", "day", "huge"]] = None
    rows.to_csv("test.csv", index=False)
    assert schuss("predict", "latest", "test.csv").status == 0
    found = pd.read_csv("predictions.csv", dtype=str, keep_default_na=False)
    assert found.번호.tolist() == odd.번호.tolist()
    assert found.number.tolist() == odd.number.astype(str).tolist()
    labels = set(odd.구분)
    assert {label.removeprefix("'") if label == "'=1+1" else label for label in found.prediction} <= labels
    assert set(found.columns[3:]) == {f"probability_{label}" for label in labels}
    assert found.iloc[:, 3:].astype(float).sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    odd[["번호", "구분"]].iloc[::-3].to_csv("sample.csv", index=False)
    assert schuss("predict", "latest", "test.csv", "--like", "sample.csv", "-o", "s.csv").status == 0
    like = pd.read_csv("s.csv", dtype=str, keep_default_na=False)
    assert list(like) == ["번호", "구분"]
    assert like.번호.tolist() == odd.번호.iloc[::-3].tolist()
    assert like.구분.tolist() == found.prediction.iloc[::-3].tolist()
    monkeypatch.setenv("COLUMNS", "200")
    judged = schuss("evaluate", "latest", name)
    assert (judged.status, judged.err) == (0, "")
    assert all(letter.isprintable() or letter == "\n" for letter in judged.out)
    for label in ("\\x1b[31mred", "[red]", "[/]", "two\\nlines", ":smile:"):
        assert f"→ {label}" in judged.out
    assert schuss("export", "latest", "--to", "pytorch").status == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp949"])
def test_korean_is_read_in_any_encoding_and_written_as_utf_8(schuss, run, encoding):
    table = good()
    table.to_csv("표.csv", index=False, encoding=encoding)
    table[["id", "y"]].to_csv("예시.csv", index=False, encoding=encoding)
    assert schuss("predict", run, "표.csv", "--like", "예시.csv", "-o", "제출.csv").status == 0
    lines = Path("제출.csv").read_bytes().decode("utf-8").splitlines()
    assert lines[0] == "id,y"
    assert [line.split(",")[0] for line in lines[1:]] == table.id.tolist()
    assert {line.split(",")[1] for line in lines[1:]} <= {"합격", "불합격"}
    told = json.loads(schuss("evaluate", run, "표.csv", "--json").out)
    assert told["rows"] == N


def test_a_run_predicts_tables_of_other_formats_alike(schuss, run):
    table = good()
    table.to_csv("t.csv", index=False)
    table.to_csv("t.tsv.gz", index=False, sep="\t")
    table.to_parquet("t.parquet")
    table.to_json("t.jsonl", orient="records", lines=True, force_ascii=False)
    with sqlite3.connect("t.sqlite") as connection:
        table.to_sql("표", connection, index=False)
    connection.close()
    outcomes = set()
    for name in ("t.csv", "t.tsv.gz", "t.parquet", "t.jsonl", "t.sqlite"):
        assert schuss("predict", run, name).status == 0
        outcomes.add(Path("predictions.csv").read_bytes())
    assert len(outcomes) == 1
