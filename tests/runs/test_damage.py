"""Damage to the files of a run is refused with the name of the file and the place in it."""

import json
import math
import pickle

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from schuss.jobs.run import Run
from schuss.tables import InputError
from tests.runs.made import encoding_of


def table(**changes):
    """Settings with changes in what is said of the table."""
    return lambda settings: settings | {"spec": settings["spec"] | changes}


def edited(**changes):
    def edit(folder):
        path = folder / "run.json"
        content = json.loads(path.read_text())
        for key, value in changes.items():
            content[key] = value(content[key])
        path.write_text(json.dumps(content))

    return edit


def described(**changes):
    """Another description of the best member, which is member 1."""
    return edited(members=lambda m: [m[0], {**m[1], "description": m[1]["description"] | changes}, m[2]])


def judged(**fields):
    """A judgement of three classes."""
    score = {"metric": "accuracy", "model": 0.5, "best": 0.5, "baseline": 0.5}
    return {"rows": 3, "scores": [score], "confusion": [[1, 0, 0]] * 3, "errors": None, "standard_error": None} | fields


def without(key):
    def edit(folder):
        content = json.loads((folder / "run.json").read_text())
        del content[key]
        (folder / "run.json").write_text(json.dumps(content))

    return edit


def weights(change):
    def edit(folder):
        path = folder / "members.safetensors"
        save_file(change(load_file(path)), path)

    return edit


def cut(name, share):
    def edit(folder):
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])

    return edit


@pytest.mark.parametrize(
    ("damage", "file", "said"),
    [
        (cut("run.json", 0.9), "run.json", "truncated"),
        (cut("run.json", 0), "run.json", "truncated"),
        (lambda folder: (folder / "run.json").write_bytes(b"\xff\xfe\x00"), "run.json", "malformed"),
        (lambda folder: (folder / "run.json").write_text("[1]"), "run.json", "Expected `object`, got `array`"),
        (lambda folder: (folder / "run.json").write_text("[" * 10**6), "run.json", "Expected `object`"),
        (edited(format=lambda _: 99), "run.json", "it has format 99, and this version reads format 7"),
        (without("format"), "run.json", "`format`"),
        (without("members"), "run.json", "`members`"),
        (without("folds"), "run.json", "`folds`"),
        (without("prior"), "run.json", "`prior`"),
        (edited(prior=lambda _: [1.0]), "run.json", "`$.prior` has 1 numbers, not 3"),
        (edited(prior=lambda _: [0.7, 0.7, -0.4]), "run.json", "`$.prior` has a negative share"),
        (edited(prior=lambda _: ["a", "b", "c"]), "run.json", "Expected `float`, got `str` - at `$.prior[0]`"),
        (edited(prior=lambda _: [math.nan, 0, 0]), "run.json", "malformed"),
        (edited(folds=lambda _: []), "run.json", "`$.folds` has no fold"),
        (edited(task=lambda _: "regression"), "run.json", "`$.task` is not that of the target in `$.folds`"),
        (edited(metric=lambda _: "r2"), "run.json", "`$.metric`: The metric 'r2' is for numbers"),
        (edited(best=lambda _: 3), "run.json", "`$.best` is not the first of `$.ranking`"),
        (edited(best=lambda _: -1), "run.json", "Expected `int` >= 0 - at `$.best`"),
        (edited(best=lambda _: "1"), "run.json", "Expected `int`, got `str` - at `$.best`"),
        (edited(ranking=lambda _: [1, 2, 2]), "run.json", "`$.ranking` does not hold the place of every member once"),
        (edited(ranking=lambda _: [1, 2]), "run.json", "`$.ranking` does not hold the place of every member once"),
        (edited(model=lambda m: m | {"shares": []}), "run.json", "the shares in `$.model.shares` sum to 0, not to 1"),
        (edited(model=lambda m: m | {"shares": [[1, 0.5]]}), "run.json", "`$.model.shares` sum to 0.5, not to 1"),
        (edited(model=lambda m: m | {"shares": [[1, 0.5], [1, 0.5]]}), "run.json", "names a member twice"),
        (edited(model=lambda m: m | {"shares": [[7, 1.0]]}), "run.json", "`$.model.shares` names member 7 of 3"),
        (edited(model=lambda m: m | {"temperature": 0}), "run.json", "Expected `float` > 0.0 - at `$.model.temp"),
        (edited(settings=table(roles={"owner": 1})), "run.json", "`$.settings.spec.roles.owner` is none"),
        (edited(settings=table(target="z")), "run.json", "`$.settings.spec.target` is not the target"),
        (edited(settings=lambda s: s | {"plan": s["plan"] | {"space": {}}}), "run.json", "` is missing"),
        (edited(settings=lambda s: s | {"owner": 1}), "run.json", "`$.settings.owner` is none of the keys"),
        (edited(folds=lambda f: [f[0] | {"encoding": {}}]), "run.json", "at `$.folds[0]`"),
        (edited(folds=lambda f: [f[0], f[0] | {"encoding": encoding_of(2).to_dict()}]), "run.json", "have different"),
        (edited(validation=lambda _: judged(gain_error=0.01)), "run.json", "`$.validation.gain_error` is of a blend"),
        (edited(validation=lambda _: judged(gain_error=-0.01)), "run.json", "`$.validation.gain_error` is below 0"),
        (described(seed=2**60), "run.json", "Expected `int` <= 9007199254740992 - at `$.members[1].description.seed`"),
        (described(optimizer={"name": "adam"}), "run.json", "`$.members[1].description` lacks a hyperparameter"),
        (described(activation="wave"), "run.json", "There is no activation 'wave'"),
        (described(hidden_layer_sizes=[-4]), "run.json", "at `$.members[1].description.hidden_layer_sizes[0]`"),
        (described(optimizer={"name": "adam", "gamma": 1}), "run.json", "gamma"),
        (described(hidden_layer_sizes=[4, 6]), "members.safetensors", "0/1/2/W is F32 [4, 5], not F32 [4, 6]"),
        (described(hidden_layer_sizes=[10**12]), "members.safetensors", "0/1/0/W is F32 [3, 4], not F32 [3, 1000"),
        (cut("members.safetensors", 0.5), "members.safetensors", "header"),
        (cut("members.safetensors", 0), "members.safetensors", "header"),
        (lambda folder: (folder / "members.safetensors").unlink(), "members.safetensors", "No such file"),
        (lambda folder: (folder / "members.safetensors").write_bytes(pickle.dumps({"0/1/0/W": 1})),
         "members.safetensors", "header"),
        (lambda folder: (folder / "run.json").write_bytes(pickle.dumps({})), "run.json", "malformed"),
        (weights(lambda w: {k: v for k, v in w.items() if k[2] != "1"}), "members.safetensors", "0/1/0/W"),
        (weights(lambda w: w | {"0/1/0/W": w["0/1/0/W"].T.copy()}), "members.safetensors", "0/1/0/W is F32 [4, 3], n"),
        (weights(lambda w: w | {"0/1/0/b": w["0/1/0/b"].astype(np.float64)}), "members.safetensors", "b is F64 [4]"),
    ],
)  # fmt: skip
def test_damage_is_refused_with_the_name_of_the_file(folder_of_run, damage, file, said):
    folder = folder_of_run
    assert Run(folder).record.best == 1
    damage(folder)
    with pytest.raises(InputError) as caught:
        Run(folder)
    assert str(caught.value).startswith(f"{folder / file}: This is not what `schuss train` wrote: ")
    assert str(caught.value).endswith(". Restore the file, or train again.")
    assert said in str(caught.value)
