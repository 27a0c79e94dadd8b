"""The encoding of a text file: found out, checked to the last byte, and made UTF-8 for DuckDB."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schuss.tables.errors import InputError, show
from schuss.tables.source import ENCODINGS, LONGEST_LINE, open_bytes

CHUNK = 1 << 19
"""Bytes that are read at a time: less than the longest line has, so that only the first and last can be too long."""

WRONG, NUL, LONG = "\udcff", "\0", "…"
"""What is wrong with a text: a byte that the encoding does not know, a character 0, a line without end."""

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

KOREAN = re.compile(rb"[\x81-\xfe]{2}|(?<!\w)[\x81-\xfe][A-Za-z](?!\w)")
"""A letter of CP949 that is not a letter or quotation mark of Latin-1 inside a word, as in "don’t" and "Ärger"."""

STRUCTURE = "\n\r\t ,;|0123456789"
"""What tables are full of, in any language."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return WRONG, error.end


codecs.register_error("schuss.wrong", _mark)


class Fault(NamedTuple):
    """The first fault of a text.

    Attributes:
        what: `WRONG`, `NUL` or `LONG`.
        line: where it is.
        before: what stands before it in the line.
    """

    what: str
    line: int
    before: str


def find_encoding(path: Path) -> str:
    """The encoding of a text file, one of `ENCODINGS`, that every one of its bytes agrees with.

    A byte-order mark decides. Without one, ends of lines, digits and delimiters that have a zero beside them are
    UTF-16. Otherwise it is UTF-8, or else CP949, which holds the older EUC-KR. Latin-1 would agree with everything: it
    is not tried.

    Raises:
        InputError: neither, NUL bytes, or a line that is too long.
    """
    with open_bytes(path) as file:
        likely = _by_its_start(file.read(CHUNK))
    faults: dict[str, Fault] = {}
    for encoding in [likely] if likely else ["utf-8", "cp949"]:
        fault = first_fault(path, encoding)
        if fault is None and (encoding != "cp949" or _is_korean(path)):
            return encoding
        if fault is not None:
            faults[encoding] = fault
            if fault.what != WRONG:
                raise _not_text(path, fault)
    raise _not_encoded(path, faults)


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text of a file in pieces; `WRONG` in the place of what the encoding does not know."""
    decoder = codecs.getincrementaldecoder(encoding)("schuss.wrong")
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def first_fault(path: Path, encoding: str) -> Fault | None:
    """The first fault of a text in this encoding, None if there is none; nothing is read beyond it."""
    line, rest = 1, ""
    for text in decoded(path, encoding):
        text = rest + text
        found = min((place for place in (text.find(WRONG), text.find(NUL)) if place >= 0), default=-1)
        if found >= 0:
            before = text[:found]
            return Fault(text[found], line + _breaks(before), before[_last_line(before) :])
        start = _last_line(text, -1 if text.endswith("\r") else None)  # it may yet become "\r\n"
        if text.find("\n") > LONGEST_LINE:
            return Fault(LONG, line, text)
        if len(text) - start > LONGEST_LINE:
            return Fault(LONG, line + _breaks(text[:start]), text[start:])
        line, rest = line + _breaks(text[:start]), text[start:]
    return None


def write_utf_8(path: Path, encoding: str, target: Path) -> Path:
    """Write the text of a file as UTF-8 into another, which is returned."""
    with target.open("w", encoding="utf-8", newline="") as file:
        file.writelines(decoded(path, encoding))
    return target


def _by_its_start(start: bytes) -> str | None:
    """The encoding that a byte-order mark names, or UTF-16 if that is unmistakable."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    zeros = {"utf-16-be": start[::2].count(0), "utf-16-le": start[1::2].count(0)}
    encoding = max(zeros, key=lambda encoding: zeros[encoding])
    if zeros[encoding] and "\n".encode(encoding) in start:
        structure = sum(start.count(ord(letter)) for letter in STRUCTURE)
        if 2 * sum(start.count(letter.encode(encoding)) for letter in STRUCTURE) > structure:
            return encoding
    return None


def _is_korean(path: Path) -> bool:
    with open_bytes(path) as file:
        return any(KOREAN.search(chunk) for chunk in iter(lambda: file.read(CHUNK), b""))


def _breaks(text: str) -> int:
    return text.count("\n") or text.count("\r")


def _last_line(text: str, end: int | None = None) -> int:
    """Index at which the last line begins."""
    return max(text.rfind("\n", 0, end), text.rfind("\r", 0, end)) + 1


def _not_text(path: Path, fault: Fault) -> InputError:
    where = f"{path}, line {fault.line}"
    if fault.what == LONG:
        problem = f"The line has more than {LONGEST_LINE:,} characters. It begins with {show(fault.before[:20])}."
        return InputError(where, problem, "Write one row of cells a line.")
    remedy = "Write it again: it is damaged, or no text at all."
    return InputError(where, f"This is not text: there is a NUL byte{_after(fault)}.", remedy)


def _not_encoded(path: Path, faults: dict[str, Fault]) -> InputError:
    line = next(iter(faults.values())).line
    found = ", ".join(
        f"not {ENCODINGS[encoding]}{_after(fault)}{f' in line {fault.line}' if fault.line != line else ''}"
        for encoding, fault in faults.items()
    )
    problem = f"This is not text in one of the encodings UTF-8, UTF-16 and CP949: {found}."
    convert = f"iconv -f WINDOWS-1252 -t UTF-8 {path.name}"
    remedy = f"Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or convert it: {convert}"
    return InputError(f"{path}, line {line}", problem, remedy)


def _after(fault: Fault) -> str:
    return f" after {show(fault.before[-20:])}" if fault.before else ""
