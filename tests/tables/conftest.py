"""What tests of tables share: a run on a clumsy table, trained once."""

import pytest

from schuss.jobs import train
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from tests.clumsy import good


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run on the good table."""
    folder = tmp_path_factory.mktemp("run")
    good().to_csv(folder / "good.csv", index=False)
    space = Space(
        hidden_layer_sizes=[(8,)],
        activation=["tanh"],
        optimizer=["adam"],
        learning_rate=[0.01],
        dropout=[0.0],
        l2=[0.0],
    )
    plan = Plan(space=space, members=2, epochs=3, folds=2)
    return train.run(DataSpec(str(folder / "good.csv"), "y"), plan, parent=folder / "runs").folder
