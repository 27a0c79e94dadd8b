"""The command refuses to report on a run that is not as it was written: one line, status 2, and no page."""

import json
import shutil

import pytest


@pytest.fixture
def copied(classified, tmp_path):
    """A copy of a run, its page taken away."""
    folder = shutil.copytree(classified[0], tmp_path / "run")
    (folder / "report.html").unlink()
    return folder


def test_a_run_that_is_whole_gets_its_page_again(schuss, copied):
    result = schuss("report", copied)
    assert (result.status, result.out) == (0, f"{copied}/report.html\n")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.pop("validation"), "Object missing required field `validation`"),
        (lambda record: record["settings"].update(spec="x"), "Expected `object`, got `str` - at `$.settings.spec`"),
        (lambda record: record.update(prior={}), "Expected `array`, got `object` - at `$.prior`"),
        (lambda record: record.update(created=1.5), "Expected `str`, got `float` - at `$.created`"),
        (lambda record: record.update(members=True), "Expected `array`, got `bool` - at `$.members`"),
        (lambda record: record["validation"].update(errors=-1), "got `int` - at `$.validation.errors`"),
    ],
    ids=["missing", "roles", "prior", "created", "members", "errors"],
)
def test_a_record_that_was_edited_is_refused_with_the_place(refused, copied, change, said):
    record = json.loads((copied / "run.json").read_text(encoding="utf-8"))
    change(record)
    (copied / "run.json").write_text(json.dumps(record))
    told = refused("report", copied)
    assert told.startswith(f"schuss: {copied}/run.json: This is not what `schuss train` wrote: ")
    assert said in told


def test_a_history_that_is_missing_or_damaged_is_refused(refused, copied):
    path = copied / "history.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    assert f"schuss: {path}: This is not what `schuss train` wrote: " in refused("report", copied)
    path.unlink()
    assert f"schuss: {path}: This is not what `schuss train` wrote: " in refused("report", copied)
