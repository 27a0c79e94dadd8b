"""Names: looked up, and given back."""

import pytest

from schuss.activations import ACTIVATIONS, relu
from schuss.names import by_name, name_of
from schuss.optimizers import OPTIMIZERS, Adam


def test_by_name_finds_what_is_there():
    assert by_name("activation", "relu", ACTIVATIONS) is relu


@pytest.mark.parametrize(
    ("name", "hint"),
    [("rmsporp", " Did you mean 'rmsprop'?"), ("Adam", " Did you mean 'adam'?"), ("zzz", ""), ("", "")],
)
def test_by_name_lists_the_names_and_the_nearest(name, hint):
    with pytest.raises(ValueError, match="There is no optimizer") as caught:
        by_name("optimizer", name, OPTIMIZERS)
    assert str(caught.value) == f"There is no optimizer '{name}'.{hint} Choose one of: {', '.join(OPTIMIZERS)}."


def test_name_of():
    def mine(z):
        return z

    assert [name_of(thing, ACTIVATIONS) for thing in (relu, "tanh", mine)] == ["relu", "tanh", "mine"]
    assert name_of(Adam(0.1), OPTIMIZERS) == "adam"
    for name, function in ACTIVATIONS.items():
        assert name_of(function, ACTIVATIONS) == name
    mine.__name__ = "relu"
    assert name_of(mine, ACTIVATIONS) == "own relu"
