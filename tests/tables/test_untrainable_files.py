"""Files that hold no table, given to a command: refused in a line that says where, what and how to mend it."""

import os
from pathlib import Path

from tests.clumsy import ROWS, refuses


def test_files_that_are_none(refused, monkeypatch):
    Path("folder").mkdir()
    Path("folder", "inside.csv").write_text(ROWS)
    Path("good.csv").write_text(ROWS)
    os.mkfifo("pipe.csv")
    os.symlink("nowhere.csv", "link.csv")
    os.symlink("loop.csv", "loop.csv")
    for name, said in {
        "folder": "folder: This is a folder, not a file. Name a file in it: 'inside.csv'",
        "goood.csv": "goood.csv: There is no file and no built-in table of this name. Did you mean 'good.csv'",
        "no/t.csv": "no/t.csv: There is no folder no, and no built-in table of this name.",
        "good.csv/t.csv": "good.csv/t.csv: There is no folder good.csv",
        "pipe.csv": "pipe.csv: This is a device or a pipe, not a plain file.",
        "/dev/zero": "/dev/zero: This is a device or a pipe, not a plain file.",
        "link.csv": "link.csv: This is a link to 'nowhere.csv', which is not",
        "loop.csv": "loop.csv: The file cannot be opened: ",
        "none-*.csv": "none-*.csv: No file matches this pattern.",
        "x" * 300 + ".csv": "The file cannot be opened: ",
    }.items():
        refuses(refused, said, "train", name, "--target", "y")
    plain = Path.open

    def locked(path, *arguments, **options):
        if path.name == "good.csv" and arguments == ("rb",):
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", locked)  # root may read everything
    refuses(
        refused,
        "good.csv: The file cannot be opened: [Errno 13]",
        "train",
        "good.csv",
        "--target",
        "y",
    )


def test_a_file_whose_name_would_colour_a_terminal(refused):
    Path("\x1b[31mred\a.csv").write_text(ROWS + "1,2\n")
    refuses(refused, "\\x1b[31mred\\x07.csv, line 22: The first line has ", "train", "*red*.csv", "--target", "y")


def test_files_of_a_pattern_that_differ(refused):
    Path("part-1.csv").write_text(ROWS)
    Path("part-2.csv").write_text(ROWS.replace("a,b", "a,c"))
    train = ["train", "part-*.csv", "--target", "y"]
    refuses(refused, "part-2.csv: The columns are not those of part-1.csv: no 'b', 'c' besides", *train)
    Path("part-2.csv").write_text(ROWS + "1,oops,no\n")
    refuses(refused, "part-2.csv, line 22, column 'b': The text 'oops' is not a number", *train)
