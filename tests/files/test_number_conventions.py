"""Which sign is which: of a column, or a question."""

from __future__ import annotations

import pytest

from segkit.files.number_conventions import Either
from tests.files.test_number_columns import form, look


def test_a_file_that_changes_its_mind_is_asked_about() -> None:
    """Lines of another country after a while: 42,770 may be one of them."""
    first = ["2,364.33", "1,250.10", "880.15", "950", "42,770"]
    assert form(*first).thousands == ","
    found = look([*first, "2.364,33", "9.120,75"])
    assert isinstance(found, Either)
    assert found.example == "42,770"


@pytest.mark.parametrize(
    ("texts", "decimal", "thousands"),
    [
        (("1", "2"), ".", ""),
        (("1.5", "2"), ".", ""),
        (("1,5", "2"), ",", ""),
        (("1.234,5", "2"), ",", "."),
        (("1,234.5", "2"), ".", ","),
        (("1 234,5", "2"), ",", " "),
        (("1\u202f234,5", "2\u00a0234,5"), ",", " "),
        (("1'234.5", "2\u2019345.5"), ".", "'"),
        (("1.234.567", "2"), ".", "."),
        (("12,34,567", "1,234"), ".", ","),
        (("1.043", "950", "532", "760", "1.200", "12.500"), ".", "."),
        (("1.043", "0.950", "12.5"), ".", ""),
        (("1.043", "12.500", "950", "88"), ".", "."),  # who writes decimals writes 12.5, or 950.000
        (("1.043", "12.511", "950", "884", "9.5"), ".", ""),
    ],
)
def test_signs(texts: tuple[str, ...], decimal: str, thousands: str) -> None:
    found = form(*texts)
    # a whole column of thousands has no decimal sign, so which one it would be is not said
    assert found.thousands == thousands
    assert found.decimal == decimal or thousands == found.decimal == "." or found.is_whole


@pytest.mark.parametrize(
    "texts",
    [
        ("1.043", "2.500"),
        ("1,043", "2,500", "77"),
        ("2.5", "4,5"),
        ("1.234,5", "1,234.5"),
        ("1.043", "12.511", "950", "88"),
    ],
)
def test_both_ways(texts: tuple[str, ...]) -> None:
    found = look(texts)
    assert isinstance(found, Either) and found.why == "separator"
    assert found.example in texts
    one, other = found.forms
    assert {one.decimal, other.decimal} == {".", ","}
