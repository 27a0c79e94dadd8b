"""``schuss inspect``: what becomes of every column, and why."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from tests.cli.command import MIXED


def test_inspect_tells_what_becomes_of_every_column_and_why(schuss):
    pd.DataFrame(MIXED).to_csv("m.csv", index=False)
    done = schuss("inspect", "m.csv", "--target", "y", "--group", "who")
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    lines = done.out.splitlines()
    assert lines[0] == "m.csv (CSV, separated by ',', UTF-8): 79 rows, 9 columns."
    assert lines[1] == "1 more rows have no target and would be left out."
    assert lines[2] == "To predict: 'y', two classes."
    kinds = {line.split()[0]: line.split()[1] for line in lines[5:14]}
    assert kinds == {
        "id": "identifier",
        "age": "number",
        "도시": "category",
        "day": "date",
        "ok": "boolean",
        "same": "constant",
        "\\x1b[31mred": "number",
        "who": "group",
        "y": "target",
    }
    for reason in ("text, all different, such as 'p000'", "one value in all training rows", "9 of 79 missing"):
        assert reason in done.out
    told = json.loads(schuss("inspect", "m.csv", "--target", "y", "--group", "who", "--json").out)
    assert [column["name"] for column in told["columns"]] == list(MIXED)
    assert {column["name"].replace("\x1b", "\\x1b"): column["kind"] for column in told["columns"]} == kinds
    assert all(column["what"] and column["why"] for column in told["columns"])
    assert (told["task"], told["classes"], told["rows"], told["without_target"]) == (
        "classification",
        ["a", "b"],
        79,
        1,
    )
    assert f"Inputs of the network: {told['inputs']['numbers']} numbers." == lines[-1]
    assert os.listdir() == ["m.csv"]


@pytest.mark.parametrize("encoding", ["cp949", "ascii"])
def test_a_terminal_without_our_letters_gets_them_escaped(tmp_path, environment, encoding):
    pd.DataFrame(MIXED).to_csv(tmp_path / "m.csv", index=False)
    command = [sys.executable, "-m", "schuss", "inspect", "m.csv", "--target", "y"]
    wish = environment | {"PYTHONIOENCODING": encoding}
    told = subprocess.run(command, cwd=tmp_path, env=wish, capture_output=True, check=True).stdout.decode(encoding)
    assert "(x \\u2212 " in told  # the minus sign
    assert ("도시  " if encoding == "cp949" else "\\ub3c4\\uc2dc  ") in told
