"""The answer, on the page and in a notebook: what it says is what the record holds."""

import pytest

from schuss import report
from schuss.report import answer, markup
from tests.report.pages import Page
from tests.report.records import changed, with_scores

both = pytest.mark.parametrize("name", ["classes", "numbers"])


def test_the_answer_is_the_records(records):
    for record in records.values():
        found, judged = answer.answer_of(record), record.test or record.validation
        assert (found.score, found.baseline) == (judged.score.model, judged.score.baseline)
        assert (found.rows, found.held_out) == (judged.rows, record.test is not None)
        text = Page(answer.section_of(record)).text
        assert markup.number(found.score) in text
        assert f"{found.rows} {'test' if found.held_out else 'validation'} rows" in text
        assert ("expect slightly lower scores" in text) == (not found.held_out)
        best = record.ranking[0]
        assert f"number {best} with {markup.number(record.members[best].score)}" in text


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ([(0.90, 0.92), (0.80, 0.82)], "The lead of 0.1000 is larger than the spread over seeds (0.0141)"),
        ([(0.90, 0.96), (0.92, 0.92)], "The lead of 0.0100 is not larger than the spread over seeds (0.0424)"),
        ([(0.90, 0.96), (0.92, 0.92), (0.9, 0.91)], "In all, 2 configurations are that near"),
        ([(0.9,), (0.8,)], "one seed, so it cannot be known"),
        ([(0.9, 0.8)], "no second configuration"),
        ([(0.9, 0.8), (0.7, None)], "no second configuration"),
    ],
    ids=["larger", "smaller", "several are near", "one seed", "one configuration", "the other failed"],
)
def test_a_lead_is_told_beside_the_spread_over_seeds(classified, scores, words):
    assert words in answer.luck(changed(classified[1], with_scores(*scores)))


@pytest.mark.parametrize(("lead", "near"), [(0.019, True), (0.021, False)], ids=["within two errors", "beyond"])
def test_a_lead_is_told_beside_the_number_of_rows(classified, lead, near):
    text = Page(answer.section_of(changed(classified[1], with_scores([0.9], [0.9 - lead])))).text
    assert ("the other way round" in text) == near


def test_what_was_trained_again_is_said_to_be_so(classified):
    again = changed(classified[1], lambda record: record["refit"].update(training_rows=1234))
    assert "trained again on all 1,234 training and validation rows" in answer.section_of(again)
    never = changed(classified[1], lambda record: record.update(refit=None))
    assert "trained again" not in answer.section_of(never)


def test_no_better_than_the_baseline_is_said_so(classified):
    def equal(record):
        record["validation"]["scores"][0] |= {"model": 0.5, "baseline": 0.5}

    assert "the model is no better" in answer.section_of(changed(classified[1], equal))


def gained(more, error, rows="validation", members=2):
    """The model scores so much more than its best member, with this standard error."""

    def change(record):
        record["test"] = record["test"] or (record["validation"] if rows == "test" else None)
        record["model"]["shares"] = [[place, 1 / members] for place in record["ranking"][:members]]
        record[rows]["scores"][0] |= {"model": 0.5 + more, "best": 0.5}
        record[rows]["gain_error"] = error

    return change


@pytest.mark.parametrize(
    ("more", "error", "gain", "said"),
    [
        (0.0042, 0.0031, "0.0042 more than", " (± 0.0031, one standard error): that may be chance."),
        (0.0042, 0.0020, "0.0042 more than", " (± 0.0020, one standard error): more than chance explains."),
        (-0.01, 0.0020, "0.0100 less than", " (± 0.0020, one standard error): more than chance explains."),
        (0.0, 0.0020, "the same as", " (± 0.0020, one standard error)."),
        (0.0042, None, "0.0042 more than", "; whether that is chance is not known."),
    ],
    ids=["chance", "more", "less", "the same", "not known"],
)
def test_what_blending_gained_is_told_beside_its_error(classified, more, error, gain, said):
    for rows in ("validation", "test"):
        text = Page(answer.section_of(changed(classified[1], gained(more, error, rows)))).text
        assert f"The blend scores {gain} the best member alone{said}" in text
        assert ("These rows chose both" in text) == (rows == "validation")
        assert ("chose both, so the blend may gain less on new data." in text) == (rows == "validation" and more > 0)


def test_of_a_blend_of_one_member_no_gain_is_told(classified):
    assert "alone (±" not in answer.section_of(changed(classified[1], gained(0.01, 0.001, members=1)))


@both
def test_a_notebook_shows_the_answer_and_the_best_without_scripts(records, name):
    record = records[name]
    page = Page(report.html_of(record))
    assert answer.headline(record, answer.answer_of(record)) in " ".join(page.text.split())
    assert not {"script", "style", "link", "iframe"} & {tag for tag, *_ in page.elements}
    assert len(report.html_of(record)) < 10_000
    assert markup.number(record.members[record.ranking[0]].score) in page.text
