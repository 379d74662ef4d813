"""One text that may be a day: its parts, and in which order they may stand."""

from __future__ import annotations

import re
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


COMPACT_YEARS = (19000101, 21001231)


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
    is_mixed = not orders and _is_mixed(lengths, shape)
    orders = frozenset({"dmy", "mdy"}) if is_mixed else _likely(orders, lengths, found["s"], shape)
    if not orders:
        return None
    has_time = found["clock"] is not None
    iso = found["s"] == "-" and lengths == (4, 2, 2) and orders == {"ymd"}
    return WrittenDay(
        orders,
        found,
        has_time,
        found["zone"] is not None,
        is_iso=iso and (not has_time or _is_iso_clock(found)),
        two_digit_year=max(lengths) == 2,
        is_mixed=is_mixed,
    )


def _likely(
    orders: frozenset[str], lengths: tuple[int, ...], separator: str, shape: Shape
) -> frozenset[str]:
    """Of the orders that the figures allow, those that people use."""
    if separator.strip() == ".":  # no country writes the month first, with points
        orders &= {"dmy"} if "dmy" in orders else {"ymd"}
    return _by_span(orders, shape) if max(lengths) == 2 and len(orders) > 1 else orders


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


def day_format(day: WrittenDay, order: str) -> str:
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
