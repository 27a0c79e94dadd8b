"""Records of runs to report on, and changes to them, made as a user would make them in run.json."""

import json
import math
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv

from schuss.jobs.train import run
from schuss.runs import read_record
from schuss.runs.read import decode
from schuss.runs.write import encode

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "도시 & <b>굵게</b>",
    "'%{x}$a$\u2028",
]
"""Names of columns; the last one's signs have a meaning in plotly's templates, in MathJax and in JavaScript."""

TARGET, LABELS = "y</title>", ["</script>yes", "<i>no</i>"]


def hostile_table(path):
    rng = np.random.default_rng(0)
    x = {name: rng.normal(size=160) for name in HOSTILE[:3]}
    x[HOSTILE[3]] = rng.choice([f"<u>{k}</u>" for k in range(20)], 160)
    y = np.where(x[HOSTILE[0]] > 0, *LABELS)
    pa.csv.write_csv(pa.table({**x, TARGET: y}), path)
    return str(path)


def record_of(spec, plan, parent):
    """A run's folder and its record; with a standard error that is set, what is said of it depends on no chance."""
    folder = run(spec, plan, parent=parent).folder
    record = read_record(folder / "run.json")
    if record.validation is None:
        return folder, record
    return folder, replace(record, validation=replace(record.validation, standard_error=0.01))


def plain(record):
    """A record as JSON gives it."""
    return json.loads(encode(record))


def changed(record, *changes):
    """The record with changes made in the JSON, each by a function of it; rounds and refit follow them."""
    found = plain(record)
    for change in changes:
        change(found)
    if len(found["model"]["shares"]) == 1:
        for judgement in filter(None, (found["validation"], found["test"])):
            judgement["gain_error"] = None
    found["rounds"] = []
    found["model"]["again"] = [] if found["refit"] is None else [found["best"]]
    return decode(json.dumps(found).encode())


def with_scores(*scores, metric="accuracy"):
    """Members with these scores, one list a configuration and one score a seed."""

    def change(record):
        base, members = record["members"][0], []
        for k, own in enumerate(scores):
            for seed, score in enumerate(own):
                description = {**base["description"], "dropout": k / 100, "seed": seed}
                more = {"dropout": k / 100, "seed": seed, "score": score, "diverged_at": None}
                members.append({**base, **more, "description": description})
        order = sorted(range(len(members)), key=lambda place: -(members[place]["score"] or -math.inf))
        record |= {"members": members, "metric": metric, "ranking": order, "best": order[0]}
        record["model"]["shares"] = [[order[0], 1.0]]
        about_the_best(record)

    return change


def about_the_best(record):
    """Let health and importance be of the best member alone."""
    record["health"]["members"] = [{**record["health"]["members"][0], "member": record["best"]}]
    if record["importance"] is not None:
        record["importance"]["member"] = record["best"]
