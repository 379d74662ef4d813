"""Periods of the calendar: so many days, weeks, months or years before a moment."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

Unit = Literal["day", "week", "month", "year"]
PERIOD = r"^[1-9][0-9]{0,3} (day|week|month|year)s?$"


@dataclass(frozen=True)
class Period:
    number: int
    unit: Unit

    def before(self, moment: datetime) -> datetime:
        """The moment that lies so far back; a day that a month does not have is its last one.

        Raises ValueError, OverflowError if that is before the year 1.
        """
        if self.unit in ("day", "week"):
            return moment - timedelta(days=self.number * (7 if self.unit == "week" else 1))
        months = self.number * (12 if self.unit == "year" else 1)
        year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def parse_period(text: str) -> Period | None:
    """Return the period of a text; None of what is none.

    >>> parse_period("24 months"), parse_period("2 fortnights")
    (Period(number=24, unit='month'), None)
    """
    if re.match(PERIOD, text) is None or text.endswith("\n"):
        return None
    number, unit = text.split(" ")
    return Period(int(number), cast(Unit, unit.removesuffix("s")))
