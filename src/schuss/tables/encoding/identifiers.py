"""Names of columns that identify rows."""

import re

IDENTIFIERS = {"id", "ids", "uid", "uuid", "guid", "userid", "rowid", "pk", "key", "index", "idx", "no", "nr", "serial"}
"""Words in the name of a column that identifies rows."""

IDENTIFIER = r"번호$|아이디$|식별자$|순번$|연번$|^Unnamed: \d+$"
"""Names of columns that identify rows: in Korean, and what pandas calls a column without a name."""


def says_identifier(name: str) -> bool:
    """Whether the name of a column says that it identifies rows.

    >>> [says_identifier(name) for name in ("PassengerId", "user_id", "회원번호", "paid", "width")]
    [True, True, True, False, False]
    """
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)
    return bool(IDENTIFIERS & {word.lower() for word in words} or re.search(IDENTIFIER, name.strip()))
