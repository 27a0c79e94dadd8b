"""A hundred Korean files, written by a seeded draw and read back without one wrong character."""

import csv
import gzip
import io
import os
import random
from pathlib import Path

import pyarrow as pa
import pytest

from schuss.tables import place, read
from schuss.tables.source import Source
from tests.hostile import move_in

ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16", "cp949": "cp949"}
"""Python's name of the encoding that a file is written in → the one that is found; UTF-16 gets a byte-order mark."""

LATE = "똠펲뷁햏믜똡갂"
"""Syllables that CP949 has and EUC-KR has not."""

WORDS = [
    "이름",
    "나이",
    "성별",
    "주소",
    "키",
    "몸무게",
    "생존",
    "객실",
    "요금",
    "탑승항",
    "가족 수",
    "등급(1~3)",
    "비고",
    "A동",
]
TARGETS = ["생존", "사망", "똠방각하", "펲시콜라", "뷁"]


def syllables(draw: random.Random, count: int) -> str:
    """Hangul: any of the 11,172 syllables, those of EUC-KR's gaps, letters, hanja and others beside them."""
    anything = [
        chr(draw.randrange(0xAC00, 0xD7A4)),
        draw.choice(LATE),
        draw.choice("ㄱㅏㅎ漢字、。○ ②Ω㎏"),
        draw.choice("ab 1-"),
    ]
    return "".join(draw.choice([*anything, chr(draw.randrange(0xAC00, 0xD7A4))]) for _ in range(count))


def table_of(draw: random.Random, delimiter: str) -> tuple[list[str], list[list[str]]]:
    """Names and rows: a column of codes, one of numbers, two of text, and the target."""
    special = [delimiter, '"', "\n", "\r\n", "'", ", ", "; "]
    names = [*draw.sample(WORDS, 3), f"{syllables(draw, 5)}{draw.choice(special)}가", "결과"]
    texts = [syllables(draw, draw.randrange(1, 30)) for _ in range(5)] + ["가" + draw.choice(special) + "각"]
    rows = [
        [f"{k:03}", str(k), draw.choice(texts), draw.choice([*texts, ""]), draw.choice(TARGETS)]
        for k in range(draw.choice([1, 7, 60, 2000]))
    ]
    return names, rows


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    return move_in(tmp_path, monkeypatch)


@pytest.mark.parametrize("number", range(20))
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_korean_files(encoding, number, temporary):
    draw = random.Random(f"{encoding} {number}")
    delimiter, packed, ends = ",;\t|"[number % 4], ["", ".gz", ".zst"][number % 3], draw.choice(["\n", "\r\n"])
    names, rows = table_of(draw, delimiter)
    text = io.StringIO(newline="")
    quoting = draw.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerows([names, *rows])
    content = (("\ufeff" if encoding.startswith("utf-16") else "") + text.getvalue()).encode(encoding)
    if packed:
        content = gzip.compress(content) if packed == ".gz" else pa.compress(content, codec="zstd", asbytes=True)
    name = f"승객 {number}.csv{packed}"
    Path(name).write_bytes(content)
    table = read(name)
    assert table.column_names == [name.strip() for name in names]
    assert table.column(0).to_pylist() == [row[0] for row in rows]
    assert table.column(1).to_pylist() == [int(row[1]) for row in rows]
    for column in (2, 3, 4):
        assert table.column(column).to_pylist() == [row[column] or None for row in rows]
    source = Source.of(table)
    assert (source.delimiter, source.encoding) == (delimiter, ENCODINGS[encoding])
    before = text.getvalue()[: -len(_written(rows[-1], delimiter, ends, quoting))]
    assert place(table, len(rows) - 1, "결과") == f"{name}, line {1 + before.count(chr(10))}, column '결과'"
    assert os.listdir(temporary) == []


def _written(row: list[str], delimiter: str, ends: str, quoting: int) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=quoting).writerow(row)
    return text.getvalue()


@pytest.mark.parametrize("letter", LATE)
def test_these_syllables_are_in_cp949_alone(letter):
    with pytest.raises(UnicodeDecodeError):
        letter.encode("cp949").decode("euc_kr")
