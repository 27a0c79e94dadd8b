"""Numbers as people write them: with separators of thousands, decimal commas, percent signs, currencies and units.

| form | cells |
|---|---|
| "" | 1225, 1.5, -3e6, inf: what every program writes |
| "1234.5" | the same with the signs below |
| "1,234.5" | 1,225,000 and 12,25,000.50 |
| "1.234,5" | 1.225.000,50 |
| "1 234,5", "1 234.5" | 1 225 000,5, with a space of any kind |
| "1'234.5" | 1'225'000.5 |
| "1234,5" | 1225000,5 |

A minus may be any dash, stand behind the number, or be brackets around it, as accountants write it. What stands before
a number, a currency, and what stands behind it, a currency, % or a unit, are parts of the form: "$1,234.5", "1234.5%",
"1 234,5 kg". A column keeps to one form; a number without its currency or unit is taken to be in it, but one without
its % is none. Numbers with leading zeros are codes, and brackets around all cells no minus.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from schuss.tables.cells import (
    CODE,
    CORRECT,
    NUMERIC,
    SPACES,
    compute,
    is_number,
    is_text,
    plain,
    without_words,
    wrong_cell,
)

if TYPE_CHECKING:
    import pyarrow as pa

SPACE = r"[ \x{a0}\x{2007}\x{2009}\x{202f}]"

STYLES = {
    "1234.5": r"\d+\.?\d*|\.\d+",
    "1,234.5": r"\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?|\d+\.?\d*|\.\d+",
    "1.234,5": r"\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+,?\d*|,\d+",
    "1 234,5": rf"\d{{1,3}}(?:{SPACE}\d{{3}})+(?:,\d*)?|\d+,?\d*|,\d+",
    "1 234.5": rf"\d{{1,3}}(?:{SPACE}\d{{3}})+(?:\.\d*)?|\d+\.?\d*|\.\d+",
    "1'234.5": r"\d{1,3}(?:['’]\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+",
    "1234,5": r"\d+,?\d*|,\d+",
}
"""How digits are separated → what fits; of styles that fit as many cells the first is taken."""

MINUS = "−–‒﹣－"
"""What is written for a minus."""

CURRENCIES = (
    r"(?:US|AU|CA|HK|NZ|A|C|R|S)?\$|[€£¥₩₹₽฿₺₫₪₴￦￥￡＄]|USD|EUR|GBP|KRW|JPY|CNY|RMB|INR|CHF|CAD|AUD|SEK|NOK|DKK|PLN|CZK|HUF|"
    r"BRL|MXN|TRY|RUB|ZAR|SGD|HKD|Rs\.?|kr\.?|zł|Kč|Ft"
)

AMOUNT = (
    rf"^(?P<open>\()?\s*(?P<minus>[+-])?\s*(?P<before>{CURRENCIES})?\s*(?P<inner>[+(-])?\s*"
    rf"(?P<digits>\d(?:[\d.,'’]|{SPACE}\d)*|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?"
    rf"\s*(?P<last>-)?(?P<after>\s*(?:{CURRENCIES}|[%‰]|[°℃℉㎏㎡㎥'\"″′\pL][\pL\pM°²³/·.^µ\s]*[23]?))?\s*(?P<close>\))?$"
)
"""A number with what stands around it."""

STRAYS = 0.1
"""A column is one of numbers or dates with stray cells if at most this share of its distinct texts (or 1) is none."""

SHARE = ("%", "‰")
"""Units without which a number is another one."""


class Amounts(NamedTuple):
    """Texts that are a number with what stands around it, taken apart: texts [D], "" where a part is lacking.

    Attributes:
        negative: whether each is below 0.
        bracketed: whether each stands in brackets.
        before, after: currency or unit.
        digits: with their separators; missing where the text is none.
        exponent: of ten, as in e+06.
    """

    negative: np.ndarray
    bracketed: np.ndarray
    before: "pa.Array[Any]"
    after: "pa.Array[Any]"
    digits: "pa.Array[Any]"
    exponent: "pa.Array[Any]"

    def show(self, before: str, style: str, after: str, few: float) -> bool:
        """Whether what a form has beyond plain numbers is there more than a ``few`` times, units in most texts.

        Separators of thousands show themselves: 1,200 is no slip of the pen, but 4,5 among whole numbers may be one.
        """
        pc = compute()
        there = len(self.digits) - self.digits.null_count
        counts = [pc.sum(pc.not_equal(found, "")).as_py() or 0 for found in (self.before, self.after)]
        grouped = pc.any(pc.match_substring_regex(self.digits, rf"\d(?:{_grouping(style)})\d{{3}}(?:\D|$)")).as_py()
        commas = pc.sum(pc.match_substring(self.digits, ",")).as_py() or 0
        shown = not style.endswith(",5") or grouped or commas > few
        return bool(shown and (not before or counts[0] > few) and (not after or 2 * counts[1] > there))

    @classmethod
    def of(cls, texts: "pa.Array[Any]") -> "Amounts":
        """The parts of texts, none missing."""
        import pyarrow as pa

        pc = compute()
        plain = pc.replace_substring_regex(pc.utf8_trim(texts, characters=SPACES), f"[{MINUS}]", "-")
        found = pc.extract_regex(plain, AMOUNT)
        part: dict[str, Any] = {name: pc.struct_field(found, name) for name in PARTS}
        signs = [pc.equal(part[name], "-").fill_null(False).to_numpy(zero_copy_only=False) for name in SIGNS]
        brackets = [pc.equal(part[name], mark) for name, mark in (("open", "("), ("inner", "("), ("close", ")"))]
        outer, inner, closed = (mark.fill_null(False).to_numpy(zero_copy_only=False) for mark in brackets)
        opened = outer | inner
        right = (np.sum([*signs, outer, inner], axis=0) <= 1) & (opened == closed)
        digits = pc.if_else(pa.array(right), part["digits"], pa.scalar(None, texts.type))
        after = pc.utf8_trim_whitespace(part["after"].fill_null(""))
        negative = np.any([*signs, opened], axis=0)
        return cls(negative, opened, part["before"].fill_null(""), after, digits, part["exponent"].fill_null(""))

    def read(self, before: str, style: str, after: str) -> np.ndarray:
        """The numbers, float64 [D]; NaN where a text has another style, currency or unit."""
        import pyarrow as pa

        pc = compute()
        fitting = pc.match_substring_regex(self.digits, rf"^(?:{STYLES[style]})$").fill_null(False)
        for found, wanted, key in (self.before, before, str), (self.after, after, _unit):
            units = found.unique()
            same = [x for x in units.to_pylist() if key(x) == key(wanted) or (not x and wanted not in SHARE)]
            fitting = pc.and_(fitting, pc.is_in(found, value_set=pa.array(same, units.type)))
        digits = pc.replace_substring_regex(self.digits, _grouping(style), "")
        digits = pc.replace_substring(digits, ",", ".") if style.endswith(",5") else digits
        written = pc.binary_join_element_wise(digits, self.exponent, pa.scalar("", digits.type))
        values = pc.if_else(fitting, written, pa.scalar(None, written.type)).cast(pa.float64()).fill_null(np.nan)
        return np.where(self.negative, -1.0, 1.0) * values.to_numpy(zero_copy_only=False)


PARTS = ("open", "minus", "before", "inner", "digits", "exponent", "last", "after", "close")

SIGNS = ("minus", "inner", "last")


def find_form(texts: "pa.Array[Any]") -> tuple[str, int]:
    """The form that most texts have, and how many have it; ("", 0) where codes are among them.

    Args:
        texts: distinct, no words for missing cells among them.

    >>> import pyarrow as pa
    >>> find_form(pa.array(["1,225,000", "(950)", "12"])), find_form(pa.array(["32%", "7.5 %", "x"]))
    (('1,234.5', 3), ('1234.5%', 2))
    """
    pc = compute()
    if pc.any(pc.match_substring_regex(texts, CODE)).as_py():
        return "", 0
    count = pc.sum(pc.match_substring_regex(texts, NUMERIC)).as_py() or 0
    best = "", count
    if count == len(texts) or not pc.any(pc.match_substring_regex(texts, r"\d")).as_py():
        return best
    amounts = Amounts.of(texts)
    if pc.any(pc.match_substring_regex(amounts.digits, r"^0\d")).as_py() or _all_bracketed(amounts):
        return best
    before, after = _most(amounts.before, amounts.digits), _most(amounts.after, amounts.digits, _unit)
    for style in _likeliest_first(amounts, before, after):
        fitting = int(np.isfinite(amounts.read(before, style, after)).sum())
        if fitting > best[1] and amounts.show(before, style, after, strays(len(texts))):
            best = _joined(before, style, after), fitting
    return best


def strays(distinct: int) -> float:
    """How many of so many distinct texts may be stray."""
    return max(1, STRAYS * distinct)


def parse(texts: "pa.Array[Any]", form: str) -> np.ndarray:
    """Texts in a form as numbers, float64 [D]; NaN where they are not written so.

    >>> import pyarrow as pa
    >>> parse(pa.array(["$1,225", "-$3.50", "7", "1.234,5", "€5"]), "$1,234.5")
    array([1225. ,   -3.5,    7. ,    nan,    nan])
    """
    import pyarrow as pa

    pc = compute()
    if form:
        return Amounts.of(texts).read(*split(form))
    fitting = pc.match_substring_regex(texts, NUMERIC)
    written = pc.if_else(fitting, pc.ascii_trim_whitespace(texts), pa.scalar(None, texts.type))
    return written.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)


def numbers(table: "pa.Table", name: str, remedy: str = CORRECT, form: str | None = None) -> np.ndarray:
    """Numbers as float64 [N], NaN where the cell is missing; booleans as 0 and 1, durations in seconds.

    Args:
        table, name: the column.
        remedy: what to do about a cell that is none.
        form: how text is written; default: found out.

    Raises:
        InputError: a cell is no number, or not written so; the first one is shown.
    """
    import pyarrow as pa

    pc = compute()
    column, unit = table.column(name), 1.0
    if column.type == pa.float64() and not form:  # at once, since wide tables have many
        return column.to_numpy()
    column = plain(table, name)
    if is_text(column.type):
        codes = without_words(column).combine_chunks().dictionary_encode()
        distinct = codes.dictionary
        form = find_form(distinct)[0] if form is None else form
        values = np.append(parse(distinct, form), np.nan)[codes.indices.fill_null(len(distinct)).to_numpy()]
        wrong = np.isnan(values) & codes.is_valid().to_numpy(zero_copy_only=False)
        if wrong.any():
            raise wrong_cell(table, name, int(wrong.argmax()), wanted(form), remedy)
        return values
    if pa.types.is_duration(column.type):
        unit = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}[column.type.unit]
        column = column.cast(pa.int64())
    elif not (is_number(column.type) or pa.types.is_boolean(column.type)):
        raise wrong_cell(table, name, None, wanted(form or ""), remedy)
    if form and split(form)[2] in SHARE and pc.any(column.is_valid()).as_py():
        raise wrong_cell(table, name, None, wanted(form), remedy)
    values = column.cast(pa.float64(), safe=False).to_numpy()  # whole numbers beyond 2⁵³ are rounded
    return values if unit == 1 else values / unit


def form_of(table: "pa.Table", name: str) -> str:
    """How the numbers of a column are written; "" where it has a type of its own."""
    column = plain(table, name)
    if not is_text(column.type):
        return ""
    return find_form(compute().drop_null(without_words(column).unique()))[0]


def wanted(form: str) -> str:
    """What a cell of a form must be, in words.

    >>> wanted(""), wanted("1,234.5%")
    ('a number', 'a number written as 1,234.5%')
    """
    return f"a number written as {form}" if form else "a number"


def is_form(form: object) -> bool:
    """Whether it is a form, "" among them."""
    try:
        return isinstance(form, str) and (form == "" or bool(split(form)))
    except ValueError:
        return False


@cache
def split(form: str) -> tuple[str, str, str]:
    """What stands before the digits, the style of the digits, and what stands behind them.

    Raises:
        ValueError: it is no form.

    >>> split("$1,234.5 kg")
    ('$', '1,234.5', 'kg')
    """
    found = re.fullmatch(r"(\D*)(1[ ,.']?234[.,]5)(\D*[23]?)", form, re.DOTALL)
    if found is None or found[2] not in STYLES:
        raise ValueError(f"{form!r} is no form of numbers.")
    return found[1].strip(), found[2], found[3].strip()


def _joined(before: str, style: str, after: str) -> str:
    """The form of these parts."""
    words = " " if before.isalpha() else "", " " if after[:1].isalpha() else ""
    return f"{before}{words[0]}{style}{words[1]}{after}"


def _likeliest_first(amounts: Amounts, before: str, after: str) -> list[str]:
    """The styles: 1.234 of a currency is rather a thousand than a number with three decimals."""
    pc = compute()
    dotted = amounts.digits.filter(pc.match_substring(amounts.digits, ".").fill_null(False))
    thousands = len(dotted) > 0 and pc.all(pc.match_substring_regex(dotted, r"^\d{1,3}(\.\d{3})+(,\d*)?$")).as_py()
    styles = list(STYLES)
    if thousands and any(re.fullmatch(CURRENCIES, unit) for unit in (before, after)):
        styles.sort(key=lambda style: style != "1.234,5")
    return styles


def _grouping(style: str) -> str:
    """What separates thousands in a style, as a pattern."""
    return {"1,": ",", "1.": r"\.", "1 ": SPACE, "1'": "['’]"}.get(style[:2], r"[^\d.,]")


def _most(found: "pa.Array[Any]", digits: "pa.Array[Any]", key: Any = str) -> str:
    """What most texts that are a number have there, "" aside if any has something; all that are alike count as one."""
    counts: dict[str, list[Any]] = {}
    for one in compute().value_counts(found.filter(digits.is_valid())).to_pylist():
        text = one["values"]
        if text:
            known = counts.setdefault(key(text), [text, 0])
            known[1] += one["counts"]
    return max(counts.values(), key=lambda one: one[1])[0] if counts else ""


def _unit(text: str) -> str:
    """A unit as it is compared: in any case, without a plural's s or a full stop."""
    lower = text.strip().casefold()
    return lower.rstrip(".").removesuffix("s") or lower


def _all_bracketed(amounts: Amounts) -> bool:
    there = amounts.digits.is_valid().to_numpy(zero_copy_only=False)
    return bool(there.any() and amounts.bracketed[there].all())
