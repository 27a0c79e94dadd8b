"""Members: their fields, the errors of each, and descriptions that files can hold."""

import json
import re
from dataclasses import replace

import numpy as np
import optax
import pytest

from schuss.layers import Dropout, Embedding, Linear, PeriodicEmbedding, PiecewiseLinearEmbedding, Scaling
from schuss.losses import huber
from schuss.member import Member
from schuss.network import Sequential, perceptron
from schuss.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSProp
from schuss.schedules import SCHEDULES, Constant, Cosine, Exponential, Staircase, WarmUp

OPTIMIZERS_OF_ALL_KINDS = [
    *(kind(0.123) for kind in OPTIMIZERS.values()),
    *(SGD(0.1, 0.9, True), RMSProp(0.1, epsilon_inside_root=True), AdamW(0.1, weight_decay=0.5)),
]
SCHEDULES_OF_ALL_KINDS = [
    *(kind() for kind in SCHEDULES.values()),
    *(Staircase(0.3, 7), WarmUp(0.2, Cosine(0.001)), WarmUp(0.1, WarmUp(0.3, Exponential(0.9)))),
]


def read_back(member):
    """Through a file, as the run folder does."""
    return Member.from_description(json.loads(json.dumps(member.describe())))


def test_defaults():
    member = Member()
    assert (member.hidden_layer_sizes, member.activation, member.batch_size) == ((64, 64), "relu", "auto")
    assert (member.optimizer, member.schedule, member.loss) == (Adam(), Constant(), "auto")
    assert (member.dropout, member.l2, member.seed, member.network) == (0, 0, 0, None)
    front = (member.frequencies, member.frequency_scale, member.bins, member.embedding_speed, member.scaling_speed)
    assert front == (0, 0.3, 0, 1, 0)
    assert member == read_back(member)
    assert hash(member) == hash(Member())


def test_names_become_what_they_stand_for():
    member = Member(hidden_layer_sizes=8, optimizer="sgd", schedule="cosine")
    assert (member.hidden_layer_sizes, member.optimizer, member.schedule) == ((8,), SGD(), Cosine())
    assert Member(hidden_layer_sizes=[8, 4]).hidden_layer_sizes == (8, 4)


@pytest.mark.parametrize("optimizer", OPTIMIZERS_OF_ALL_KINDS, ids=repr)
def test_optimizers_are_read_back(optimizer):
    member = Member(optimizer=optimizer)
    assert read_back(member) == member
    assert read_back(member).optimizer == optimizer


@pytest.mark.parametrize("schedule", SCHEDULES_OF_ALL_KINDS, ids=repr)
def test_schedules_are_read_back(schedule):
    assert read_back(Member(schedule=schedule)).schedule == schedule


def test_the_other_fields_are_read_back():
    front = {"frequencies": 5, "frequency_scale": 1.5, "bins": 6, "embedding_speed": 7.0, "scaling_speed": 20.0}
    member = Member((7, 3), "gelu", batch_size=32, dropout=0.25, l2=1e-3, loss="huber", seed=11, **front)
    assert read_back(member) == member
    assert member.describe().items() >= front.items()
    assert len({member, *(replace(member, **{name: 1}) for name in front)}) == 6  # members tell them apart
    assert member.describe()["hidden_layer_sizes"] == [7, 3]
    kept = read_back(Member(label_smoothing=0.1, clip_norm=2.0, averaging=0.9))
    assert (kept.label_smoothing, kept.clip_norm, kept.averaging) == (0.1, 2.0, 0.9)
    assert Member(loss=huber).describe()["loss"] == "huber"
    assert read_back(Member(hidden_layer_sizes=())).hidden_layer_sizes == ()


def test_things_of_ones_own_are_described_and_cannot_be_read_back():
    def cube(z):
        return z**3

    member = Member(network=Sequential(Linear(2, 1)))
    assert member.describe()["network"] == "2 → 1"
    with pytest.raises(ValueError, match="A network of your own cannot be read back from a file: 2 → 1"):
        read_back(member)
    for own, name in [
        (Member(activation=cube), "activation 'cube'"),
        (Member(loss=cube), "loss 'cube'"),
        (Member(schedule=cube), "schedule 'cube'"),
        (Member(optimizer=optax.adam(0.1)), "optimizer"),
    ]:
        with pytest.raises(ValueError, match=f"There is no {name}"):
            read_back(own)


