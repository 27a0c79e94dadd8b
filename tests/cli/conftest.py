"""What the command's tests share: runs made once, and the tables they are made of."""

import os

import pytest
from sklearn.datasets import load_iris

from schuss.jobs import train as experiment
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from tests.cli.command import QUICK, on_terminal


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    """Of processes of their own: a cache of their own, and no wish about colours but ours."""
    kept = {name: value for name, value in os.environ.items() if "COLOR" not in name and name != "GITHUB_ACTIONS"}
    return kept | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")), "TERM": "xterm", "COLUMNS": "120"}


@pytest.fixture(scope="session")
def digits(tmp_path_factory, environment):
    """One run in a process of its own, for many claims."""
    folder = tmp_path_factory.mktemp("digits")
    return on_terminal(["train", "digits", *QUICK, "--test", "0.2"], folder, environment | {"NO_COLOR": "1"})


@pytest.fixture(scope="session")
def iris(tmp_path_factory):
    """Folder of a run on the irises that has learned something."""
    settings = DataSpec("iris"), Plan(space=Space(optimizer=["adam"], learning_rate=[0.02]), members=2, epochs=40)
    return experiment.run(*settings, parent=tmp_path_factory.mktemp("iris")).folder


@pytest.fixture(scope="session")
def flowers():
    """The irises as a frame, with the names of the species."""
    data = load_iris(as_frame=True)
    return data.frame.assign(target=data.target_names[data.target])


FILES = {
    "good.csv": "a,b,y\n" + "".join(f"{k},{k * k},{'no' if k % 2 else 'yes'}\n" for k in range(20)),
    "text.csv": "a,b,y\n1,2,3.5\n4,oops,6.5\n7,8,9.5\n1,1,1.5\n2,2,2.5\n",
    "empty.csv": "",
    "header.csv": "a,b,y\n",
    "sample.csv": "a,y\n1,no\n",
    "row.csv": "a,b,y\n1,2,3.5\n",
    "class.csv": "a,b,y\n1,2,yes\n3,4,yes\n5,6,yes\n7,8,yes\n9,10,yes\n",
    "data.xlsx": "PK",
    "folder/inside.csv": "a\n1\n",
}


@pytest.fixture
def files(tmp_path):
    """The files, where the command is called."""
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
