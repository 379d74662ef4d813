from __future__ import annotations

from decimal import Decimal

import pytest

from segkit.core.english import format_statistic, format_threshold
from segkit.core.number_format import ENGLISH, NumberFormat, fill, grouped, numbers_as, spelled

GERMAN = NumberFormat(".", ",", "after")
SWISS = NumberFormat("’", ".")


@pytest.mark.parametrize(
    ("numbers", "count", "share", "amount", "money"),
    [
        (ENGLISH, "4,128", "4.5%", "12,500.5 days", "-$71.5k"),
        (GERMAN, "4.128", "4,5%", "12.500,5 days", "-71,5k\u00a0$"),
        (SWISS, "4’128", "4.5%", "12’500.5 days", "-$71.5k"),
        (NumberFormat("", ","), "4128", "4,5%", "12500,5 days", "-$71,5k"),
    ],
)
def test_numbers_are_written_as_was_asked(
    numbers: NumberFormat, count: str, share: str, amount: str, money: str
) -> None:
    with numbers_as(numbers):
        assert (grouped(4128), spelled("4.5%")) == (count, share)
        assert format_threshold(Decimal("12500.5"), "days") == amount
        assert format_statistic(-71.5, "k$") == money
        assert fill("{0:,} of {n:.1%}, {column}", 4128, n=0.045, column="a.b") == (
            f"{count} of {share}, a.b"
        )
    assert grouped(4128) == "4,128"
