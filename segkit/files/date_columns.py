"""How the days of a column are written: which part is the day, the month, the year."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from segkit.files.shapes import Shape
from segkit.files.written_days import ORDERS, WrittenDay, day_format, month_numbers, read_day

MOSTLY_DAYS = 0.9  # such a share of the texts has to be days


@dataclass(frozen=True)
class DateForm:
    """``formats`` as of strptime, one for each way it is written; none where that is ISO 8601.

    ``months`` are (name, number) as they occur, longest first: in the formats they are numbers.
    """

    order: str
    formats: tuple[str, ...] = ()
    has_time: bool = False
    has_zone: bool = False
    is_iso: bool = False
    months: tuple[tuple[str, int], ...] = ()

    @property
    def is_compact(self) -> bool:
        """As whole numbers are written: 20240131."""
        return self.formats == ("%Y%m%d",)

    @property
    def is_plain(self) -> bool:
        return self.is_iso and not self.has_zone


@dataclass(frozen=True)
class Days:
    """``others`` are texts that are no day; ``example`` one that is not written as in ISO 8601."""

    form: DateForm
    shapes: tuple[str, ...]
    known: int
    missing: tuple[Shape, ...] = ()
    others: tuple[Shape, ...] = ()
    example: str | None = None
    is_mixed: bool = False  # and somebody said which of two orders counts

    @property
    def is_compact(self) -> bool:
        return self.form.is_compact


@dataclass(frozen=True)
class EitherDay:
    """A question: the example is a day by both orders.

    ``is_mixed``: one that is a day by one of them alone, and one by the other.
    """

    example: str
    orders: tuple[str, ...]
    is_mixed: bool = False


def study_days(
    shapes: Sequence[Shape], missing: Collection[str]
) -> tuple[list[tuple[Shape, WrittenDay]], list[Shape], list[Shape]]:
    """Part shapes into days, words for nothing (zeros too: 0000-00-00), and the rest."""
    days: list[tuple[Shape, WrittenDay]] = []
    nothing: list[Shape] = []
    others: list[Shape] = []
    for shape in shapes:
        written = read_day(shape)
        is_zero = any(c == "0" for c in shape.greatest) and not re.search("[1-9]", shape.greatest)
        if written is not None:
            days.append((shape, written))
        elif shape.text.lower() in missing or is_zero:
            nothing.append(shape)
        else:
            others.append(shape)
    return days, nothing, others


def proven_order(days: Sequence[tuple[Shape, WrittenDay]]) -> str | None:
    """dmy or mdy, if the figures of this column alone show it."""
    orders = _common(days)
    if any(day.is_mixed for _, day in days):
        return None
    return next(iter(orders & {"dmy", "mdy"}), None) if len(orders) == 1 else None


def _common(days: Sequence[tuple[Shape, WrittenDay]]) -> frozenset[str]:
    """Orders that all shapes allow, but for those that can be read in one way only."""
    orders = frozenset(ORDERS)
    for _, day in days:
        orders &= frozenset(ORDERS) if day.is_sure else day.orders
    return orders


def decide_days(
    shapes: Sequence[Shape],
    missing: Collection[str],
    mostly: float,
    file_orders: Collection[str],
    said: str | None = None,
) -> Days | EitherDay | None:
    """Return how the days of the column are written; None if they are none.

    ``mostly``: such a share of the texts has to be days.
    ``file_orders``: dmy and mdy, as other columns of the file show them.
    ``said``: the order that somebody says: it decides where a column has two.
    """
    days, nothing, others = study_days(shapes, missing)
    known = sum(shape.n for shape, _ in days)
    if not days or known < mostly * (known + sum(shape.n for shape in others)):
        return None
    if said is None and (mixed := [shape for shape, day in days if day.is_mixed]):
        return EitherDay(mixed[0].greatest, ("dmy", "mdy"), is_mixed=True)
    orders = _common(days)
    if not orders:
        return _most(days, nothing, others, mostly, file_orders)
    if not all(day.is_sure for _, day in days):
        orders = orders & frozenset(file_orders) or orders
        if len(orders) > 1:
            return _either_day(days, orders)
    if not _has_one_clock(days):
        return None
    return _days(days, _order(days, orders), known, nothing, others)


def _either_day(days: Sequence[tuple[Shape, WrittenDay]], orders: frozenset[str]) -> EitherDay:
    example = next(shape for shape, day in days if len(day.orders) > 1)
    return EitherDay(example.greatest, tuple(order for order in ORDERS if order in orders))


def _order(days: Sequence[tuple[Shape, WrittenDay]], orders: frozenset[str]) -> str:
    """The order of those that need one."""
    first = next((day for _, day in days if not day.is_sure), days[0][1])
    return next(order for order in ORDERS if order in orders & first.orders)


def _has_one_clock(days: Sequence[tuple[Shape, WrittenDay]]) -> bool:
    """False if some moments have an offset and others none: a warehouse mixes them up."""
    offsets = {d.has_time and d.match["offset"] is not None for _, d in days}
    return len(offsets) == 1 or all(d.is_iso for _, d in days)


def _most(
    days: Sequence[tuple[Shape, WrittenDay]],
    nothing: list[Shape],
    others: list[Shape],
    mostly: float,
    file_orders: Collection[str],
) -> Days | EitherDay | None:
    """Days of which some have the day first and some the month: nobody can tell the others.

    Once it is said which of them counts, the others are no days.
    """
    if len(file_orders) == 1:
        (order,) = file_orders
        is_of = [d.is_sure or order in d.orders for _, d in days]
        kept = [day for day, is_so in zip(days, is_of, strict=True) if is_so]
        rest = [shape for (shape, _), is_so in zip(days, is_of, strict=True) if not is_so]
        known, odd = sum(s.n for s, _ in kept), sum(s.n for s in rest)
        if known < mostly * (known + odd):
            return None
        return _days(kept, order, known, nothing, [*others, *rest]) if kept else None
    examples = [s.greatest for s, d in days if len(d.orders) == 1][:2]
    return EitherDay(", ".join(examples), ("dmy", "mdy"), is_mixed=True)


def _days(
    days: Sequence[tuple[Shape, WrittenDay]],
    order: str,
    known: int,
    nothing: list[Shape],
    others: list[Shape],
) -> Days:
    names = {d.month.lower() for _, d in days if d.month is not None}
    is_iso = all(d.is_iso for _, d in days)
    form = DateForm(
        order,
        () if is_iso else tuple(dict.fromkeys(day_format(d, order) for _, d in days)),
        any(d.has_time for _, d in days),
        any(d.has_zone for _, d in days),
        is_iso,
        tuple(sorted(_numbered(names), key=lambda month: (-len(month[0]), month[0]))),
    )
    strange = [s for s, d in days if not d.is_iso or d.has_zone]
    return Days(
        form,
        tuple(s.text for s, _ in days),
        known,
        tuple(nothing),
        tuple(others),
        strange[0].greatest if strange else None,
        any(d.is_mixed for _, d in days),
    )


def _numbered(names: Collection[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        yield name, month_numbers()[name]
