"""How the days of a column are written: which part is the day, the month, the year."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from segkit.files.shapes import Shape

ORDERS = ("ymd", "dmy", "mdy", "ydm")
# Month names, full and short as far as they are not the beginning of the full one.
_MONTHS = """
january february march april may june july august september october november december
januar februar märz april mai juni juli august september oktober november dezember
jan feb mär apr mai jun jul aug sep okt nov dez
jänner feber mrz apr mai jun jul aug sept okt nov dez
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
janv févr mars avr mai juin juil août sept oct nov déc
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
ene feb mar abr may jun jul ago sept oct nov dic
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
gen feb mar apr mag giu lug ago set ott nov dic
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
jan fev mar abr mai jun jul ago set out nov dez
januari februari maart april mei juni juli augustus september oktober november december
jan feb mrt apr mei jun jul aug sep okt nov dec
januari februari mars april maj juni juli augusti september oktober november december
januar februar mars april maj juni juli august september oktober november desember
stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
sty lut mar kwi maj cze lip sie wrz paź lis gru
ledna února března dubna května června července srpna září října listopadu prosince
ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta
lokakuuta marraskuuta joulukuuta
"""
_DIGIT = "[09]"
_CLOCK = (
    rf"(?P<clock>{_DIGIT}{{1,2}}:{_DIGIT}{{2}}"
    rf"(?P<seconds>:{_DIGIT}{{2}}(?P<fraction>[.,]{_DIGIT}{{1,9}})?)?"
    rf"(?P<noon> ?[AaPp]\.?[Mm]\.?)?)(?: ?Uhr| ?h)?"
    rf"(?P<zone> ?Z| ?UTC| ?GMT|(?P<offset> ?[+-]{_DIGIT}{{2}}(?::?{_DIGIT}{{2}})?))?"
)
_THREE = re.compile(
    rf"(?P<a>{_DIGIT}{{1,4}})(?P<s>[./-] ?| )(?P<b>{_DIGIT}{{1,2}})(?P=s)(?P<c>{_DIGIT}{{1,4}})\.?"
    rf"(?:(?P<between>T|,? ){_CLOCK})?"
)
_SIGNS = re.compile(  # of China and Japan, and of Korea
    rf"(?P<a>{_DIGIT}{{4}})(?P<s>年|년 ?)(?P<b>{_DIGIT}{{1,2}})(?:月|월 ?)"
    rf"(?P<c>{_DIGIT}{{1,2}})[日일](?:(?P<between> ){_CLOCK})?"
)
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?,? )?"
_NAMED = re.compile(
    rf"{_WEEKDAY}(?:(?P<d>{_DIGIT}{{1,2}})(?:\.|st|nd|rd|th|er|º)?"
    rf"(?P<s1>[ /.-]|\. | de | d')(?P<m>[^\W\d_]{{3,12}})"
    rf"|(?P<m2>[^\W\d_]{{3,12}})\.? (?P<d2>{_DIGIT}{{1,2}})(?:st|nd|rd|th)?)"
    rf"\.?(?:,? | de |[/.-])(?P<y>{_DIGIT}{{4}}|{_DIGIT}{{2}})(?:(?P<between>T|,? ){_CLOCK})?"
)
_COMPACT = re.compile(rf"9{_DIGIT}{{7}}")
_DAYS_SPAN, _YEARS_SPAN = 20, 10
COMPACT_YEARS = (19000101, 20991231)
MOSTLY_DAYS = 0.9  # such a share of the texts has to be days


@dataclass(frozen=True)
class WrittenDay:
    """``orders``: which of ymd, dmy, mdy, ydm the figures allow."""

    orders: frozenset[str]
    match: re.Match[str]
    has_time: bool = False
    has_zone: bool = False
    is_iso: bool = False
    is_compact: bool = False
    month: str | None = None  # its name, as it is written
    two_digit_year: bool = False
    is_mixed: bool = False  # some have the day first, and some the month

    @property
    def is_sure(self) -> bool:
        """With a month's name or the year first: whatever order others have."""
        return self.month is not None or (
            self.orders == {"ymd"} and (self.is_compact or not self.two_digit_year)
        )


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
    two_digit_year: bool = False
    is_mixed: bool = False  # and somebody said which of two orders counts


