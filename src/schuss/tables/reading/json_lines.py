"""JSON lines → tables: every line an object, every key a column."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schuss.tables.errors import InputError, show
from schuss.tables.reading.decode import find_encoding
from schuss.tables.reading.header import named, require_names
from schuss.tables.reading.signature import require_text
from schuss.tables.source import Source, open_text

if TYPE_CHECKING:
    import pyarrow as pa

REMEDY = "Write one object a line, as pandas does with to_json(…, orient='records', lines=True)."


def read_json_lines(path: Path, encoding: str | None = None) -> "pa.Table":
    """Read a file whose lines are JSON objects; blank lines are skipped, and keys that an object lacks are missing.

    Columns hold booleans, whole numbers of 64 bits, numbers, or else text: strings as they are, and numbers and
    booleans among them, or beyond 64 bits, as JSON writes them.

    Args:
        path: of the file.
        encoding: it is in; default: found out.

    Raises:
        InputError: another kind of file or encoding; a line is no object, repeats a key, or holds a list or an object.
    """
    import pyarrow as pa

    require_text(path, "JSON")
    encoding = find_encoding(path, encoding)
    columns: dict[str, list[Any]] = {}
    rows = 0
    for rows, record in enumerate(_objects(path, encoding), 1):
        for key, value in record.items():
            column = columns.setdefault(key, [])
            column.extend([None] * (rows - 1 - len(column)))
            column.append(value)
    names = named(list(columns))
    require_names(str(path), names)
    cells = (_array(column + [None] * (rows - len(column))) for column in columns.values())
    arrays = dict(zip(names, cells, strict=True))
    return Source(str(path), format="JSON lines", encoding=encoding).tag(pa.table(arrays))


def _objects(path: Path, encoding: str) -> Iterator[dict[str, Any]]:
    with open_text(path, encoding) as file:
        for line, text in enumerate(file, 1):
            if text.strip():
                yield _object(f"{path}, line {line}", text)


def _object(where: str, text: str) -> dict[str, Any]:
    """The object that a line is."""
    try:
        found = json.loads(text, object_pairs_hook=_unique)
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        near = show(text[max(0, error.pos - 20) : error.pos + 20].strip())
        problem = f"The line is not a JSON object: {error.msg} at character {error.colno}, near {near}."
        raise InputError(where, problem, REMEDY) from None
    except UnicodeEncodeError as error:
        problem = f"There is half a character, {error.object[error.start : error.end]!a}."
        raise InputError(where, problem, "Write it again as UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise InputError(where, f"The line is not a JSON object: {error}.", REMEDY) from None
    if not isinstance(found, dict):
        raise InputError(where, f"The line is not a JSON object, but {show(text.strip())}.", REMEDY)
    for key, value in found.items():
        if isinstance(value, dict | list):
            problem = f"{show(value)} is not text, a number, true, false or null."
            remedy = "Make it several columns, as pandas.json_normalize does."
            raise InputError(f"{where}, column {show(key)}", problem, remedy)
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object each of whose keys is there once."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for k, (key, _) in enumerate(pairs) if key in dict(pairs[:k]))
        raise ValueError(f"the key {show(twice)} is there more than once")
    return found


def _array(values: list[Any]) -> "pa.Array[Any]":
    """A column of the one type that holds all its values, or of text."""
    import pyarrow as pa

    types = {type(value) for value in values} - {type(None)}
    if not types:
        return pa.nulls(len(values))
    if types == {bool}:
        return pa.array(values, pa.bool_())
    if types <= {int, float}:
        try:
            whole = pa.array([value if type(value) is int else None for value in values], pa.int64())
            return whole if float not in types else pa.array([None if v is None else float(v) for v in values])
        except OverflowError:  # beyond 64 bits
            pass
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pa.array(texts, pa.large_string())