def test_what_it_builds_in_front_of_the_layers():
    waved = Member((8,), frequencies=4, frequency_scale=1.5, embedding_speed=7.0)
    embeddings = [(9, 3), (4, 1)]
    net = waved.build(5, 3, embeddings=embeddings)
    assert net.layers[:2] == (Embedding(3, ((9, 3), (4, 1))), PeriodicEmbedding(7, (0, 1, 2), 4))
    assert (net.layers[1].scale, net.layers[1].speed) == (1.5, 7)
    assert waved.build(5, 3).layers[0].columns == (0, 1, 2, 3, 4)
    assert waved.build(5, 3, embeddings=embeddings, quantities=[2, 0]).layers[1].columns == (2, 0)
    assert waved.build(5, 3, quantities=()) == Member((8,)).build(5, 3)  # there is nothing to be embedded
    assert Member((8,)).build(5, 3, quantities=(0,)) == perceptron(5, (8,), 3)
    scaled = Member((8,), scaling_speed=9.0).build(5, 3)
    assert scaled.layers[0] == Scaling(5)
    assert scaled.layers[0].speed == 9
    both = Member((8,), frequencies=4, scaling_speed=9.0).build(5, 3, quantities=(1,))
    assert both.layers[:2] == (PeriodicEmbedding(5, (1,), 4), Scaling(8))
    ramped = Member((8,), bins=4, embedding_speed=7.0).build(5, 3, embeddings=embeddings, quantities=[2, 0])
    assert ramped.layers[1] == PiecewiseLinearEmbedding(7, (2, 0), 4)
    assert ramped.layers[1].speed == 7
    assert Member((8,), bins=4).build(5, 3, quantities=()) == Member((8,)).build(5, 3)
    all_ = Member((8,), frequencies=4, bins=4, scaling_speed=9.0).build(5, 3, quantities=(1,))
    assert all_.layers[:3] == (PeriodicEmbedding(5, (1,), 4), PiecewiseLinearEmbedding(8, (1,), 4), Scaling(11))
    own = Sequential(Linear(5, 3))
    assert Member(network=own, frequencies=4, scaling_speed=9.0).build(5, 3) is own


def test_the_network_it_builds():
    assert Member((8, 4), "tanh").build(5, 3) == perceptron(5, (8, 4), 3, "tanh")
    dropped = Member((8,), dropout=0.3)
    assert dropped.build(5, 3) == perceptron(5, (8,), 3, "relu", 0.3)
    assert dropped.has_traced_dropout()
    assert Member((8,), loss="binary_cross_entropy").build(5, 2, classification=True) == perceptron(5, (8,), 1)
    assert Member((8,), loss="binary_cross_entropy").build(5, 2) == perceptron(5, (8,), 2)  # two questions
    own = Sequential(Linear(5, 2), Dropout(0.1), Linear(2, 3))
    assert Member(network=own, dropout=0.3).build(5, 3) is own
    assert not Member(network=own, dropout=0.3).has_traced_dropout()
    assert not Member().has_traced_dropout()


POSITIVE, BAD = ("frequency_scale", "embedding_speed"), (0, -1.0, np.nan, np.inf, True, "fast")


