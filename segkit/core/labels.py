"""Range labels: made from edges, and checked against them.

A label such as "25-35" or "$25K to 50K" makes a claim about values. It is
read, and compared with the interval that it names. Labels that claim nothing
("Low", "Tier 2") are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from segkit.core.axis import EXACT
from segkit.core.rules import Interval

_NUMBER = (
    r"[-−]?\s*[$€£¥₹]?\s*(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s*"
    r"(?:(?:thousand|million|mio|mn|bn|[kKmMbB])(?![a-zA-Z])|%)?"
)
_POWERS = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "mio": 6, "million": 6, "b": 9, "bn": 9}
# how the words before or after a number read: which side is open, and is the number itself in?
_Side = tuple[str, bool | None]
_BEFORE: Mapping[str, _Side] = {
    **dict.fromkeys(("<", "under", "below", "less than", "fewer than"), ("below", False)),
    **dict.fromkeys(("<=", "=<", "≤", "at most"), ("below", True)),
    **dict.fromkeys(("up to", "until"), ("below", None)),
    **dict.fromkeys((">", "more than"), ("above", False)),
    **dict.fromkeys((">=", "=>", "≥", "at least", "from"), ("above", True)),
    **dict.fromkeys(("over", "above"), ("above", None)),
}
_AFTER: Mapping[str, _Side] = {
    **dict.fromkeys(("+", "plus", "and up"), ("above", True)),
    **{f"{w} {m}": ("above", True) for w in ("and", "or") for m in ("more", "over", "above")},
    **{f"{w} {m}": ("below", True) for w in ("and", "or") for m in ("less", "under", "below")},
    "or fewer": ("below", True),
}


def _words(table: Mapping[str, _Side]) -> str:
    longest_first = sorted(table, key=len, reverse=True)
    return "|".join(
        rf"\b{re.escape(w)}\b" if w[0].isalpha() else re.escape(w) for w in longest_first
    )


_LEFT = r"^(?P<left>\D*?)"
_RIGHT = r"(?P<right>\D*)$"
_RANGE = re.compile(
    rf"{_LEFT}(?P<a>{_NUMBER})\s*(?:-|–|—|−|\.\.\.?|\bto\b|\bup to\b|\buntil\b|\band\b)\s*"
    rf"(?P<b>{_NUMBER}){_RIGHT}",
    re.IGNORECASE,
)
_OPEN_BEFORE = re.compile(
    rf"{_LEFT}(?P<word>{_words(_BEFORE)})\s*(?P<a>{_NUMBER}){_RIGHT}", re.IGNORECASE
)
_OPEN_AFTER = re.compile(
    rf"{_LEFT}(?P<a>{_NUMBER})\s*(?P<word>{_words(_AFTER)}){_RIGHT}", re.IGNORECASE
)


@dataclass(frozen=True)
class Amount:
    """A number in a label: ``digits`` as read, ``power`` of ten from K or M, percent sign."""

    digits: Decimal
    power: int = 0
    percent: bool = False

    def value(self, *, scaled: bool, as_share: bool) -> Decimal:
        places = (self.power if scaled else 0) - (2 if self.percent and as_share else 0)
        return self.digits.scaleb(places, EXACT)


@dataclass(frozen=True)
class Claim:
    """What a label says: ``lower`` to ``upper``; a side that is None is open.

    ``inclusive`` is about the only number of a one-sided claim; None where the
    words leave it open ("over 55"), and for ranges.
    """

    lower: Amount | None = None
    upper: Amount | None = None
    inclusive: bool | None = None


@dataclass(frozen=True)
class LabelCheck:
    """Positions of labels that do not say what their interval holds.

    ``loose`` ones have the right numbers, but are wrong about the edge itself:
    "<25" for a band that holds 25. ``integer_labels`` as in "25-34" for 25 up
    to 35.
    """

    mismatches: tuple[int, ...]
    integer_labels: bool
    loose: tuple[int, ...] = ()


def read_label(label: str) -> Claim | None:
    """Return what the label claims about values, or None if it claims nothing.

    >>> read_label("55+")
    Claim(lower=Amount(digits=Decimal('55'), power=0, percent=False), upper=None, inclusive=True)
    >>> read_label("Tier 2") is None
    True
    """
    if match := _RANGE.match(label):
        low, high = _amount(match["a"]), _amount(match["b"])
        if high.power and not low.power:  # "25-50K" is 25K to 50K
            low = Amount(low.digits, high.power, low.percent)
        if high.percent:
            low = Amount(low.digits, low.power, True)
        orderly = low.value(scaled=True, as_share=True) < high.value(scaled=True, as_share=True)
        return Claim(low, high) if orderly else None
    for pattern, table in ((_OPEN_BEFORE, _BEFORE), (_OPEN_AFTER, _AFTER)):
        if match := pattern.match(label):
            side, inclusive = table[re.sub(r"\s+", " ", match["word"].lower())]
            amount = _amount(match["a"])
            lower, upper = (None, amount) if side == "below" else (amount, None)
            return Claim(lower, upper, inclusive)
    return None


def _amount(text: str) -> Amount:
    digits = re.sub(r"[^\d.]", "", text)
    negative = text.lstrip()[0] in "-−"
    suffix = re.search(r"([a-z]+|%)\s*$", text.lower())
    word = suffix[1] if suffix else ""
    number = Decimal(f"-{digits}" if negative else digits)
    return Amount(number, _POWERS.get(word, 0), word == "%")


def check_labels(labels: Sequence[str], intervals: Sequence[Interval]) -> LabelCheck:
    """Return which labels do not say what their intervals say.

    K, M and % are read as written ("25K" is 25000) or as a unit that the column
    already has ("25K" is 25), one way for the whole column. For whole numbers
    "25-34" is accepted for 25 up to 35, and "26-35" for above 25 up to 35.
    """
    claims = [read_label(label) for label in labels]
    whole = all(end == end.to_integral_value() for i in intervals for end in i.ends)
    checks = []
    for scaled, as_share in product((False, True), repeat=2):
        verdicts = [
            _verdict(claim, interval, scaled, as_share, whole) if claim else "exact"
            for claim, interval in zip(claims, intervals, strict=True)
        ]
        wrong, loose = (
            tuple(i for i, verdict in enumerate(verdicts) if verdict == kind)
            for kind in ("wrong", "loose")
        )
        checks.append(LabelCheck(wrong, "integer" in verdicts, loose))
    return min(checks, key=lambda check: len(check.mismatches))


def _verdict(claim: Claim, interval: Interval, scaled: bool, as_share: bool, whole: bool) -> str:
    """``exact``, ``integer`` (true for whole numbers only), ``loose`` or ``wrong``."""
    lower = claim.lower.value(scaled=scaled, as_share=as_share) if claim.lower else None
    upper = claim.upper.value(scaled=scaled, as_share=as_share) if claim.upper else None
    if lower is None or upper is None:
        said = lower if upper is None else upper
        return _verdict_of_one(said, upper is not None, claim.inclusive, interval, whole)
    if (lower, upper) == (interval.lower, interval.upper):
        return "exact"
    inside = interval.on_grid(Decimal(1))  # up to and without the number after the last
    return "integer" if whole and (lower, upper + 1) == (inside.lower, inside.upper) else "wrong"


def _verdict_of_one(
    said: Decimal | None, is_upper: bool, inclusive: bool | None, interval: Interval, whole: bool
) -> str:
    """The verdict on a claim with one number."""
    end, closed, other, step = interval.lower, interval.lower_closed, interval.upper, 1
    if is_upper:
        end, closed, other, step = interval.upper, interval.upper_closed, interval.lower, -1
    if end is None or other is not None or said is None:
        return "wrong"
    if said == end:
        if inclusive in (None, closed):
            return "exact"
        # closed on the right, "<25" and "55+" are common for "up to 25" and "above 55"
        return "loose" if closed == is_upper else "wrong"
    nearest = end if closed else end + step  # the last whole number inside
    if whole and inclusive is not None and said == (nearest if inclusive else nearest - step):
        return "integer"
    return "wrong"


def make_labels(intervals: Sequence[Interval]) -> tuple[str, ...]:
    """Return a label for each interval: "<25", "25-35", "55+".

    Closed on the right they read "<=25", ">25-35", ">55"; with negative ends
    "-10 to 5" and "-5 or more", because "-10--5" cannot be read.
    """
    negative = any(end < 0 for i in intervals for end in i.ends)
    return tuple(_label(interval, negative) for interval in intervals)


def _label(interval: Interval, negative: bool) -> str:
    if interval.lower is None:
        if interval.upper is None:
            return "all"
        return f"{'<=' if interval.upper_closed else '<'}{number_text(interval.upper)}"
    low = ("" if interval.lower_closed else ">") + number_text(interval.lower)
    if interval.upper is None:
        if not interval.lower_closed:
            return low
        return f"{low} or more" if negative else f"{low}+"
    return f"{low}{' to ' if negative else '-'}{number_text(interval.upper)}"


def interval_text(interval: Interval) -> str:
    """The interval in words: "45 up to 50" holds 45 and not 50."""
    low, high = interval.lower, interval.upper
    if low is not None and low == high:
        return f"exactly {number_text(low)}"
    if low is None:
        if high is None:
            return "everything"
        text = number_text(high)
        return f"{text} and less" if interval.upper_closed else f"everything below {text}"
    if high is None:
        text = number_text(low)
        return f"{text} and more" if interval.lower_closed else f"everything above {text}"
    start = number_text(low) if interval.lower_closed else f"above {number_text(low)}"
    including = " and including" if interval.upper_closed else ""
    return f"{start} up to{including} {number_text(high)}"


def number_text(number: Decimal) -> str:
    """The number as people write it: no exponent, no zeros at the end.

    >>> number_text(Decimal("1.50E+3")), number_text(Decimal("0.250"))
    ('1500', '0.25')
    """
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
