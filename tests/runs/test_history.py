"""history.parquet is read back, and refused where it is missing, damaged or not of the run."""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.report import curves
from schuss.runs import history, read_record
from schuss.tables import InputError
from tests.runs.made import save, trial


@pytest.fixture
def run_and_record(tmp_path):
    folder = save(tmp_path, "data", [trial(score=0.25), trial(score=0.75)])
    return folder, read_record(folder / "run.json")


def test_what_was_written_is_read(run_and_record):
    folder, record = run_and_record
    found = history.read(folder / "history.parquet", record, [1])
    wanted = pd.read_parquet(folder / "history.parquet").query("member == 1 and fold == 0")
    assert list(found) == list(wanted)
    for name in found:
        assert (pd.Series(found[name]).isna() == wanted[name].isna().to_numpy()).all()
        np.testing.assert_array_equal(found[name], wanted[name])


def rewritten(change):
    """The file with another table in it."""

    def damage(path):
        pq.write_table(change(pq.read_table(path)), path)

    return damage


def column(name, values):
    return rewritten(lambda table: table.set_column(table.column_names.index(name), name, values(table[name])))


def nothing(found):
    return pa.nulls(len(found), found.type)


def overwritten(path):
    content = path.read_bytes()
    path.write_bytes(content[:4] + b"\xff" * 150 + content[154:])


DAMAGES = {
    "missing": (os.unlink, "No such file"),
    "empty": (lambda path: path.write_bytes(b""), "size is 0 bytes"),
    "cut": (lambda path: path.write_bytes(path.read_bytes()[:-9]), "not a parquet file"),
    "other bytes": (lambda path: path.write_bytes(b"PAR1" + b"\0" * 99 + b"PAR1"), ""),
    "damaged pages": (overwritten, ""),
    "a pipe": (lambda path: (path.unlink(), os.mkfifo(path)), "it is no plain file"),
    "a link": (lambda path: (path.rename(path.with_name("h")), path.symlink_to(path.with_name("h"))), "it is a link"),
    "too many rows": (rewritten(lambda table: pa.concat_tables([table] * 9)), "it holds 126 rows, but the members"),
    "a column less": (rewritten(lambda table: table.drop_columns("cost")), "its columns are not fold (int32), member"),
    "words for costs": (column("cost", lambda cost: cost.cast(pa.string())), "its columns are not fold (int32)"),
    "no numbers": (column("number", nothing), "the number of a step or an epoch is missing or out of range"),
    "a step before the first": (column("number", lambda n: pa.array([-1] * len(n))), "is missing or out of range"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_refused(run_and_record, damage, said):
    folder, record = run_and_record
    damage(folder / "history.parquet")
    with pytest.raises(InputError) as caught:
        curves.read(folder / "history.parquet", record)
    assert str(caught.value).startswith(f"{folder}/history.parquet: This is not what `schuss train` wrote: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["kind", "cost", "learning_rate", "score"])
def test_what_is_missing_in_other_columns_is_a_gap(run_and_record, name):
    folder, record = run_and_record
    column(name, nothing)(folder / "history.parquet")
    curves.section_of(record, curves.read(folder / "history.parquet", record))
