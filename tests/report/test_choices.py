"""What made the difference: planted differences are found and told, and chance is not."""

import itertools
import json

import numpy as np
import pytest

from schuss.report import answer, choices
from schuss.runs.read import decode
from tests.report.pages import Page
from tests.report.records import changed, plain

NONE = "No choice made a clear difference"


def population(scores, *, fields=None, seeds=1):
    """Members with these scores; `fields` are functions of a member's number, or constants."""

    def change(record):
        base, members = record["members"][0], []
        for k, score in enumerate(scores):
            named = {name: value(k) if callable(value) else value for name, value in (fields or {}).items()}
            description = {**base["description"], "l2": k // seeds / 1e6, "seed": k % seeds}
            own = {"score": score, "diverged_at": None if score is not None else 1, "status": "done"}
            members.append({**base, **own, **named, "seed": k % seeds, "description": description})
        order = sorted(range(len(members)), key=lambda place: -(scores[place] if scores[place] is not None else -9))
        record |= {"members": members, "ranking": order, "best": order[0]}
        record["model"]["shares"] = [[order[0], 1.0]]
        record["health"]["members"] = [{**record["health"]["members"][0], "member": order[0]}]
        record["importance"] = None

    return change


def said(record, *changes):
    return choices.sentences(changed(record, *changes))


def noise(n, seed=0, spread=0.01):
    return 0.9 + spread * np.random.default_rng(seed).normal(size=n)


def alternating(*values, every=1):
    return lambda k: values[k // every % len(values)]


VARIED = {
    "optimizer": alternating("adam", "sgd", "lion"),
    "schedule": alternating("cosine", "constant", every=3),
    "activation": alternating("relu", "tanh", "silu", every=4),
    "dropout": lambda k: (k * 7 % 32) / 100,
    "batch_size": lambda k: 128 << k * k % 7 % 2,
    "frequencies": alternating(8, 0, every=2),
    "learning_rate": lambda k: 10.0 ** -(1 + k * 11 % 5),
}


def test_a_planted_difference_is_found_and_told_with_its_spread(classified):
    scores = noise(32) + np.where(np.arange(32) // 2 % 2 == 0, 0.03, 0)
    (text,) = said(classified[1], population(scores.tolist(), fields=VARIED))
    with_waves, without = scores[np.arange(32) // 2 % 2 == 0], scores[np.arange(32) // 2 % 2 == 1]
    for group, words in ((with_waves, "16 members, middle half"), (without, "16,")):
        median, low, high = np.quantile(group, [0.5, 0.25, 0.75])
        assert f"{median:.4f} ({words} {low:.4f} to {high:.4f})" in text
    assert text.startswith("Members with waves scored better than those without: median ")
    assert "more than chance explains (p < 0.001 after" in text
    assert text in Page(answer.section_of(changed(classified[1], population(scores.tolist(), fields=VARIED)))).text


@pytest.mark.parametrize(
    ("planted", "words"),
    [
        (lambda k: k % 3 != 1, "Members with the optimizer sgd scored worse than those without"),
        (lambda k: k // 3 % 2 == 1, "with the schedule constant scored better than those with"),
        (lambda k: (k * 7 % 32) < 16, "with a dropout of at most 0.155 scored better than those with"),
        (lambda k: k * k % 7 % 2, "with mini-batches of 256 scored better than those with mini-batches of 128: "),
        (lambda k: k * 11 % 5 < 2, "a learning rate above their optimizer's median scored better"),
    ],
    ids=["a word", "one of two words", "a number", "one of two numbers", "the learning rate"],
)
def test_every_kind_of_choice_is_found(classified, planted, words):
    scores = noise(48) + np.where([planted(k) for k in range(48)], 0.05, 0)
    assert words in said(classified[1], population(scores.tolist(), fields=VARIED))[0]


def test_chance_is_not_told_as_a_difference(classified):
    """At most about one in twenty runs of noise alone may be told as a difference."""
    record = classified[1]
    found = [said(record, population(noise(32, seed).tolist(), fields=VARIED)) for seed in range(40)]
    assert all(len(texts) == 1 for texts in found)
    assert sum(texts[0].startswith(NONE) for texts in found) >= 36


def test_scores_that_are_all_the_same_make_no_difference(classified):
    (text,) = said(classified[1], population([0.5] * 32, fields=VARIED))
    assert text.startswith(NONE)
    assert "comparisons of members may show chance alone" in text


def test_choices_that_went_together_are_told_together(classified):
    """As where waves, layers and activation are drawn together: which of them did it cannot be known."""
    first = lambda k: k < 16  # noqa: E731
    fields = {
        "frequencies": lambda k: 8 * first(k),
        "bins": lambda k: 8 * (not first(k)),
        "hidden_layer_sizes": lambda k: "64,64" if first(k) else "256",
        "dropout": lambda k: (k * 7 % 32) / 100,
    }
    scores = noise(32) + np.where(np.arange(32) >= 16, 0.03, 0)
    (text,) = said(classified[1], population(scores.tolist(), fields=fields))
    better, worse = "the layers 256 and ramps", "the layers 64,64 and waves"
    assert text.startswith(f"Members with {better} scored better than those with {worse}: ")
    assert text.endswith("went together, so it cannot be told which of them did it.")


def test_what_only_goes_along_with_a_difference_is_not_told(classified):
    """Three of four members with waves are silu; waves alone matter."""
    waves = np.arange(64) < 32
    silu = np.where(np.arange(64) % 4 == 0, ~waves, waves)
    fields = {
        "frequencies": lambda k: 8 * int(waves[k]),
        "activation": lambda k: "silu" if silu[k] else "relu",
        "dropout": lambda k: (k * 7 % 32) / 100,
    }
    texts = said(classified[1], population((noise(64) + 0.03 * waves).tolist(), fields=fields))
    assert len(texts) == 1
    assert "waves" in texts[0]
    both = said(classified[1], population((noise(64) + 0.03 * waves + 0.03 * silu).tolist(), fields=fields))
    assert len(both) == 2
    assert ["silu" in text for text in both] != ["waves" in text for text in both]
    assert both[0].startswith("Members with ")
    assert both[1].startswith("Apart from that, members with ")


def test_members_that_were_tried_rank_behind_those_trained_in_full(classified):
    """Scores of short trainings, here the higher ones, are not compared with those of long ones."""
    waves = {"frequencies": lambda k: 8 * (k < 16), "dropout": lambda k: (k * 7 % 32) / 100}
    full = [k for k in range(32) if k < 11 or k == 20]
    scores = [0.8 + k / 1e4 if k in full else 0.95 - k / 1e4 for k in range(32)]
    record = plain(changed(classified[1], population(scores, fields=waves)))
    rounds = [(range(32), 5), (full, 20)]
    record["rounds"] = [
        {"members": list(places), "folds": 1, "epochs": epochs, "patience": 5, "stops": []} for places, epochs in rounds
    ]
    found = decode(json.dumps(record).encode())
    assert not choices.trained_alike(found)
    standings = choices.standings(found)
    assert {one.member.score for one in standings[:12]} == {scores[k] for k in full}
    (text,) = choices.sentences(found)
    assert text.startswith("Members with waves ranked better than those without: median rank ")
    assert text.endswith("Ranks are compared, since better members were trained longer.")
    record["rounds"][1]["stops"] = [[None] * 11 + [3]]
    assert len(choices.standings(decode(json.dumps(record).encode()))) == 31  # the clock ended one
    record["rounds"] = record["rounds"][:1]
    (text,) = choices.sentences(decode(json.dumps(record).encode()))
    assert text.startswith(NONE)  # what comparing the scores of both kinds would say


def test_seeds_of_a_configuration_count_once(classified):
    fields = {"frequencies": lambda k: 8 * (k // 4 % 2), "dropout": lambda k: k // 4 / 100}
    scores = noise(80) + np.where(np.arange(80) // 4 % 2 == 1, 0.05, 0)
    (text,) = said(classified[1], population(scores.tolist(), fields=fields, seeds=4))
    means = scores.reshape(20, 4).mean(axis=1)
    assert text.startswith("Configurations with waves scored better than those without: median ")
    assert f"median {np.median(means[1::2]):.4f} (10 configurations, " in text


def test_members_that_diverged_count_as_the_worst(classified):
    scores = noise(32).tolist()
    for k in range(1, 32, 2):
        scores[k] = None if k % 4 == 1 else scores[k]
    fields = {"activation": alternating("relu", "tanh"), "dropout": lambda k: (k * 7 % 32) / 100}
    scores = [None if k % 2 and k < 24 else score for k, score in enumerate(scores)]
    (text,) = said(classified[1], population(scores, fields=fields))
    assert "the activation relu scored better than those with the activation tanh" in text


@pytest.mark.parametrize("n", [2, 4, 7])
def test_few_members_are_said_to_be_too_few(classified, n):
    fields = {"activation": alternating("relu", "tanh")}
    scores = [0.9 - 0.1 * (k % 2) for k in range(n)]
    assert said(classified[1], population(scores, fields=fields)) == [
        f"{n} members are too few to tell which choices made the difference."
    ]


def test_nothing_is_said_where_nothing_can_be_compared(classified):
    def without_scores(record):
        for member in record["members"]:
            member["score"] = None

    record = classified[1]
    assert said(record, population([0.9])) == []
    assert said(record, population([0.9, 0.8, 0.7, 0.6] * 5)) == []
    assert said(record, population(noise(32).tolist(), fields=VARIED), without_scores) == []
    assert said(record, population([None] * 32, fields=VARIED)) == []


def test_names_are_escaped(classified):
    hostile = "<b>own</b>" + "x" * 500
    scores = noise(32) + 0.05 * (np.arange(32) % 2)
    fields = {"optimizer": alternating("adam", hostile)}
    page = answer.section_of(changed(classified[1], population(scores.tolist(), fields=fields)))
    assert "&lt;b&gt;own&lt;/b&gt;xxx" in page
    assert "<b>" not in page
    assert "x" * 100 not in page.split("than those with")[0].split("Members with")[-1]


def test_every_division_of_the_members_is_compared_once(classified):
    members = changed(classified[1], population(noise(24).tolist(), fields=VARIED)).members
    found = choices.choices(members)
    divisions = [frozenset(choice.sides) for choice in found]
    assert len(set(divisions)) == len(divisions)
    for choice, (one, other) in itertools.product(found, [(0, 1)]):
        assert not set(choice.sides[one]) & set(choice.sides[other])
