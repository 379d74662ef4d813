"""Numbers that are no numbers: a code by its name, or 999 where nothing is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from segkit.learn.numbers import Floats

LEAST_ROWS = 20  # fewer do not show what is usual
_ID_WORDS = frozenset({"id", "ids", "uuid", "key"})
_CODE_WORDS = frozenset({"code", "zip", "zipcode", "postcode", "plz", "phone", "iban", "sku"})
_LOW = frozenset({-1.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, -999999.0})
# the largest values of common integer types
_HIGH = frozenset({32767.0, 65535.0, 2147483647.0, 4294967295.0})


@dataclass(frozen=True)
class Sentinel:
    """``value`` stands apart from all others of the column; ``next`` is the nearest of them."""

    column: str
    value: float
    next: float
    count: int
    rows: int


def code_by_name(column: str) -> str | None:
    """What a column is by its name, if it is no quantity: "an id", "a code".

    >>> code_by_name("zip_code"), code_by_name("customerId"), code_by_name("paid")
    ('a code', 'an id', None)
    """
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column).lower())
    if words[-1] in _ID_WORDS:
        return "an id"
    return "a code" if words[-1] in _CODE_WORDS else None


def find_sentinels(column: str, values: Floats) -> Iterator[Sentinel]:
    """Yield values that a system may have written for "unknown".

    -1, -99, ... below values that are never negative; 999, 666666, ... and the
    largest integers, where they lie farther above all others than these from
    their own median.
    """
    known = values[np.isfinite(values)]
    distinct = np.unique(known)
    if len(known) < LEAST_ROWS or len(distinct) < 3:
        return
    low, after = float(distinct[0]), float(distinct[1])
    if low in _LOW and after >= 0:
        yield Sentinel(column, low, after, int((known == low).sum()), len(values))
    high, before = float(distinct[-1]), float(distinct[-2])
    usual = float(np.median(known[known < high]))
    if _is_written(high) and high - before > max(before - usual, 1.0):
        yield Sentinel(column, high, before, int((known == high).sum()), len(values))


def _is_written(value: float) -> bool:
    """One digit again and again, as people type it; or what an integer type ends with."""
    if value in _HIGH:
        return True
    text = f"{value:.0f}" if value == round(value) and 0 < value < 1e15 else ""
    return text == "99" or (len(text) >= 3 and len(set(text)) == 1)