@dataclass(frozen=True)
class EitherDay:
    """A question: the example is a day by both orders.

    ``is_mixed``: one that is a day by one of them alone, and one by the other.
    """

    example: str
    orders: tuple[str, ...]
    is_mixed: bool = False


@cache
def month_numbers() -> dict[str, int]:
    """Month names of twelve languages, without capitals, and their first three letters."""
    words = _MONTHS.split()
    found: dict[str, int] = {}
    for place, word in enumerate(words):
        found.setdefault(word, place % 12 + 1)
    for word, number in list(found.items())[:12]:
        found.setdefault(word[:3], number)
    return found


def read_day(shape: Shape) -> WrittenDay | None:
    """Return what the texts of a shape are, if they are days; None if not."""
    if found := _THREE.fullmatch(shape.text) or _SIGNS.fullmatch(shape.text):
        return _three(shape, found)
    if found := _NAMED.fullmatch(shape.text):
        return _named(shape, found)
    found = _COMPACT.fullmatch(shape.text)
    if found and _is_compact(shape):
        return WrittenDay(frozenset({"ymd"}), found, is_compact=True)
    return None


def _is_compact(shape: Shape) -> bool:
    low, high = COMPACT_YEARS
    return low <= int(shape.least) and int(shape.greatest) <= high


def _three(shape: Shape, found: re.Match[str]) -> WrittenDay | None:
    lengths = tuple(len(found[name]) for name in "abc")
    orders = frozenset(o for o in ORDERS if _allows(o, lengths, shape.parts))
    if not orders and _is_mixed(lengths, shape):
        orders = frozenset({"dmy", "mdy"})
        has_time = found["clock"] is not None
        return WrittenDay(orders, found, has_time, found["zone"] is not None, is_mixed=True)
    separator = found["s"].strip() or " "
    if separator == ".":  # no country writes the month first, with points
        orders &= {"dmy"} if "dmy" in orders else {"ymd"}
    if not orders:
        return None
    has_time = found["clock"] is not None
    two = max(lengths) == 2
    if two and len(orders) > 1:
        orders = _by_span(orders, shape)
    iso = separator == "-" and lengths == (4, 2, 2) and orders == {"ymd"}
    is_iso = iso and (not has_time or _is_iso_clock(found))
    return WrittenDay(
        orders, found, has_time, found["zone"] is not None, is_iso, two_digit_year=two
    )


def _is_mixed(lengths: tuple[int, ...], shape: Shape) -> bool:
    """True for 31/12/2024 beside 12/31/2024, which are of one shape."""
    is_form = max(lengths[:2]) <= 2 and lengths[2] in (2, 4)
    ends = zip(shape.least_parts[:2], shape.parts[:2], strict=True)
    return is_form and all(least <= 12 < most <= 31 for least, most in ends)


def _is_iso_clock(found: re.Match[str]) -> bool:
    clock = found["clock"]
    offset_is_apart = (found["offset"] or "").startswith(" ")
    has_words = found["noon"] or found.string.endswith(("Uhr", "h", "GMT"))
    has_comma = "," in (found["fraction"] or "") + found["between"]
    return clock[2] == ":" and not (has_words or has_comma or offset_is_apart)


def _by_span(orders: frozenset[str], shape: Shape) -> frozenset[str]:
    """Of years people write few, of days of a month all: 01/06/23, 31/12/24."""
    first, _, last = (m - n for m, n in zip(shape.parts, shape.least_parts, strict=True))
    if first >= _DAYS_SPAN and last <= _YEARS_SPAN:
        return orders & {"dmy"} or orders
    if last >= _DAYS_SPAN and first <= _YEARS_SPAN:
        return orders & {"ymd"} or orders
    return orders


