from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segkit.files.date_columns import DateForm
from segkit.files.file_columns import ColumnReading
from segkit.files.number_study import NumberForm
from segkit.files.text_values import day_value, is_of, number_value, shown

AROUND = frozenset({"around"})


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("1.043", NumberForm(".", "."), "1043"),
        ("1.234,50 €", NumberForm(",", ".", "€", ("€",)), "1234.50"),
        ("$ (34.79)", NumberForm(currency="$", currency_texts=("$",), minus=AROUND), "-34.79"),
        ("34.79-", NumberForm(minus=frozenset({"after"})), "-34.79"),
        ("\u22125", NumberForm(minus=frozenset({"sign"})), "-5"),
        ("45%", NumberForm(percent="points"), "45"),
        ("45%", NumberForm(percent="share"), "0.45"),
        ("45\uff05", NumberForm(percent="share"), "0.45"),
        ("0.45", NumberForm(percent="share"), "0.45"),
        ("Rs. 12,34,567", NumberForm(".", ",", "₹", ("Rs.",)), "1234567"),
        ("1,5E+03", NumberForm(",", is_float=True), "1500"),
        ("$2.9k", NumberForm(currency="$", currency_texts=("$",), powers=("k",)), "2900"),
        ("$950", NumberForm(currency="$", currency_texts=("$",), powers=("k",)), "950"),
        ("-1,25 Mio. €", NumberForm(",", ".", "€", ("€",), powers=("Mio.",)), "-1250000"),
        ("(3.5bn)", NumberForm(powers=("bn",), minus=AROUND), "-3500000000"),
    ],
)
def test_numbers(text: str, form: NumberForm, value: str) -> None:
    assert number_value(text, form) == Decimal(value)


@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_number_comes_back(value: Decimal) -> None:
    form = NumberForm(",", ".", minus=frozenset({"before"}))
    text = f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert number_value(text, form) == value


def test_days() -> None:
    assert day_value("2024-01-31", DateForm("ymd", is_iso=True)) == datetime(2024, 1, 31)
    named = DateForm("dmy", ("%d. %m %Y",), months=(("märz", 3),))
    assert day_value("3. März 2024", named) == datetime(2024, 3, 3)
    with pytest.raises(ValueError, match=r"no such day: 30\.02\.2024"):
        day_value("30.02.2024", DateForm("dmy", ("%d.%m.%Y",)))


def test_for_people() -> None:
    number = ColumnReading("a", "BIGINT", NumberForm(".", "."), shapes=("9.999",))
    assert shown("1.043", number) == "1,043"
    day = DateForm("dmy", ("%d.%m.%Y",))
    assert shown("31.01.2024", ColumnReading("a", "DATE", day=day)) == "2024-01-31"
    moment = DateForm("ymd", has_time=True, has_zone=True, is_iso=True)
    assert shown("2024-01-31 10:00+02", ColumnReading("a", "TIMESTAMP", day=moment)) == (
        "2024-01-31 08:00:00"
    )
    assert is_of("1.234", number)
    assert not is_of("1.23", number)  # of another shape
