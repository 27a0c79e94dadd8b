"""Predictions as a table: the sample's columns, order and identifiers; what spreadsheets would run; the file itself."""

import os
import re
import stat

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from schuss.jobs.submission import columns_like, harmless, own_columns, write_csv
from schuss.member import Member
from schuss.selection.model import Model, Part
from schuss.tables import Encoding, InputError, read
from schuss.tables.reading.read import read_as_written
from schuss.tables.source import Source

N = 6
TWO = np.array([[0.9, 0.1], [0.2, 0.8], [0.35, 0.65], [0.7, 0.3], [0.6, 0.4], [0.05, 0.95]])
THREE = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.7], [0.3, 0.4, 0.3], [0.2, 0.2, 0.6], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
VALUES = np.array([1.5, -2.25, 1e-300, 1 / 3, 1e300, 0.1])

NAMES = ["가나", "다 라", "마", "바", "사", "아"]
KEYS = {
    "whole": ([3, 1, 2, 6, 5, 4], [1, 2, 3, 4, 5, 6]),
    "huge": ([2**63 - 1 - k for k in range(N)], [2**63 - 6 + k for k in range(N)]),
    "zeros": (["003", "001", "002", "006", "005", "004"], ["001", "002", "003", "004", "005", "006"]),
    "beyond": ([str(10**30 + k) for k in (2, 0, 1, 5, 4, 3)], [str(10**30 + k) for k in range(N)]),
    "hangul": (NAMES, sorted(NAMES, reverse=True)),
    "whole and decimal": ([3.0, 1.0, 2.0, 6.0, 5.0, 4.0], [1, 2, 3, 4, 5, 6]),
    "text and whole": (["3", "1", "2", "6", "5", "4"], [1, 2, 3, 4, 5, 6]),
}
"""Identifiers of the table, and the same in the sample's order."""


def model(*labels) -> Model:
    """A model of these classes, or of numbers, for the target "y"; it is asked for names only."""
    cells = [*labels, *labels] or [0.5, 1.5, 2.5]
    encoding = Encoding.fit(pa.table({"x": np.arange(len(cells)), "y": cells}), "y", np.arange(len(cells)))
    member = Member(())
    return Model((Part(encoding, member, member.build(1, 1), ()),))


def rows_of(**columns):
    """The table whose rows were predicted."""
    return pa.table({**columns, "x": np.arange(N)})


def sample(**columns):
    return Source("sample.csv").tag(pa.table(columns))


# The sample's columns, order and identifiers


@pytest.mark.parametrize("kind", KEYS)
def test_rows_are_found_by_their_identifier(kind):
    own, wanted = KEYS[kind]
    found = columns_like(sample(id=wanted, y=["a"] * N), model("a", "b"), TWO, rows_of(id=own))
    assert list(found) == ["id", "y"]
    assert found["id"] == wanted
    assert list(map(type, found["id"])) == list(map(type, wanted))
    key = float if kind == "whole and decimal" else str
    label = {key(one): "ab"[k] for one, k in zip(own, TWO.argmax(axis=1), strict=True)}
    assert found["y"] == [label[key(one)] for one in wanted]


def test_several_columns_may_identify_a_row_together():
    own = {"shop": ["a", "a", "b", "b", "c", "c"], "day": [1, 2, 1, 2, 1, 2]}
    wanted = {"day": [2, 2, 2, 1, 1, 1], "y": [0.0] * N, "shop": ["c", "b", "a", "c", "b", "a"]}
    found = columns_like(sample(**wanted), model(), VALUES, rows_of(**own))
    assert list(found) == ["day", "y", "shop"]
    assert (found["day"], found["shop"]) == (wanted["day"], wanted["shop"])
    assert found["y"] == [VALUES[k] for k in (5, 3, 1, 4, 2, 0)]


def test_without_a_column_in_common_rows_follow_the_table():
    found = columns_like(sample(y=[0.0] * N), model(), VALUES, rows_of(id=range(N)))
    assert found == {"y": VALUES.tolist()}


