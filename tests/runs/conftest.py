"""A run of three members."""

import pytest

from tests.runs.made import save, trial


@pytest.fixture
def folder_of_run(tmp_path):
    return save(tmp_path, "data", [trial(score=0.25), trial(score=0.75), trial(score=0.5)])
