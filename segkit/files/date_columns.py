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
    rf"(?P<clock>{_DIGIT}{{1,2}}:{_DIGIT}{{2}}(?P<seconds>:{_DIGIT}{{2}}(?P<fraction>[.,]{_DIGIT}{{1,9}})?)?"
    rf"(?P<noon> ?[AaPp]\.?[Mm]\.?)?)(?P<zone> ?Z| ?UTC| ?[+-]{_DIGIT}{{2}}:?{_DIGIT}{{2}})?"
)
_THREE = re.compile(
    rf"(?P<a>{_DIGIT}{{1,4}})(?P<s>[./-] ?| )(?P<b>{_DIGIT}{{1,2}})(?P=s)(?P<c>{_DIGIT}{{2,4}})\.?"
    rf"(?:(?P<between>T|,? ){_CLOCK})?"
)
_NAMED = re.compile(
    rf"(?:(?P<d>{_DIGIT}{{1,2}})(?:\.|st|nd|rd|th)?(?P<s1>[ /.-]|\. | de | d')(?P<m>[^\W\d_]{{3,12}})"
    rf"|(?P<m2>[^\W\d_]{{3,12}})\.? (?P<d2>{_DIGIT}{{1,2}})(?:st|nd|rd|th)?)"
    rf"\.?(?:,? | de |[/.-])(?P<y>{_DIGIT}{{4}}|{_DIGIT}{{2}})(?:(?P<between>T|,? ){_CLOCK})?"
)
_COMPACT = re.compile(rf"9{_DIGIT}{{7}}")
_DAYS_SPAN, _YEARS_SPAN = 20, 10
COMPACT_YEARS = (19000101, 20991231)


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


@dataclass(frozen=True)
class EitherDay:
    """A question: the example is a day by both orders."""

    example: str
    orders: tuple[str, ...]


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
    if found := _THREE.fullmatch(shape.text):
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
    separator = found["s"].strip() or " "
    if separator == ".":  # no country writes the month first, with points
        orders &= {"dmy"} if "dmy" in orders else {"ymd"}
    if not orders:
        return None
    has_time = found["clock"] is not None
    two = max(lengths) == 2
    if two and len(orders) > 1:
        orders = _by_span(orders, shape)
    iso = separator == "-" and lengths == (4, 2, 2) and orders == {"ymd"} and not found["noon"]
    comma = has_time and "," in (found["fraction"] or "") + (found["between"] or "")
    is_iso = iso and not comma and not (has_time and len(found["clock"].partition(":")[0]) != 2)
    return WrittenDay(
        orders, found, has_time, found["zone"] is not None, is_iso, two_digit_year=two
    )


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
    if 3 in lengths or (order[0] == "y" and lengths[2] > 2):
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
    return next(iter(orders & {"dmy", "mdy"}), None) if len(orders) == 1 else None


def _common(days: Sequence[tuple[Shape, WrittenDay]]) -> frozenset[str]:
    """Orders that all shapes without a month's name allow."""
    orders = frozenset(ORDERS)
    for _, day in days:
        orders &= day.orders if day.month is None else frozenset(ORDERS)
    return orders


def decide_days(
    shapes: Sequence[Shape], missing: Collection[str], mostly: float, file_orders: Collection[str]
) -> Days | EitherDay | None:
    """Return how the days of the column are written; None if they are none.

    Parameters
    ----------
    mostly : float
        Such a share of the texts has to be days.
    file_orders : collection of str
        dmy and mdy, as other columns of the file show them.
    """
    days, nothing, others = study_days(shapes, missing)
    known = sum(shape.n for shape, _ in days)
    if not days or known < mostly * (known + sum(shape.n for shape in others)):
        return None
    orders = _common(days)
    if not orders:
        return _most(days, nothing, others)
    if len(orders) > 1 and any(day.month is None for _, day in days):
        orders = orders & frozenset(file_orders) if orders & frozenset(file_orders) else orders
        if len(orders) > 1:
            example = next(s for s, d in days if len(d.orders) > 1)
            return EitherDay(example.greatest, tuple(o for o in ORDERS if o in orders))
    numbered = [d for _, d in days if d.month is None] or [d for _, d in days]
    order = next(o for o in ORDERS if o in orders & numbered[0].orders)
    return _days(days, order, known, nothing, others)


def _most(
    days: Sequence[tuple[Shape, WrittenDay]], nothing: list[Shape], others: list[Shape]
) -> Days | EitherDay:
    """Days of which some have the day first and some the month: nobody can tell the others."""
    examples = [s.greatest for s, d in days if len(d.orders) == 1][:2]
    return EitherDay(", ".join(examples), ("dmy", "mdy"))


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
    )


def _format(day: WrittenDay, order: str) -> str:
    """The way of writing as strptime has it; a month's name as its number."""
    parts = dict(zip("abc", order, strict=True))
    if day.month is not None:
        parts = {"d": "d", "d2": "d", "m": "m", "m2": "m", "y": "y"}
    if day.is_compact:
        return "%Y%m%d"
    found, form, at = day.match, "", 0
    noon = day.has_time and bool(found["noon"])
    # a zone is no part of it: such texts are read another way
    pieces = {name: _directive(part, found[name] or "") for name, part in parts.items()}
    if day.has_time:
        pieces["clock"] = _clock(found, noon)
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