@pytest.mark.parametrize(
    ("field", "value", "error", "message"),
    [
        ("hidden_layer_sizes", (8, 0), ValueError, "hidden_layer_sizes must be a whole number ≥ 1, not 0"),
        ("hidden_layer_sizes", -1, ValueError, "hidden_layer_sizes must be a whole number ≥ 1, not -1"),
        ("hidden_layer_sizes", (2.5,), ValueError, "hidden_layer_sizes must be a whole number ≥ 1, not 2.5"),
        ("hidden_layer_sizes", True, ValueError, "hidden_layer_sizes must be a whole number ≥ 1, not True"),
        ("activation", "rellu", ValueError, "There is no activation 'rellu'. Did you mean 'relu'?"),
        ("activation", 3, TypeError, "activation must be a name or a function z → a, not 3"),
        ("optimizer", "adma", ValueError, "There is no optimizer 'adma'. Did you mean 'adam'?"),
        ("optimizer", Adam, TypeError, "optimizer must be a name or an object with init and update, not"),
        ("schedule", "cosin", ValueError, "There is no schedule 'cosin'. Did you mean 'cosine'?"),
        ("schedule", 0.1, TypeError, "schedule must be a name, a schedule such as Cosine() or a function"),
        ("batch_size", 0, ValueError, "batch_size must be a whole number ≥ 1, not 0"),
        ("batch_size", "large", ValueError, "batch_size must be a whole number ≥ 1, not 'large'"),
        ("batch_size", 32.0, ValueError, "batch_size must be a whole number ≥ 1, not 32.0"),
        ("dropout", 1, ValueError, "dropout must be in [0, 1), not 1"),
        ("dropout", -0.1, ValueError, "dropout must be in [0, 1), not -0.1"),
        ("dropout", np.nan, ValueError, "dropout must be in [0, 1), not nan"),
        ("dropout", "half", ValueError, "dropout must be in [0, 1), not 'half'"),
        ("l2", -1, ValueError, "l2 must be in [0, inf), not -1"),
        ("l2", np.inf, ValueError, "l2 must be in [0, inf), not inf"),
        ("l2", True, ValueError, "l2 must be in [0, inf), not True"),
        ("label_smoothing", 1.0, ValueError, "label_smoothing must be in [0, 1), not 1.0"),
        ("label_smoothing", -0.1, ValueError, "label_smoothing must be in [0, 1), not -0.1"),
        ("clip_norm", -1.0, ValueError, "clip_norm must be in [0, inf), not -1"),
        ("clip_norm", float("inf"), ValueError, "clip_norm must be in [0, inf), not inf"),
        ("averaging", 1.0, ValueError, "averaging must be in [0, 1), not 1"),
        ("loss", "cross_entrop", ValueError, "There is no loss 'cross_entrop'. Did you mean 'cross_entropy'?"),
        ("loss", 1, TypeError, "loss must be a name or a function (prediction, target) → [B], not 1"),
        ("seed", -1, ValueError, "seed must be a whole number ≥ 0, not -1"),
        ("seed", 0.5, ValueError, "seed must be a whole number ≥ 0, not 0.5"),
        ("frequencies", -1, ValueError, "frequencies must be a whole number ≥ 0, not -1"),
        ("frequencies", 2.0, ValueError, "frequencies must be a whole number ≥ 0, not 2.0"),
        ("bins", -1, ValueError, "bins must be a whole number ≥ 0, not -1"),
        ("bins", 2.0, ValueError, "bins must be a whole number ≥ 0, not 2.0"),
        ("frequencies", True, ValueError, "frequencies must be a whole number ≥ 0, not True"),
        *(
            (name, value, ValueError, f"{name} must be in [1e-06, inf), not {value!r}")
            for name in POSITIVE
            for value in BAD
        ),
        ("scaling_speed", -1, ValueError, "scaling_speed must be in [0, inf), not -1"),
        ("scaling_speed", np.nan, ValueError, "scaling_speed must be in [0, inf), not nan"),
        ("scaling_speed", np.inf, ValueError, "scaling_speed must be in [0, inf), not inf"),
        ("scaling_speed", "fast", ValueError, "scaling_speed must be in [0, inf), not 'fast'"),
        ("network", "2-3-1", TypeError, "network must be a Sequential, not '2-3-1'"),
    ],
)
def test_every_field_is_checked(field, value, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Member(**{field: value})


@pytest.mark.parametrize("field", ["hidden_layer_sizes", "batch_size", "seed", "frequencies", "bins"])
def test_whole_numbers_of_numpy_are_whole_numbers(field):
    member = Member(**{field: np.int64(8)})
    assert member == Member(**{field: 8})
