"""Round numbers: in a gap, a cut that nobody moves for; beside a cut, those that people try."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, localcontext


def roundest(lower: Decimal, upper: Decimal) -> Decimal:
    """Return the roundest ``s`` with ``lower < s <= upper``.

    The test is ``x < s``, so the cut may equal the first value above it but
    not the last one below. Roundest means: fewest significant digits, then a
    last digit of 5, then an even one, then nearest to the middle, then the
    smaller. Zero is rounder than anything.

    Raises ValueError if the gap is empty, or an end is not finite.

    >>> roundest(Decimal("23.2"), Decimal("57.9")), roundest(Decimal(50), Decimal(51))
    (Decimal('50'), Decimal('51'))
    """
    if not (lower.is_finite() and upper.is_finite()) or not lower < upper:
        raise ValueError(f"no number is above {lower} and at most {upper}")
    if lower < 0 <= upper:
        return Decimal(0)
    # The coarsest step that has a multiple in the gap also has the fewest digits there.
    exponent = max(lower.adjusted(), upper.adjusted()) + 1
    digits = 10 + max(exponent - _exponent(end) for end in (lower, upper))
    with localcontext(Context(prec=digits)):
        while True:
            first, last = _floor(lower, exponent) + 1, _floor(upper, exponent)
            if first <= last:
                middle = (lower + upper).scaleb(-exponent) / 2
                best = min(
                    range(first, last + 1),
                    key=lambda n: (_untidiness(n), abs(n - middle), n),
                )
                return _times_power(best, exponent)
            exponent -= 1


def rounder(cut: Decimal, least: Decimal | int = 0) -> tuple[Decimal, ...]:
    """Return the rounder numbers below and above a cut, about a tenth of it away; none beside 0.

    ``least`` is the smallest step of the column.

    >>> rounder(Decimal(42), 1), rounder(Decimal("0.35"))
    ((Decimal('40'), Decimal('45')), (Decimal('0.30'), Decimal('0.40')))
    """
    if not cut:
        return ()
    with localcontext(Context(prec=50)):
        wanted = max(abs(cut) / 10, Decimal(least))
        exponent = wanted.adjusted()
        step = next(n for n in (1, 2, 5, 10) if Decimal(n).scaleb(exponent) >= wanted)
        steps = cut.scaleb(-exponent) / step
        below, above = steps.to_integral(ROUND_CEILING) - 1, steps.to_integral(ROUND_FLOOR) + 1
    return tuple(_times_power(int(n) * step, exponent) for n in (below, above))


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # finite, as checked by the caller
    return min(exponent, number.adjusted())


def _floor(number: Decimal, exponent: int) -> int:
    return int(number.scaleb(-exponent).to_integral_value(ROUND_FLOOR))


def _untidiness(digits: int) -> int:
    return 0 if digits % 5 == 0 else 1 if digits % 2 == 0 else 2


def _times_power(digits: int, exponent: int) -> Decimal:
    # 7E+1 would be equal, but it is printed into SQL: 70.
    return Decimal(digits * 10**exponent) if exponent >= 0 else Decimal(digits).scaleb(exponent)