def test_the_sample_may_ask_for_some_of_the_rows():
    found = columns_like(sample(id=[5, 2], y=[0.0, 0.0]), model(), VALUES, rows_of(id=range(N)))
    assert found == {"id": [5, 2], "y": [VALUES[5], VALUES[2]]}


def test_the_target_in_the_table_is_no_identifier():
    table = rows_of(id=range(N), y=[9.0] * N)
    found = columns_like(sample(id=range(N), y=[0.0] * N), model(), VALUES, table)
    assert found["y"] == VALUES.tolist()


# Labels or probabilities


@pytest.mark.parametrize(
    ("labels", "cells", "probability", "given"),
    [
        (("no", "yes"), ["yes"] * N, False, "labels"),
        (("no", "yes"), ["?"] * N, False, "labels"),
        (("no", "yes"), [None] * N, False, "labels"),
        (("no", "yes"), [0.5] * N, False, "probabilities"),
        (("no", "yes"), [0] * N, False, "probabilities"),
        (("no", "yes"), ["yes"] * N, True, "probabilities"),
        ((0, 1), [0] * N, False, "labels"),
        ((0, 1), [1, 0] * 3, False, "labels"),
        ((0, 1), [0.5] * N, False, "probabilities"),
        ((0, 1), [0.0] * N, False, "probabilities"),
        ((0, 1), [0] * N, True, "probabilities"),
        ((1, 2), [0] * N, False, "probabilities"),
        (("0", "1"), [0] * N, False, "labels"),
        ((False, True), [False] * N, False, "labels"),
        ((False, True), [0.25] * N, False, "probabilities"),
    ],
)
def test_the_samples_cells_tell_what_is_wanted_of_two_classes(labels, cells, probability, given):
    answer = pa.array(cells, pa.string()) if cells[0] is None else cells
    found = columns_like(sample(id=range(N), y=answer), model(*labels), TWO, rows_of(id=range(N)), probability)
    expected = [labels[k] for k in TWO.argmax(axis=1)] if given == "labels" else TWO[:, 1].tolist()
    assert found["y"] == expected


def test_one_column_of_three_classes_is_for_labels():
    asked = sample(id=range(N), y=["c"] * N)
    found = columns_like(asked, model("a", "b", "c"), THREE, rows_of(id=range(N)))
    assert found["y"] == ["a", "c", "b", "c", "a", "b"]
    for cells, probability in (([0.5] * N, False), (["c"] * N, True)):
        with pytest.raises(
            InputError, match=r"sample.csv, column 'y': One column of numbers such as .* cannot hold 3 classes"
        ):
            columns_like(sample(y=cells), model("a", "b", "c"), THREE, rows_of(), probability)


@pytest.mark.parametrize(
    ("labels", "names", "places"),
    [
        (("a", "b", "c"), ["c", "a", "b"], [2, 0, 1]),
        (("a", "b", "c"), ["Status_b", "Status_c", "Status_a"], [1, 2, 0]),
        (("a", "b", "c"), ["p_c", "a"], [2, 0]),
        ((0, 1, 10), ["y_10", "y_0", "y_1"], [2, 0, 1]),
        (("high", "low", "very_high"), ["p_very_high", "p_high", "p_low"], [2, 0, 1]),
        (("가", "나", "다_라"), ["확률_다_라", "확률_가", "나"], [2, 0, 1]),
        (("a", "b_a", "c"), ["b_a", "a", "c"], [1, 0, 2]),
    ],
    ids=["labels", "prefix", "some", "numbers", "one ends with another", "hangul", "a label that ends with another"],
)
def test_several_columns_are_for_the_classes_that_name_them(labels, names, places):
    asked = sample(id=list(reversed(range(N))), **{name: [0.1] * N for name in names})
    found = columns_like(asked, model(*labels), THREE, rows_of(id=range(N)))
    assert list(found) == ["id", *names]
    for name, place in zip(names, places, strict=True):
        assert found[name] == THREE[::-1, place].tolist()


