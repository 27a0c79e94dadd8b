"""``schuss export``: the model in one file."""

import os
import re
from pathlib import Path

import pytest


@pytest.mark.parametrize(("format", "name"), [("onnx", "model.onnx"), ("pytorch", "model.safetensors")])
def test_export_writes_one_file(schuss, iris, format, name):
    done = schuss("export", iris, "--to", format)
    assert (done.status, done.err) == (0, "")
    size = Path(name).stat().st_size
    assert re.fullmatch(rf"{name}: (one network|a blend of \d networks), {size:,} bytes\n", done.out)
    assert os.listdir() == [name]
    assert schuss("export", iris, "--to", format, "-o", f"other-{name}").status == 0
    assert Path(f"other-{name}").read_bytes() == Path(name).read_bytes()
