"""Numbers as people write them: found out, read, and read again in the same way."""

import json

import numpy as np
import pyarrow as pa
import pytest

from schuss.tables import Encoding, InputError, Roles
from schuss.tables.numerals import find_form, is_form, numbers, parse, split

NAN = np.nan

FORMS = [
    # Thousands
    (["1,225,000", "12", "950.5"], "1,234.5", [1225000, 12, 950.5]),
    (["1,234", "5,678"], "1,234.5", [1234, 5678]),
    (["12,34,567", "1,234"], "1,234.5", [1234567, 1234]),
    ([*map(str, range(900, 999)), "1,200"], "1,234.5", [*range(900, 999), 1200]),
    (["1.234,56", "12"], "1.234,5", [1234.56, 12]),
    (["1.234.567", "1.234"], "1.234,5", [1234567, 1234]),
    (["1,5", "2,25"], "1.234,5", [1.5, 2.25]),
    (["1 000,0", "2,5"], "1 234,5", [1000, 2.5]),
    (["1\u00a0000,0", "2"], "1 234,5", [1000, 2]),
    (["1\u202f000", "2 500"], "1 234,5", [1000, 2500]),
    (["1 234.5", "2 000"], "1 234.5", [1234.5, 2000]),
    (["1'000.5", "3"], "1'234.5", [1000.5, 3]),
    (["1’000’000", "3"], "1'234.5", [1000000, 3]),
    # Percent
    (["32%", "5 %", "+1.5%", "-2%"], "1234.5%", [32, 5, 1.5, -2]),
    (["32,5%", "5 %", "1,25 %"], "1.234,5%", [32.5, 5, 1.25]),
    (["3‰", "5 ‰"], "1234.5‰", [3, 5]),
    # Currencies
    (["$1,200", "$5.50", "7"], "$1,234.5", [1200, 5.5, 7]),
    (["-$5", "$-6", "$7"], "$1234.5", [-5, -6, 7]),
    (["5 €", "1.200,50 €"], "1.234,5€", [5, 1200.5]),
    (["€ 5", "€6,50", "€7,25"], "€1.234,5", [5, 6.5, 7.25]),
    (["1.234 €", "2.500 €"], "1.234,5€", [1234, 2500]),
    (["₩1,000", "₩25,000"], "₩1,234.5", [1000, 25000]),
    (["5원", "1,000원"], "1,234.5 원", [5, 1000]),
    (["USD 5", "USD 6"], "USD 1234.5", [5, 6]),
    (["5 USD", "1,000 USD"], "1,234.5 USD", [5, 1000]),
    (["R$ 5,00", "R$ 1.234,00"], "R$1.234,5", [5, 1234]),
    (["Rs. 5", "Rs. 10"], "Rs.1234.5", [5, 10]),
    (["CHF 1'000.50", "CHF 5"], "CHF 1'234.5", [1000.5, 5]),
    # Minus
    (["(5)", "7", "(1,200.50)"], "1,234.5", [-5, 7, -1200.5]),
    (["($5)", "$6", "$(7)"], "$1234.5", [-5, 6, -7]),
    (["−5", "3", "–2"], "1234.5", [-5, 3, -2]),
    (["5-", "3", "1.5-"], "1234.5", [-5, 3, -1.5]),
    # Units
    (["5 kg", "6.5 kg", "1e3 kg"], "1234.5 kg", [5, 6.5, 1000]),
    (["5kg", "6 KG"], "1234.5 kg", [5, 6]),
    (["1 room", "2 rooms"], "1234.5 room", [1, 2]),
    (["25°C", "-3 °C"], "1234.5°C", [25, -3]),
    (["5 m²", "6 m²"], "1234.5 m²", [5, 6]),
    (["5 m2", "6 m2"], "1234.5 m2", [5, 6]),
    (["5 m/s", "6 m/s"], "1234.5 m/s", [5, 6]),
    (["5 µg", "6 μg"], "1234.5 µg", [5, 6]),
    (['5"', '6"'], '1234.5"', [5, 6]),
    (["30 years old", "41 years old"], "1234.5 years old", [30, 41]),
    (["3층", "12층"], "1234.5 층", [3, 12]),
    # Spaces around
    ([" 1,200 ", "\u00a05"], "1,234.5", [1200, 5]),
]


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
@pytest.mark.parametrize(("texts", "form", "expected"), FORMS)
def test_forms(texts, form, expected, type_):
    array = pa.array(texts, type_)
    found, count = find_form(array)
    assert (found, count) == (form, len(texts))
    np.testing.assert_allclose(parse(array, form), expected)
    assert is_form(form)