def test_numbers_are_not_rounded():
    found = columns_like(sample(y=[0] * N), model(), VALUES, rows_of())
    assert found["y"] == VALUES.tolist()


# What does not fit


MISFITS = {
    "unknown id": (
        {"id": [1, 99], "y": [0, 0]},
        {"id": range(N)},
        "sample.csv, row 2, column 'id': ",
    ),
    "no id": ({"id": [1, None], "y": [0, 0]}, {"id": range(N)}, "row 2, column 'id': 'None' is not in the table"),
    "other zeros": ({"id": ["01"], "y": [0]}, {"id": range(N)}, "'01' is not in the table."),
    "id twice": (
        {"id": [1], "y": [0]},
        {"id": [1, 2, 3, 1, 4, 5]},
        "the table, row 4, column 'id': '1' is there twice. Keep one row of each identifier",
    ),
    "ids twice": ({"a": [1], "b": [2], "y": [0]}, {"a": [1] * N, "b": [1] * N}, "'1, 1' is there twice."),
    "rows": ({"y": [0, 0]}, {"id": range(N)}, "There are 2 rows and no identifiers in common with the table of 6 rows"),
    "no answer": (
        {"id": [1, 2]},
        {"id": range(N)},
        "There is no column for the answer: all of 'id' are in the table as well. Give the",
    ),
    "no id in common": (
        {"Id": range(N), "y": [0] * N},
        {"id": range(N)},
        "'Id': This is neither an identifier of the table nor the one answer. Did you mean 'id'",
    ),
}
"""Columns of the sample, columns of the table, and what is said, for numbers."""

NAMES_OF_NONE = {
    "no class": (
        ("a", "b"),
        ["a", "z"],
        "column 'z': This is neither an identifier of the table nor one of the classes 'a', 'b'.",
    ),
    "near class": (
        ("no", "yes"),
        ["yes", "noo"],
        "'noo': This is neither an identifier of the table nor one of the classes 'no', 'yes'. Did you mean 'no'",
    ),
    "no underscore": (("a", "b"), ["xa", "b"], "column 'xa': This is neither an identifier"),
    "identifier": (
        ("a", "b"),
        ["Id", "y"],
        "column 'Id': This is neither an identifier of the table nor one of the classes",
    ),
}
"""Labels, columns of the sample, and what is said."""


@pytest.mark.parametrize(("columns", "own", "said"), MISFITS.values(), ids=MISFITS)
def test_samples_that_do_not_fit(columns, own, said):
    with pytest.raises(InputError, match=re.escape(said)):
        columns_like(sample(**columns), model(), VALUES, rows_of(**own))


@pytest.mark.parametrize(("labels", "names", "said"), NAMES_OF_NONE.values(), ids=NAMES_OF_NONE)
def test_columns_that_no_class_names(labels, names, said):
    asked = sample(**{name: [0.0] * N for name in names})
    with pytest.raises(InputError, match=re.escape(said)):
        columns_like(asked, model(*labels), TWO, rows_of(id=range(N)))


# Columns of our own


def test_own_columns_are_identifiers_labels_and_probabilities():
    table = rows_of(id=KEYS["zeros"][0], name=NAMES)
    found = own_columns(model(1, 5, 7), THREE + 0.0000123456, table, ["name", "id", "gone"])
    assert list(found) == ["name", "id", "prediction", "probability_1", "probability_5", "probability_7"]
    assert (found["name"], found["id"]) == (NAMES, KEYS["zeros"][0])
    assert found["prediction"] == [1, 7, 5, 7, 1, 5]
    assert found["probability_7"] == [0.100012, 0.700012, 0.300012, 0.600012, 0.100012, 0.100012]
    assert own_columns(model(), VALUES, table, ["id"]) == {"id": KEYS["zeros"][0], "prediction": VALUES.tolist()}


# What spreadsheets would run

RUN = ["=1+1", "=cmd|' /C calc'!A0", "+82-10-1234", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "－x", "-a"]
RUN += ["+-5", "--5", "-1,000", "-5%"]
PLAIN = ["-5", "+5", "-.5e-3", "1e5", "name", "", "a=1", "'=1", " =1", "-", "+", "@", "5-5", "한글", "[red]", "../x"]


