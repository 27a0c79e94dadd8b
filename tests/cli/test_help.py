"""The command's help and version, and how lightly it starts."""

import os
import subprocess
import sys

from schuss.tables import BUILTIN
from tests.cli.command import COLOUR


def test_version_and_help(schuss):
    version = schuss("--version")
    assert (version.status, version.out, version.err) == (0, "0.1.0\n", "")
    for command in ([], ["train"], ["predict"], ["evaluate"], ["inspect"], ["export"]):
        for flag in ("-h", "--help"):
            told = schuss(*command, flag)
            assert (told.status, told.err) == (0, "")
            assert "Usage:" in told.out
    assert all(name in schuss("train", "--help").out for name in BUILTIN)
    alone = schuss()
    assert alone.status == 2
    assert "Usage:" in alone.out
    assert os.listdir() == []


def test_help_is_told_by_the_module_in_colour_unless_it_is_not_wanted(environment):
    command = [sys.executable, "-m", "schuss", "train", "--help"]
    for wish, coloured in (({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)):
        told = subprocess.run(command, env=environment | wish, capture_output=True, text=True, check=True)
        assert bool(COLOUR.search(told.stdout)) == coloured
        assert "Usage: " in told.stdout


def test_the_command_starts_without_the_heavy_libraries():
    code = "import sys, schuss.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "typer" in loaded
    assert not {"jax", "numpy", "duckdb", "pyarrow", "sklearn"} & set(loaded)
