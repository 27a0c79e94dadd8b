"""What tests of refused files share: making a file, and being refused with nothing left behind."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schuss.tables import InputError, read

Write = bytes | str | Callable[[Path], object]
"""What is in a file, or what makes it."""

Refusals = dict[str, tuple[str, Write, tuple[str, ...]]]
"""Identifier → name of the file, what is in it, words of the message."""


def move_in(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder; temporary files are written to another, which is returned."""
    for name in ("data", "temporary"):
        (path / name).mkdir()
    monkeypatch.chdir(path / "data")
    monkeypatch.setattr(tempfile, "tempdir", str(path / "temporary"))
    return path / "temporary"


def refused(source: str, temporary: Path, *said: str, table: str | None = None) -> InputError:
    """Read, be refused with these words, and find everything as it was."""
    before = sorted(os.listdir())
    with pytest.raises(InputError) as caught:
        read(source, table)
    message = str(caught.value)
    for words in said:
        assert words in message, f"{words!r} is not in {message!r}"
    assert "Traceback" not in message
    assert len(message) < 700
    assert caught.value.problem[0].isupper() or caught.value.problem[0] in "'-[{"
    assert caught.value.remedy
    assert str(temporary) not in message
    assert sorted(os.listdir()) == before
    assert os.listdir(temporary) == []
    return caught.value


def make(name: str, content: Write) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def packed(content: str | bytes, codec: str = "gzip") -> bytes:
    return pa.compress(content if isinstance(content, bytes) else content.encode(), codec=codec, asbytes=True)


def parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


ROWS = "a,b\n" + "".join(f"{k},{k * k}\n" for k in range(5000))
"""A table large enough to be cut in the middle."""

PARQUET = parquet(pa.table({"a": list(range(1000)), "b": [str(k) for k in range(1000)]}))

DAMAGED = "It is damaged, cut short or of another kind: write or download it again"
