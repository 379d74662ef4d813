"""Which sign parts decimals, and which one thousands: one convention a column, or a question."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from segkit.files.csv_options import CsvOptions
from segkit.files.number_study import CONVENTIONS, NumberForm, Study, is_three, looks_grouped, reads
from segkit.files.written_numbers import WrittenNumber

_CLEAR = 0.05  # of the texts speak against what all others say: asked about
_MANY = 20  # texts that all have as many decimals: so have the others


@dataclass(frozen=True)
class Either:
    """A question: ``example`` is a number by both forms, and not the same one."""

    example: str
    forms: tuple[NumberForm, NumberForm]
    why: str = "separator"  # or "percent", "currency", "others"


def as_said(found: Study, said: CsvOptions) -> tuple[str, str] | None:
    """The best of the conventions that what is said allows.

    None where nothing is said, or where the column is written in another way than the file.
    """
    if said.decimal is None and said.thousands is None:
        return None
    allowed = [
        pair
        for pair in CONVENTIONS
        if said.decimal in (None, pair[0]) and (said.thousands or pair[1]) == pair[1]
    ]
    best = max(allowed, key=found.counts.__getitem__, default=None)
    if best is None or found.counts[best] < (1 - _CLEAR) * found.most:
        return None
    return best


def convention(found: Study, decimals: Collection[str]) -> tuple[str, str] | Either:
    candidates = found.conventions
    if len(candidates) == 1:
        return _unless_doubtful(found, candidates[0])
    sign = "." if found.has(".") else ","
    parted, *rest = sorted(candidates, key=lambda c: c[0] != sign)
    grouped, *_ = sorted(rest, key=lambda c: c[1] != sign)
    if len(rest) == 1 and len(set(decimals)) < 2:
        looks_like_it = looks_grouped(found, sign)
        has_groups = sign not in decimals if decimals else looks_like_it
        if has_groups or (decimals and not looks_like_it):
            return grouped if has_groups else parted
    return _either(found, parted, grouped)


def _unless_doubtful(found: Study, pair: tuple[str, str]) -> tuple[str, str] | Either:
    """A question where some texts are of the form of thousands, and others do not bear them out."""
    decimal, thousands = pair
    if decimal in ".," and _are_odd_decimals(found, pair):
        return _either(found, pair, ("," if decimal == "." else ".", decimal))
    if thousands in (".", ",") and _are_decimals_as_well(found, pair):
        turned = max(_turned(pair), key=lambda other: found.counts.get(other, 0))
        return _either(found, turned, pair)
    return pair


def _are_odd_decimals(found: Study, pair: tuple[str, str]) -> bool:
    """True for 1.043 beside a few 1.5, or beside prices that all have two decimals."""
    sign = pair[0]
    doubtful = sum(s.n for s, w in found.numbers if is_three(w, sign))
    others = [(s.n, w) for s, w in found.numbers if _is_parted(w, pair) and not is_three(w, sign)]
    lengths = {len(w.groups[-1]) for _, w in others}
    n = _total(others)
    if doubtful and n >= _MANY and len(lengths) == 1 and 3 not in lengths:
        return True
    return n <= _CLEAR * doubtful and looks_grouped(found, sign)


def _are_decimals_as_well(found: Study, pair: tuple[str, str]) -> bool:
    """True for 1.043 beside 1.234.567 and 0.994 as well: one of the two is no slip.

    And where all others have decimals by the other sign, as 1.234,50 and 9,25 have.
    """
    sign = pair[1]
    doubtful = sum(s.n for s, w in found.numbers if is_three(w, sign))
    if not doubtful:
        return False
    others = [(s.n, w) for s, w in found.numbers if reads(w, *pair) and not is_three(w, sign)]
    if _total(others) >= _MANY and all(_is_parted(w, pair) for _, w in others):
        return True
    return _against(found, pair) > _CLEAR * _total(
        [(n, w) for n, w in others if sign in w.separators]
    )


def _against(found: Study, pair: tuple[str, str]) -> int:
    """How many texts are no numbers by the convention, and some by one that turns its signs."""
    unread = [(s.n, w) for s, w in found.numbers if not reads(w, *pair)]
    return _total([(n, w) for n, w in unread if any(reads(w, *other) for other in _turned(pair))])


def _turned(pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Conventions whose decimal sign is the thousands sign here: 1.234 and 1,234.50 by 1.234,50."""
    decimal, thousands = pair
    return (thousands, ""), (thousands, decimal)


def _total(weighed: Sequence[tuple[int, WrittenNumber]]) -> int:
    return sum(n for n, _ in weighed)


def _is_parted(written: WrittenNumber, pair: tuple[str, str]) -> bool:
    return "parted" in (reads(written, *pair) or "")


def _either(found: Study, parted: tuple[str, str], grouped: tuple[str, str]) -> Either:
    ways = [(s, reads(w, *parted), reads(w, *grouped)) for s, w in found.numbers]
    both = (s for s, one, other in ways if one and other and one != other)
    example = next(both, None) or next(s for s, one, other in ways if one != other)
    return Either(example.greatest, (NumberForm(*parted), NumberForm(*grouped)))