NONE = [
    ["32%", "5"], ["5 kg", "500 g"], ["$5", "€6"], ["(1)", "(2)", "(3)"], ["007", "1,225"], ["$007", "$123"],
    ["010-1234-5678", "010-2222-3333"], ["555 123 4567", "555 123 9999"],
    ["1.2.3", "1.2.4"], ["192.168.0.1", "10.0.0.1"],
    ["10-20", "30-40"], ["3/5", "4/5"], ["12A", "13B"], ["A5", "A6"], ["5'", "6'"], ["10:30", "11:20"], ["<5", ">6"],
    ["~5", "~6"], ["1.5M", "2K"], ["2024-01-01", "2024-02-01"], ["01/02/24", "03/02/24"], ["1, 2", "3, 4"],
    ["5.5.", "6.6."],
    ["1,22", "1,225,000"], ["-(5)", "(-6)", "7x"], ["1_000", "2_000"], ["0x10", "0x20"], ["a", "b"],
    ["１", "２"],
]  # fmt: skip


@pytest.mark.parametrize("texts", NONE)
def test_what_is_no_column_of_numbers(texts):
    assert find_form(pa.array(texts))[1] < len(texts)


SLIPS = [
    (["1", "2", "3", "4,5"], ""), ([*map(str, range(99)), "99 km"], ""), (["1.5", "2,5", "3.5"], ""),
    ([*map(str, range(99)), "$99"], ""), (["1", "2", "3b", "a"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("texts", "form"), SLIPS)
def test_one_cell_of_another_form_is_a_slip(texts, form):
    assert find_form(pa.array(texts))[0] == form


@pytest.mark.parametrize("form", ["x", "1234", "1,234.5 m4", "1234.56", "2,345.6", None, 5, "1,234,5", "1;234.5"])
def test_what_is_no_form(form):
    assert not is_form(form)


def test_forms_are_taken_apart():
    assert split("US$1 234,5 kg") == ("US$", "1 234,5", "kg")


# In tables


def table_of(texts, name="x"):
    return pa.table({name: texts, "other": np.arange(len(texts)) % 7 + 0.5, "y": np.arange(len(texts)) % 2})


WRITTEN = [
    ([f"{1000 * k:,}" for k in range(60)], "1,234.5"),
    ([f"{k}%" for k in range(60)], "1234.5%"),
    ([f"${k}.50" for k in range(60)], "$1234.5"),
    ([f"{k} kg" if k % 9 else "n.a." for k in range(60)], "1234.5 kg"),
]


@pytest.mark.parametrize(("texts", "form"), WRITTEN)
def test_columns_are_numbers_and_say_so(texts, form):
    encoding = Encoding.fit(table_of(texts), "y", np.arange(60), "classification")
    decision = encoding.plan()[0]
    assert decision.kind == "number"
    assert decision.why.startswith(f"text that reads as numbers written as {form}: ")
    assert encoding.inputs[0].form == form
    back = Encoding.from_dict(json.loads(json.dumps(encoding.to_dict())))
    np.testing.assert_array_equal(back.features(table_of(texts)), encoding.features(table_of(texts)))


def test_a_table_to_predict_is_read_as_training_was():
    """One row alone would not tell what its comma is."""
    trained = table_of([f"{k},5" for k in range(60)])
    encoding = Encoding.fit(trained, "y", np.arange(60), "classification")
    one = encoding.features(table_of(["1,234"]))
    np.testing.assert_allclose(one[:, 0], encoding.features(table_of([1.234]))[:, 0])
    american = Encoding.fit(table_of([f"{k},500" for k in range(1, 61)]), "y", np.arange(60), "classification")
    np.testing.assert_allclose(
        american.features(table_of(["1,234"]))[:, 0], american.features(table_of([1234.0]))[:, 0]
    )


@pytest.mark.parametrize(
    ("trained", "later", "said"),
    [
        (
            [f"{k}%" for k in range(60)],
            ["0.32"],
            "row 1, column 'x': The text '0.32' is not a number written as 1234.5%",
        ),
        ([f"{k}%" for k in range(60)], [0.32], "0.32 is not a number written as 1234.5%"),
        ([f"{k} kg" for k in range(60)], ["5 kg", "500 g"], "row 2, column 'x': The text '500 g' is not"),
        ([f"${k}" for k in range(60)], ["€5"], "The text '€5' is not a number written as $1234.5"),
        ([str(k / 3) for k in range(60)], ["1,5"], "The text '1,5' is not a number"),
    ],
)
def test_another_form_at_prediction_is_refused(trained, later, said):
    encoding = Encoding.fit(table_of(trained), "y", np.arange(60), "classification")
    with pytest.raises(InputError) as caught:
        encoding.features(table_of(later))
    assert said in str(caught.value)


def test_numbers_without_their_currency_or_unit_are_taken():
    for trained in ([f"${k}" for k in range(60)], [f"{k} kg" for k in range(60)]):
        encoding = Encoding.fit(table_of(trained), "y", np.arange(60), "classification")
        expected = encoding.features(table_of([trained[7]]))
        np.testing.assert_array_equal(encoding.features(table_of(["7"])), expected)
        np.testing.assert_array_equal(encoding.features(table_of([7])), expected)


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["007", "010", "123"], [7, 10, 123]),
        (["1,225", "3.5", "n/a"], [1225, 3.5, NAN]),
        (["(1)", "2", "#N/A"], [-1, 2, NAN]),
        (["5 kg", "6 kg", r"\N"], [5, 6, NAN]),
    ],
)
def test_number_takes_a_column_whatever_it_looks_like(texts, values):
    texts, values = 20 * texts, 20 * values
    encoding = Encoding.fit(table_of(texts), "y", np.arange(60), "classification", roles=Roles(number="x"))
    assert encoding.plan()[0].kind == "number"
    np.testing.assert_array_equal(numbers(table_of(texts), "x"), values)


