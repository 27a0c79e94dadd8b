"""A command on the page is read back by the command line into the settings that it was made from."""

import html
import json
import re
from dataclasses import asdict, replace

import pytest

from schuss.report.command import command, inspect_command
from schuss.runs import Settings
from schuss.selection.dataset import DataSpec
from schuss.selection.plan import Plan
from schuss.space import Space
from schuss.tables import Roles
from tests.report.pages import Page

both = pytest.mark.parametrize("name", ["classes", "numbers"])


def plain(settings):
    return json.loads(json.dumps(asdict(settings)))


def made(spec, **plan):
    return Settings(spec, Plan(**plan))


@pytest.mark.parametrize(
    "settings",
    [
        made(DataSpec("digits"), epochs=7, patience=3),
        Settings(
            DataSpec("a b'c.csv", "y", task="regression"),
            Plan(numeric="quantile", members=5, seeds=3, test=0.25, validation=0.1),
        ),
        Settings(
            DataSpec("x.duckdb", "</script>", table="t"),
            Plan(class_weight="balanced", metric="f1_macro", folds=4, devices=2),
        ),
        Settings(
            DataSpec("x.csv", "y", roles=Roles(id=("a", "b"), exclude=("c d",), weight="w", group="g", time="t")),
            Plan(),
        ),
        made(DataSpec("x.csv", "y", roles=Roles(category=("k",), number=("n",))), random_state=9),
        Settings(
            DataSpec("digits"), Plan(space=Space(optimizer=["adam", "sgd"], learning_rate=[1e-05, 0.1], l2=[0.0, 0.1]))
        ),
        made(DataSpec("digits"), numeric="robust", refit=False, test=0.2),
        Settings(
            DataSpec("digits"), Plan(space=Space(hidden_layer_sizes=[(64, 32), (), (8,)], batch_size=["auto", 64]))
        ),
        Settings(
            DataSpec("digits"),
            Plan(
                space=Space(
                    ["lion"],
                    [0.3],
                    ["cosine"],
                    [8],
                    [(4,)],
                    ["tanh"],
                    [0.5],
                    [1.0],
                    ["huber"],
                    [0.1],
                    [1.5],
                    [0.9],
                    [3],
                    [0.2],
                    [4],
                    [2.0],
                    [9.0],
                )
            ),
        ),
        made(DataSpec("digits"), budget=90.0, quality="high"),
        made(DataSpec("digits"), halving=True),
        made(DataSpec("digits"), category_statistics=True),
        made(DataSpec("digits"), halving=False, refit=False),
        made(DataSpec("digits"), distil=True),
        made(DataSpec("x.csv", "y", encoding="gbk", missing=("?", "-999", "not known"))),
        made(DataSpec("x.csv", "y", roles=Roles(exclude=("dist, km", 'a "b"'), id=("c",)))),
    ],
    ids=[
        "plain",
        "shares",
        "names",
        "roles",
        "kinds",
        "numbers",
        "no refit",
        "layers",
        "every choice",
        "budget and quality",
        "halving",
        "category statistics",
        "no halving",
        "distil",
        "encoding and missing",
        "commas in names",
    ],
)
def test_a_command_stands_for_the_settings_it_was_made_from(settings_of, settings):
    assert plain(settings_of(command(settings))) == plain(settings)


def test_changes_take_the_place_of_settings(settings_of):
    settings = made(DataSpec("x.csv", "y"), epochs=9, patience=4, space=Space(optimizer=["sgd"]))
    text = command(settings, optimizer=["adam", "lion"], patience=None, seeds=3)
    changed = replace(settings.plan, space=Space(optimizer=["adam", "lion"]), patience=None, seeds=3)
    wanted = replace(settings, plan=changed)
    assert plain(settings_of(text)) == plain(wanted)


def test_inspect_is_told_of_the_table_alone():
    settings = Settings(
        DataSpec("x.csv", "y", task="binary", table="t", roles=Roles(exclude=("z",))), Plan(epochs=3, seeds=2)
    )
    assert inspect_command(settings) == "schuss inspect x.csv --target y --exclude z --task binary --table t"
    settings = made(DataSpec("iris"), category_statistics=True)
    assert inspect_command(settings) == "schuss inspect iris --category-statistics"


@both
def test_the_run_can_be_repeated_by_the_command_on_its_page(pages, records, settings_of, name):
    record = records[name]
    text = pages[name]
    block = text[text.index('<section id="repeat">') :]
    (shown,) = re.findall('<pre class="command"><code>(.*?)</code>', block, re.S)
    said = html.unescape(re.sub("</?span>", "", shown))
    own = settings_of(said)
    assert plain(replace(own, spec=replace(own.spec, target=record.settings.target))) == plain(record.settings)
    shown = Page(pages[name]).text
    assert record.fingerprint in shown
    for version in (*record.versions.values(), *record.machine.instructions):
        assert version in shown