def _allows(order: str, lengths: tuple[int, ...], parts: tuple[int, int, int]) -> bool:
    if (lengths[0] > 2) != (order[0] == "y") and max(lengths) > 2:
        return False
    if lengths[order.index("y")] not in (2, 4) or (order[0] == "y" and lengths[2] > 2):
        return False
    greatest = dict(zip(order, parts, strict=True))
    if order == "ydm" and greatest["d"] <= 12:
        return False  # only where it cannot be the month
    return 1 <= greatest["m"] <= 12 and 1 <= greatest["d"] <= 31


def _named(shape: Shape, found: re.Match[str]) -> WrittenDay | None:
    name = found["m"] or found["m2"]
    if name.lower().rstrip(".") not in month_numbers() or shape.parts[0] > 31:
        return None
    order = "dmy" if found["d"] else "mdy"
    return WrittenDay(
        frozenset({order}),
        found,
        found["clock"] is not None,
        found["zone"] is not None,
        month=name,
        two_digit_year=len(found["y"]) == 2,
    )


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

    Parameters
    ----------
    mostly : float
        Such a share of the texts has to be days.
    file_orders : collection of str
        dmy and mdy, as other columns of the file show them.
    said : str, optional
        The order that somebody says: it decides where a column has two.
    """
    days, nothing, others = study_days(shapes, missing)
    known = sum(shape.n for shape, _ in days)
    if not days or known < mostly * (known + sum(shape.n for shape in others)):
        return None
    if said is None and (mixed := next((s for s, d in days if d.is_mixed), None)):
        return EitherDay(f"{mixed.greatest}, {mixed.least}", ("dmy", "mdy"), is_mixed=True)
    orders = _common(days)
    if not orders:
        return _most(days, nothing, others, mostly, file_orders)
    if len(orders) > 1 and not all(day.is_sure for _, day in days):
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
        () if is_iso else tuple(dict.fromkeys(_format(d, order) for _, d in days)),
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
        any(d.two_digit_year for _, d in days),
        any(d.is_mixed for _, d in days),
    )


def _format(day: WrittenDay, order: str) -> str:
    """The way of writing as strptime has it; a month's name as its number."""
    parts = dict(zip("abc", order if order in day.orders else "ymd", strict=True))
    if day.month is not None:
        parts = {"d": "d", "d2": "d", "m": "m", "m2": "m", "y": "y"}
    if day.is_compact:
        return "%Y%m%d"
    found, form, at = day.match, "", 0
    noon = day.has_time and bool(found["noon"])
    pieces = {name: _directive(part, found[name] or "") for name, part in parts.items()}
    if day.has_time:
        pieces["clock"] = _clock(found, noon)
        pieces["offset"] = " %z" if (found["offset"] or "").startswith(" ") else "%z"
    spans = sorted((found.span(n), p) for n, p in pieces.items() if _has(found, n))
    for (start, end), piece in spans:
        form += found.string[at:start].replace("%", "%%") + piece
        at = end
    return form + found.string[at:].replace("%", "%%")


def _has(found: re.Match[str], name: str) -> bool:
    return name in found.re.groupindex and found[name] is not None


def _directive(part: str, text: str) -> str:
    return {"d": "%d", "m": "%m"}.get(part) or ("%Y" if len(text) == 4 else "%y")


def _clock(found: re.Match[str], noon: bool) -> str:
    form = "%I:%M" if noon else "%H:%M"
    if found["seconds"]:
        form += ":%S"
        if found["fraction"]:
            form += f"{found['fraction'][0]}%f"
    if noon:
        form += " %p" if found["noon"].startswith(" ") else "%p"
    return form


def _numbered(names: Collection[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        yield name, month_numbers()[name]
