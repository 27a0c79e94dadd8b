"""A table's columns, parsed once for all the encodings fitted on them."""

import numpy as np
import pyarrow as pa
import pytest

from schuss.tables import ClassTarget, Columns, Encoding, InputError

N = 60
K = np.arange(N)
TABLE = pa.table(
    {
        "price": [f"{k / 7:.3f}" if k % 11 else "NA" for k in K],
        "day": [f"{1 + k % 28:02d}.{1 + k % 12:02d}.2024" if k % 13 else None for k in K],
        "digits": [20240100 + int(k) % 28 + 1 for k in K],
        "city": [None if k % 17 == 0 else f"c{k % 5}" for k in K],
        "sold": ["yes" if k % 3 else "no" for k in K],
        "size": np.sin(K),
        "y": [["a", "b", "c"][k % 3] for k in K],
    }
)
FOLDS = [np.flatnonzero(k != K % 3) for k in range(3)]


def test_encodings_of_shared_columns_have_the_bits_of_those_of_the_table():
    columns = Columns(TABLE)
    for rows in FOLDS:
        alone, shared = Encoding.fit(TABLE, "y", rows), Encoding.fit(columns, "y", rows)
        assert shared == alone
        assert shared.features(columns).tobytes() == alone.features(TABLE).tobytes()
        np.testing.assert_array_equal(shared.targets(columns), alone.targets(TABLE))
    assert {feature.name for feature in alone.inputs} == {"price", "day", "digits", "city", "sold", "size"}


def test_text_is_parsed_once_whatever_the_number_of_folds(monkeypatch):
    parsed: list[str] = []
    for name in ("numbers", "truths", "dates", "texts", "coded", "summarize", "recognise"):
        whole = getattr(__import__("schuss.tables.encoding.columns", fromlist=[name]), name)

        def counted(first, *others, name=name, whole=whole):
            parsed.append(f"{name} {others[0] if others else ''}")
            return whole(first, *others)

        monkeypatch.setattr(f"schuss.tables.encoding.columns.{name}", counted)
    columns = Columns(TABLE)
    Encoding.fit(columns, "y", FOLDS[0]).features(columns)
    text = ("numbers price", "truths sold", "dates day", "dates digits")
    assert [parsed.count(one) for one in text] == [1, 1, 1, 1]
    first = [one for one in parsed if not one.endswith(("digits", "size"))]
    for rows in FOLDS[1:]:
        Encoding.fit(columns, "y", rows).features(columns)
    assert [one for one in parsed if not one.endswith(("digits", "size"))] == first
    assert parsed.count("dates digits") == 1


def test_parsed_columns_cannot_be_written_to():
    for found in (Columns(TABLE).numbers("price"), Columns(TABLE).dates("day", "day first")):
        with pytest.raises(ValueError, match="read-only"):
            found[0] = found[1]


def test_classes_may_be_given_with_numbers_of_classes_for_a_target():
    labels = ("a", "b", "c", "never seen")
    coded = TABLE.drop(["y"]).append_column("y", pa.array((K % 3).astype(float)))
    given = Encoding.fit(coded, "y", FOLDS[0], classes=labels)
    found = Encoding.fit(TABLE, "y", FOLDS[0])
    assert given.inputs == found.inputs
    assert given.output == ClassTarget("y", labels)
    assert (given.task, given.classes) == ("classification", labels)
    assert given.plan()[-1].what == "4 classes"
    assert given.labels(np.array([3, 0])) == ["never seen", "a"]
    with pytest.raises(InputError, match="at least two classes of one type"):
        Encoding.fit(coded, "y", FOLDS[0], classes=("b", "a"))
