"""The encoding of a text file: found out, checked to the last byte, and made UTF-8 for DuckDB."""

import codecs
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from schuss.tables.errors import InputError, show
from schuss.tables.reading.bounds import require_plausible
from schuss.tables.reading.letters import Words, is_korean, likely_encoding
from schuss.tables.source import COMPRESSIONS, ENCODINGS, LONGEST_LINE, open_bytes, open_text

CHUNK = 1 << 19
"""Bytes that are read at a time: less than the longest line has, so that only the first and last can be too long."""

WRONG, NUL, LONG = "\udcff", "\0", "…"
"""What is wrong with a text: a byte that the encoding does not know, a character 0, a line without end."""

BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

ESCAPES = {b"\x1b$)C": "iso2022_kr", b"\x1b$": "iso2022_jp", b"\x1b(": "iso2022_jp"}
"""What announces, in an encoding of seven bits, that ASCII no longer means ASCII."""

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


def find_encoding(path: Path, named: str | None = None) -> str:
    """The encoding of a text file that every one of its bytes agrees with, as Python calls it.

    A byte-order mark decides. Without one, ends of lines, digits and delimiters that have a zero beside them are
    UTF-16. Otherwise it is UTF-8, or else CP949, which holds the older EUC-KR, if what it would say is likelier to be
    Korean than anything else in another encoding. Others are not guessed, but named in the error.

    Args:
        path: of the file.
        named: the encoding that the user says it is in.

    Raises:
        InputError: neither, no encoding of this name, NUL bytes, or a line that is too long.
    """
    if named is not None:
        return _as_named(path, named)
    with open_bytes(path) as file:
        start = file.read(CHUNK)
    likely = _by_its_start(start)
    for escape, encoding in ESCAPES.items() if likely is None else ():
        if escape in start:
            problem = f"This is text in {encoding.upper()}, whose letters look like ASCII."
            raise InputError(str(path), problem, f"{_say_so(encoding)}, {_convert(path, encoding)}")
    faults: dict[str, Fault] = {}
    for encoding in [likely] if likely else ["utf-8", "cp949"]:
        fault = first_fault(path, encoding)
        if fault is not None and fault.what != WRONG:
            raise _not_text(path, fault)
        if fault is not None:
            faults[encoding] = fault
        elif encoding != "cp949" or is_korean(_words(path)):
            return encoding
    raise _not_encoded(path, faults)


def _as_named(path: Path, named: str) -> str:
    """The encoding that the user names, once the file has been seen to be in it."""
    try:
        found = codecs.lookup(named)
        "".encode(found.name)
    except (LookupError, ValueError):
        remedy = "Name one such as utf-8, windows-1252, gbk, shift_jis or euc_kr."
        raise InputError(str(path), f"There is no encoding {show(named)}.", remedy) from None
    with open_bytes(path) as file:
        start = file.read(len(codecs.BOM_UTF8))
    encoding = "utf-8-sig" if found.name == "utf-8" and start == codecs.BOM_UTF8 else found.name
    fault = first_fault(path, encoding)
    if fault is None:
        return encoding
    if fault.what != WRONG:
        raise _not_text(path, fault)
    problem = f"This is not text in {named}{_after(fault)}."
    remedy = "Name another with --encoding, or leave it out: the error then says what the file may be in."
    raise InputError(f"{path}, line {fault.line}", problem, remedy)


def decoded(path: Path, encoding: str) -> Iterator[str]:
    """The text of a file in pieces; `WRONG` in the place of what the encoding does not know.

    Raises:
        InputError: it is packed, and comes to far more than its size.
    """
    decoder = codecs.getincrementaldecoder(encoding)("schuss.wrong")
    size = 0
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            size += len(chunk)
            if path.suffix.lower() in COMPRESSIONS:
                require_plausible(str(path), path, size)
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


def write_utf_8(path: Path, encoding: str, target: Path, skip: int = 0) -> Path:
    """Write the text of a file, but so many lines at its start, as UTF-8 into another, which is returned."""
    with open_text(path, encoding) as text, target.open("w", encoding="utf-8", newline="") as file:
        for _ in range(skip):
            text.readline()
        shutil.copyfileobj(text, file, CHUNK)
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


def _words(path: Path) -> list[bytes]:
    """The different words of a file that are not ASCII."""
    words = Words()
    with open_bytes(path) as file:
        while chunk := file.read(CHUNK):
            words.feed(chunk)
    return words.all()


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
    if "cp949" not in faults and "utf-8" in faults:
        found += ", and what it says in CP949 is not Korean"
    problem = f"This is not text in one of the encodings UTF-8, UTF-16 and CP949: {found}."
    words = _words(path)
    return InputError(f"{path}, line {line}", problem, _advice(path, words))


def _advice(path: Path, words: list[bytes]) -> str:
    """What to do about a file whose encoding is none of those that are found out."""
    if 2 * sum(_is_utf_8(word) for word in words) > len(words):
        return "Nearly all of it is UTF-8: correct this line, which may be cut short or come from elsewhere."
    if is_korean(words):
        return "Nearly all of it is CP949: correct this line, which may be cut short or come from elsewhere."
    likely = likely_encoding(words)
    if likely is None:
        return "Save it as UTF-8 (in a spreadsheet: CSV UTF-8), or say which encoding it is in with --encoding NAME."
    return f"It looks like {likely.upper()}. {_say_so(likely)}, {_convert(path, likely)}"


def _say_so(encoding: str) -> str:
    return f"Say so with --encoding {encoding}"


def _convert(path: Path, encoding: str) -> str:
    convert = f"iconv -f {encoding.upper().replace('ISO2022_', 'ISO-2022-')} -t UTF-8 {path.name}"
    return f"save it as UTF-8 (in a spreadsheet: CSV UTF-8), or convert it: {convert}"


def _is_utf_8(word: bytes) -> bool:
    try:
        word.decode()
    except UnicodeDecodeError:
        return False
    return True


def _after(fault: Fault) -> str:
    return f" after {show(fault.before[-20:])}" if fault.before else ""
