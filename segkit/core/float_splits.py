"""scikit-learn's rule of a split, as a comparison of doubles.

A fitted tree casts a row to single precision and asks ``float32(x) <= t``.
For each threshold ``t`` there is exactly one double ``d`` with

    float32(x) <= t  if and only if  x <= d,  for every double x.

``float32`` never falls as x rises, so ``d`` is the last double that rounds to
a single of at most ``t``: the middle between two singles, or the double before
it where the tie goes up (round half to even, IEEE 754).
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable
from decimal import Context, Decimal

_ALL_DIGITS = Context(prec=1100)  # no double has more
_OVERFLOW = 2.0**128  # where singles would go on; what rounds to it becomes infinite


def exact_cut(threshold: float) -> float:
    """Return the double ``d`` with ``float32(x) <= threshold`` where and only where ``x <= d``.

    Infinity for infinity, which every number passes.

    Raises ValueError for NaN, or for minus infinity and what no single is below.
    Raises AssertionError if ``d`` fails the proof: then the rule is not the one that is written
    here.

    >>> exact_cut(0.5), exact_cut(3.0999999046325684)
    (0.5000000298023224, 3.100000023841858)
    """
    if threshold == math.inf:
        return math.inf
    if math.isnan(threshold) or threshold == -math.inf:
        raise ValueError(f"a split at {threshold} parts nothing")
    nearest = float32(threshold)
    below = nearest if nearest <= threshold else neighbour(nearest, up=False)  # the last single
    above = neighbour(below, up=True)
    # Exact: two neighbours and their middle have 25 bits.
    middle = (max(below, -_OVERFLOW) + min(above, _OVERFLOW)) / 2
    cut = middle if float32(middle) <= below else math.nextafter(middle, -math.inf)
    # float32 never falls, so that these two say it of all other doubles.
    assert float32(cut) <= threshold < float32(math.nextafter(cut, math.inf)), (threshold, cut)
    return cut


def last_at_most(of: Callable[[float], float], cut: float) -> float:
    """Return the last double ``d`` with ``of(d) <= cut``; infinity if all are, -infinity if none.

    ``of`` never falls as its argument rises, as a sum, a product or a quotient of doubles does not.

    >>> last_at_most(lambda x: (x - 0.1) / 0.3, 1.0)
    0.39999999999999997
    """
    low, high = _place(-sys.float_info.max), _place(sys.float_info.max)
    if of(_at(low)) > cut:
        return -math.inf
    if of(_at(high)) <= cut:
        return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if of(_at(middle)) <= cut else (low, middle)
    return _at(low)


def last_rounded_to(x: float) -> tuple[Decimal, bool]:
    """Return the end of the numbers whose nearest double is at most ``x``, and whether it is in.

    >>> last_rounded_to(2.0**53)
    (Decimal('9007199254740993'), True)
    """
    above = Decimal(math.nextafter(x, math.inf))
    middle = _ALL_DIGITS.divide(_ALL_DIGITS.add(Decimal(x), above), Decimal(2))
    return middle, _place(x) % 2 == 0  # a tie goes to the even one


def float32(x: float) -> float:
    """Return the double rounded to single precision, infinite where it overflows."""
    try:
        return float(struct.unpack("f", struct.pack("f", x))[0])
    except OverflowError:
        return math.copysign(math.inf, x)


def neighbour(single: float, *, up: bool) -> float:
    """Return the next single, by its bits; infinities are the last ones."""
    if single == 0:
        return math.copysign(2.0**-149, 1 if up else -1)
    (bits,) = struct.unpack("i", struct.pack("f", single))
    away = up == (single > 0)
    return float(struct.unpack("f", struct.pack("i", bits + (1 if away else -1)))[0])


def _place(x: float) -> int:
    """The doubles numbered in their order, both zeros as 0."""
    (bits,) = struct.unpack("q", struct.pack("d", x))
    return int(bits) if bits >= 0 else -(bits + 2**63)


def _at(place: int) -> float:
    (size,) = struct.unpack("d", struct.pack("q", abs(place)))
    return math.copysign(size, place)
