"""Numbers that are no numbers: a point of time, or 999 where nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from segkit.core.facts import Sentinel
from segkit.dialects.phrases import as_double, phrases
from segkit.engines.base import Reader
from segkit.learn import weighted
from segkit.learn.numbers import Floats

LEAST_ROWS = 20  # fewer do not show what is usual
_DATE = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"  # 20260131
_LOW = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0})
# the largest values of common integer types
_HIGH = frozenset({32767.0, 65535.0, 2147483647.0, 4294967295.0})


@dataclass(frozen=True)
class Ends:
    """The lowest and the highest known value of a column, and what lies next to them.

    ``usual`` is the median of what lies below ``high``; ``rows`` counts all
    rows, ``known`` those with a value.
    """

    rows: int
    known: int
    low: float
    after_low: float
    count_low: int
    high: float
    before_high: float
    count_high: int
    usual: float


def time_by_values(low: float, high: float) -> str | None:
    """What point of time a column is by its least and its greatest value, if it is one.

    >>> time_by_values(1.6e9, 1.7e9), time_by_values(20190131, 20241230)
    ('seconds since 1970', 'dates written as numbers')
    """
    for unit, second in (("seconds", 1), ("milliseconds", 1000)):
        if 1e9 * second <= low < high < 2.2e9 * second:  # 2001 to 2039
            return f"{unit} since 1970"
    is_date = all(re.fullmatch(_DATE, f"{end:.0f}") and end == round(end) for end in (low, high))
    return "dates written as numbers" if low < high and is_date else None


def ends_of(values: Floats, weight: Floats) -> Ends | None:
    """Return the ends of an array (NaN where missing), or None if it has too few values."""
    is_known = np.isfinite(values)
    known, of_known = values[is_known], weight[is_known]
    distinct = np.unique(known)
    if len(distinct) < 2:
        return None
    low, high = distinct[0], distinct[-1]
    return Ends(
        rows=round(weight.sum()),
        known=round(of_known.sum()),
        low=float(low),
        after_low=float(distinct[1]),
        count_low=weighted.count(known == low, of_known),
        high=float(high),
        before_high=float(distinct[-2]),
        count_high=weighted.count(known == high, of_known),
        usual=weighted.median(known[known < high], of_known[known < high]),
    )


def query_sentinels(
    engine: Reader,
    rows_sql: str,
    values: Mapping[str, str],
    ends: Mapping[str, tuple[float, float] | None],
) -> Iterator[Sentinel]:
    """Yield the sentinels of columns over all rows; by column SQL of its value (NULL: missing).

    ``ends`` are the least and the greatest value: of nearly all columns they are enough.
    """
    for column, value in values.items():
        low, high = ends[column] or (0.0, 0.0)
        if low in _LOW or _is_written(high):  # else there is none, for sure
            yield from find_sentinels(column, query_ends(engine, rows_sql, value))


def query_ends(engine: Reader, rows_sql: str, value_sql: str) -> Ends | None:
    """Return the ends of an expression (NULL where missing) over all rows of a relation."""
    found = engine.query(
        f"WITH v AS (SELECT {as_double(value_sql, engine.dialect)} AS x FROM {rows_sql}), "
        "e AS (SELECT count(*) AS n, count(x) AS known, min(x) AS low, max(x) AS high FROM v) "
        "SELECT n, known, low, (SELECT min(x) FROM v WHERE x > low), "
        "(SELECT count(*) FROM v WHERE x = low), high, (SELECT max(x) FROM v WHERE x < high), "
        "(SELECT count(*) FROM v WHERE x = high), "
        f"(SELECT {phrases(engine.dialect).median('x')} FROM v WHERE x < high) FROM e"
    )[0]
    return None if None in found else Ends(*found)


def find_sentinels(column: str, ends: Ends | None) -> Iterator[Sentinel]:
    """Yield values that a system may have written for "unknown".

    -1, -99, ... below values that are never negative; 999, 666666, ... and the
    largest integers, where they lie farther above all others than these from
    their own median.
    """
    if ends is None or ends.known < LEAST_ROWS:
        return
    if ends.low in _LOW and ends.after_low >= 0:
        yield Sentinel(column, ends.low, ends.after_low, ends.count_low, ends.rows)
    gap, spread = ends.high - ends.before_high, ends.before_high - ends.usual
    if _is_written(ends.high) and gap > max(spread, 1.0):
        yield Sentinel(column, ends.high, ends.before_high, ends.count_high, ends.rows)


def _is_written(value: float) -> bool:
    """One digit again and again, as people type it; or what an integer type ends with."""
    if value in _HIGH:
        return True
    text = f"{value:.0f}" if value == round(value) and 0 < value < 1e15 else ""
    return text == "99" or (len(text) >= 3 and len(set(text)) == 1)
