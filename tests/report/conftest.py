"""Two runs and their pages: classes in a table with hostile names, and numbers with a test."""

import pytest

from schuss import report
from schuss.runs import Settings
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from tests.report.records import TARGET, hostile_table, record_of


@pytest.fixture(scope="session")
def classified(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classes")
    space = Space(optimizer=["adam", "sgd"], learning_rate=[0.01, 0.1], dropout=[0, 0.25])
    data = hostile_table(folder / "hostile.csv")
    return record_of(DataSpec(data, TARGET), Plan(space=space, seeds=2, epochs=12, devices=1), folder)


@pytest.fixture(scope="session")
def regressed(tmp_path_factory):
    plan = Plan(members=3, seeds=1, epochs=3, test=0.2, devices=1)
    return record_of(DataSpec("diabetes"), plan, tmp_path_factory.mktemp("numbers"))


@pytest.fixture(scope="session")
def records(classified, regressed):
    """Name of the run → its record."""
    return {"classes": classified[1], "numbers": regressed[1]}


@pytest.fixture(scope="session")
def pages(classified, regressed):
    """Name of the run → its page."""
    found = {}
    for name, (folder, record) in {"classes": classified, "numbers": regressed}.items():
        path = report.write(folder, record)
        assert path == folder / "report.html"
        found[name] = path.read_text(encoding="utf-8")
    return found


@pytest.fixture
def settings_of(monkeypatch):
    """Command line → the settings that it stands for, read by the command itself."""
    import shlex

    from schuss.cli import app

    def caught(spec, plan, *rest):
        raise Stop(Settings(spec, plan))

    monkeypatch.setattr("schuss.jobs.train.run", caught)

    def settings_of(text):
        name, *words = shlex.split(text)
        assert name == "schuss"
        with pytest.raises(Stop) as found:
            app(words, standalone_mode=False)
        return found.value.args[0]

    return settings_of


class Stop(Exception):
    """Raised in place of training."""
