from __future__ import annotations

from collections.abc import Collection

import pytest

from segkit.files.csv_options import CsvOptions
from segkit.files.number_columns import FEW, LEVELS, MOST_BIGINT, MOSTLY, Numbers, decide
from segkit.files.number_conventions import Either
from segkit.files.number_study import MISSING, NumberForm, study
from segkit.files.shapes import count_shapes


def look(
    texts: Collection[str],
    decimals: Collection[str] = (),
    said: CsvOptions | None = None,
    *,
    is_declared: bool = False,
) -> Numbers | Either | None:
    found = study(count_shapes(texts))
    return decide(found, decimals, said or CsvOptions(), is_declared=is_declared)


def form(*texts: str, **options: object) -> NumberForm:
    found = look(texts, **options)  # type: ignore[arg-type]
    assert isinstance(found, Numbers), found
    return found.form


def test_what_is_pinned() -> None:
    assert (MOSTLY, FEW, LEVELS) == (0.5, 0.01, 12)
    assert int(MOST_BIGINT) == 2**63 - 1
    assert all(word == word.lower() for word in MISSING)
    assert not {"0", "no", "false", "x", "all"} & MISSING


@pytest.mark.parametrize(("sign", "is_whole"), [(".", True), (",", False)])
def test_what_is_said_decides(sign: str, is_whole: bool) -> None:
    assert form("1,043", "2,500", said=CsvOptions(decimal=sign)).is_whole == is_whole
    assert form("1,043", "2,500", decimals=[sign]).is_whole == is_whole


def test_thousands_that_are_said() -> None:
    assert form("1.043", "2.500", said=CsvOptions(thousands=".")).is_whole


def test_a_column_that_is_written_in_another_way_than_is_said_is_read_all_the_same() -> None:
    assert form("0.5", "12.25", said=CsvOptions(decimal=",")).decimal == "."


@pytest.mark.parametrize(
    "texts",
    [
        (), ("a", "b"), ("1", "a", "b"), ("007", "12"), ("+4917", "+4918"),
        ("12345678901234567890", "1"), ("1.5", "1234567890123456"), ("1e999",),
    ],
)  # fmt: skip
def test_text(texts: tuple[str, ...]) -> None:
    assert look(texts) is None


def test_a_plus_beside_a_minus_is_no_telephone_number() -> None:
    assert form("+5", "-3").plus


def test_words_for_nothing_and_the_rest_are_apart() -> None:
    found = look(["1"] * 8 + ["NA", "n/a", "5+"])
    assert isinstance(found, Numbers)
    assert {shape.text for shape in found.missing} == {"NA", "n/a"}
    assert [shape.text for shape in found.others] == ["9+"]
    assert found.known == 8


@pytest.mark.parametrize(
    ("texts", "zeros"),
    [
        (("(5.00)", "7.00", "-"), ("-",)),
        (("$5.00", "$ -"), ("$ -",)),
        (("5,00 €", "- €", "-"), ("-", "- €")),
        (("-5.00", "7.00", "-"), ()),
        (("5.00", "-", "\u2014"), ()),
    ],
)
def test_dashes_are_zero_in_accounts(texts: tuple[str, ...], zeros: tuple[str, ...]) -> None:
    assert form(*texts).zeros == zeros


@pytest.mark.parametrize(
    ("texts", "percent"),
    [
        (("45%", "20%"), "points"),
        (("45%", "0.2"), "share"),
        (("45%", "0.2", "1", "0"), "share"),
        (("45\uff05", "0.2"), "share"),
        (("45", "20"), ""),
    ],
)
def test_percent(texts: tuple[str, ...], percent: str) -> None:
    assert form(*texts).percent == percent


@pytest.mark.parametrize("texts", [("45%", "45"), ("45%", "1.5"), ("0.5%", "0.5"), ("1%", "1")])
def test_percent_beside_numbers_of_its_size(texts: tuple[str, ...]) -> None:
    found = look(texts)
    assert isinstance(found, Either) and found.why == "percent"
    for answer in ("points", "share"):
        assert form(*texts, said=CsvOptions(percent=answer)).percent == answer


def test_two_kinds_of_money() -> None:
    found = look(["$5.00", "€6.00"])
    assert isinstance(found, Either) and found.why == "currency"
    assert form("$5.00", "€6.00", is_declared=True).currency_texts == ("$", "€")
    assert form("5 EUR", "€ 6").currency == "€"


@pytest.mark.parametrize(
    ("texts", "may_collide"),
    [
        (("1.1", "1.10"), True),
        (("1", "1.0"), True),
        (("1.50", "1.25"), False),
        (("12.0", "12.25"), False),
        (("1.5", "1.25"), False),
        (("1e1", "10.0"), False),
    ],
)
def test_two_texts_may_be_one_number(texts: tuple[str, ...], may_collide: bool) -> None:
    found = look(texts)
    assert isinstance(found, Numbers) and found.may_collide == may_collide


@pytest.mark.parametrize(
    ("texts", "is_asked"),
    [
        ([*["12.50", "7.25"] * 10, "1.390"], True),  # prices, and one that would have three
        ([*["12.50", "7.25"] * 9, "1.390"], False),  # of a few texts nothing can be said
        ([*["12.50", "7.5"] * 10, "1.390"], False),
        ([*["1.390", "0.994"] * 10], False),
        ([*["1.234.567"] * 10, *["1.390"] * 90, "0.994"], True),  # one of two is no slip
        ([*["1.234.567"] * 40, *["1.390"] * 90, "0.994"], False),
        ([*["1.234.567"] * 10, "0.994"], False),  # nothing depends on it
        ([*["12,50", "7,25"] * 10, "1,390", "1,234,567"], True),
        ([*["1.234,50", "7,25"] * 10, "1.390"], True),  # all others have decimals
        ([*["1.234,50", "7,25"] * 10, "1.390", "17"], False),
    ],
)
def test_what_bears_a_reading_out(texts: list[str], is_asked: bool) -> None:
    found = decide(study(count_shapes(texts)), ())
    assert isinstance(found, Either) == is_asked
