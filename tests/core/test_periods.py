from __future__ import annotations

from datetime import datetime

import pytest

from segkit.core.periods import Period, parse_period

END = datetime(2026, 3, 31, 9)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1 day", datetime(2026, 3, 30, 9)),
        ("90 days", datetime(2025, 12, 31, 9)),
        ("2 weeks", datetime(2026, 3, 17, 9)),
        ("1 month", datetime(2026, 2, 28, 9)),
        ("24 months", datetime(2024, 3, 31, 9)),
        ("2 years", datetime(2024, 3, 31, 9)),
    ],
)
def test_so_far_back(text: str, moment: datetime) -> None:
    period = parse_period(text)
    assert period is not None and period.before(END) == moment


@pytest.mark.parametrize(
    "text", ["", "24m", "0 days", "1.5 years", "days", "24  months", "1 day\n"]
)
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text) is None


def test_before_the_first_year() -> None:
    with pytest.raises(ValueError, match="year"):
        Period(9999, "month").before(datetime(12, 1, 1))
