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

_OVERFLOW = 2.0**128  # where singles would go on; what rounds to it becomes infinite


def exact_cut(threshold: float) -> float:
    """Return the double ``d`` with ``float32(x) <= threshold`` where and only where ``x <= d``.

    Infinity for infinity, which every number passes.

    Raises
    ------
    ValueError
        For NaN, or for minus infinity and what no single is below.
    AssertionError
        If ``d`` fails the proof: then the rule is not the one that is written here.

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