@pytest.mark.parametrize("cell", RUN, ids=repr)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", [*PLAIN, -5, -0.5, None, True, float("-inf")], ids=repr)
def test_other_cells_stay_as_they_are(cell):
    assert harmless(cell) is cell


def test_headers_labels_and_identifiers_are_made_harmless(tmp_path):
    write_csv(tmp_path / "p.csv", {"=id": ["-x", "1"], "y": ["@a", "b"], "p": [-0.5, -1]})
    assert (tmp_path / "p.csv").read_text() == "'=id,y,p\n'-x,'@a,-0.5\n1,b,-1\n"


# The file


def test_cells_come_back_through_pandas_as_they_went_in(tmp_path):
    texts = [
        "a,b",
        'say "hi"',
        "two\nlines",
        "re\rturn",
        "both\r\n",
        " space ",
        "한글",
        "",
        "😀",
        "semi;colon",
        "tab\there",
    ]
    columns = {
        "text": texts,
        "값": [0.1 * k for k in range(len(texts))],
        "whole": [10**17 + k for k in range(len(texts))],
    }
    write_csv(tmp_path / "p.csv", columns)
    back = pd.read_csv(tmp_path / "p.csv", keep_default_na=False)
    assert back.to_dict("list") == columns
    raw = (tmp_path / "p.csv").read_bytes()
    assert raw.decode("utf-8").startswith("text,값,whole\n")
    assert raw.endswith(b"\n")
    assert not raw.endswith(b"\r\n")


def test_cells_come_back_through_our_own_reader(tmp_path):
    columns = {"id": KEYS["zeros"][0], "이름": ["a,b", 'say "hi"', "x\ny", "-5", "NA", "한글"], "p": VALUES.tolist()}
    write_csv(tmp_path / "p.csv", columns)
    assert read(tmp_path / "p.csv").to_pydict() == columns


def test_a_missing_cell_is_an_empty_one(tmp_path):
    write_csv(tmp_path / "p.csv", {"id": [None, "a"], "y": [1.0, 2.0]})
    assert (tmp_path / "p.csv").read_text() == "id,y\n,1.0\na,2.0\n"


def test_the_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "p.csv"
    path.write_text("old")

    def broken():
        yield from ["1", "2"]
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_csv(path, {"y": broken()})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["p.csv"]
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_csv(path, {"y": [1]})
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["p.csv"]
    monkeypatch.undo()
    write_csv(path, {"y": [1]})
    assert path.read_text() == "y\n1\n"


def test_what_a_link_leads_to_is_replaced_and_the_link_stays(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("folder/real.csv")
    write_csv(tmp_path / "link.csv", {"y": [1]})
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "folder" / "real.csv").read_text() == "y\n1\n"
    assert stat.S_ISREG((tmp_path / "folder" / "real.csv").lstat().st_mode)
    assert os.listdir(tmp_path / "folder") == ["real.csv"]


# Identifiers as they are written


@pytest.mark.parametrize(
    ("own", "wanted"),
    [
        (["100000", "100001"], ["1e+05", "100001"]),
        (["1e+05", "100001"], ["100000", "100001"]),
        (["1", "2"], ["1.0", "2.0"]),
        (["0.5", "1.50"], ["0.50", "1.5"]),
        (["007", "010"], ["007", "010"]),
        ([" a", "b"], ["a", "b "]),
        (["+1", "2"], ["1", "2"]),
    ],
)
def test_identifiers_of_a_sample_stay_as_they_are_written(own, wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, cells in ("t.csv", own), ("s.csv", wanted):
        with open(name, "w") as file:
            file.writelines(f"{a},{b}\n" for a, b in [("id", "y"), *((cell, 0) for cell in cells)])
    asked = read("s.csv")
    found = columns_like(asked, model(), VALUES[:2], read("t.csv"), False, read_as_written("s.csv"))
    assert found["id"] == wanted
    assert found["y"] == VALUES[:2].tolist()
