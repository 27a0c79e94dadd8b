"""Compiled programs are kept between processes, and an entry that cannot be read is removed once and for all."""

import os
import subprocess
import sys

import pytest

TRAIN = """
import numpy as np
from schuss import Member, Table, train
x = np.random.default_rng(0).standard_normal((30, 2))
train([Member((3,), batch_size=10)], Table(x, (x[:, 0] > 0).astype(int)), epochs=1)
"""


@pytest.fixture
def run(tmp_path):
    """Trains a little in a fresh process whose cache is in a folder of its own: what it said on stderr."""

    def run():
        surroundings = {**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", TRAIN]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, env=surroundings, check=True).stderr

    return run


def test_a_broken_entry_is_removed_with_one_line_and_written_anew(run, tmp_path):
    assert run() == ""
    (entry,) = (tmp_path / "schuss").glob("jit__advance-*-cache")
    whole = entry.read_bytes()
    for broken in (whole[: len(whole) // 2], b""):
        entry.write_bytes(broken)
        (line,) = run().splitlines()
        assert line == f"schuss: removed {entry}, which could not be read; its program is compiled again"
        assert len(entry.read_bytes()) == pytest.approx(len(whole), rel=0.1)
    assert run() == ""