def test_a_target_is_read_in_its_form():
    table = pa.table({"x": np.arange(60) / 7, "y": [f"{k + 40}%" for k in range(60)]})
    encoding = Encoding.fit(table, "y", np.arange(60))
    assert encoding.task == "regression"
    np.testing.assert_allclose(encoding.restore(encoding.targets(table))[:, 0], np.arange(40, 100), rtol=1e-5)


MISSING = [
    "NA", "na", "N/A", "n/a", "#N/A", "#NA", "<NA>", "n.a.", "n. a.", "NaN", "-nan", "null", "NULL", "(null)", "#NULL!",
    "None",
    "nil", r"\N", "?", "-", "--", "---", "–", "—", ".", "..", "...", "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?",
    "NaT",
    "1.#QNAN", "-1.#IND", " NA ", "",
]  # fmt: skip


@pytest.mark.parametrize("word", MISSING)
def test_words_for_missing_cells(word):
    for texts in (["1.5", "2", word], ["1,200", "5", word], ["yes", "no", word], ["2024-01-31", "2024-02-01", word]):
        texts = 20 * texts
        encoding = Encoding.fit(table_of(texts), "y", np.arange(60), "classification")
        assert encoding.plan()[0].kind in ("number", "boolean", "date")
        assert "; 20 of 60 missing" in encoding.plan()[0].why


@pytest.mark.parametrize("word", ["unknown", "NAN1", "N", "#", "0", "missing", "x"])
def test_other_words_are_not_missing_by_themselves(word):
    assert (
        not Encoding.fit(table_of(20 * ["red", "blue", word]), "y", np.arange(60), "classification").inputs[0].missing
    )
