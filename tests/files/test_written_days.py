"""One text that may be a day."""

from __future__ import annotations

from segkit.files.shapes import count_shapes
from segkit.files.written_days import COMPACT_YEARS, ORDERS, month_numbers, read_day


def test_every_month_of_the_table_has_a_place() -> None:
    numbers = month_numbers()
    assert set(numbers.values()) == set(range(1, 13))
    assert (numbers["mär"], numbers["sept"], numbers["grudnia"], numbers["may"]) == (3, 9, 12, 5)
    assert (ORDERS, COMPACT_YEARS) == (("ymd", "dmy", "mdy", "ydm"), (19000101, 21001231))


def test_a_day_is_of_a_shape() -> None:
    (shape,) = count_shapes(["2024-01-31"])
    day = read_day(shape)
    assert day is not None and day.is_iso and day.is_sure and not day.has_time
