"""One text that may be a number: its sign, its money, its groups of digits."""

from __future__ import annotations

import re
from dataclasses import dataclass

SPACES = " \t\u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019\u02bc`"
MINUSES = "-\u2212\u2013\ufe63\uff0d"
PERCENTS = "%\uff05"
_DASHES = frozenset(MINUSES + "\u2014")
# ISO 4217 codes of the money that most customers pay with, and how people abbreviate it
_WORDS = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HRK HUF IDR ILS INR ISK JPY "
    "KRW MAD MXN MYR NGN NOK NZD PEN PHP PKR PLN RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND "
    "ZAR kr kr. Kr Kr. zł Kč Ft R$ Rs Rs. lei лв лв. руб руб. р. TL Fr. Fr SFr. US$ A$ C$ S$ kn"
)
_SYMBOLS = "$€£¥₹₽₩₺₴₫₪₦฿₱¢￥﷼₡₲₸₼₾"
CURRENCIES = tuple(sorted({*_WORDS.split(), *_SYMBOLS}, key=lambda c: (-len(c), c)))
# signs of one and the same money
_SAME = {
    "EUR": "€", "USD": "$", "US$": "$", "GBP": "£", "JPY": "¥", "￥": "¥", "INR": "₹", "Rs": "₹",
    "Rs.": "₹", "PLN": "zł", "CZK": "Kč", "HUF": "Ft", "BRL": "R$", "CHF": "Fr.", "Fr": "Fr.",
    "SFr.": "Fr.", "kr.": "kr", "Kr": "kr", "Kr.": "kr", "RUB": "₽", "руб": "₽", "руб.": "₽",
    "р.": "₽", "TRY": "₺", "TL": "₺", "A$": "AUD", "C$": "CAD", "S$": "SGD", "лв.": "лв",
    "BGN": "лв", "RON": "lei", "HRK": "kn",
}  # fmt: skip
_MEASURES = (  # words of one and the same unit, as they stand behind a number
    "kg", "g", "lb lbs", "oz", "km", "cm", "mm", "l", "ml", "kwh", "mb", "gb", "pcs pc stk",
    "h hr hrs hour hours std stunde stunden heure heures", "min mins minute minutes minuten",
    "days day d tag tage jour jours", "weeks week wk woche wochen semaine semaines",
    "months month mo mos monat monate mois", "years year yr yrs jahr jahre an ans",
    "points point pts punkte",
)  # fmt: skip
UNITS = {word: line.split()[0] for line in _MEASURES for word in line.split()}
# what stands behind a number of thousands, millions, thousand millions: powers of ten
POWERS = {
    "k": 3, "K": 3, "Tsd": 3, "Tsd.": 3, "tsd": 3, "thousand": 3,
    "M": 6, "MM": 6, "Mn": 6, "mn": 6, "Mln": 6, "mln": 6, "Mio": 6, "Mio.": 6, "mio": 6,
    "million": 6,
    "B": 9, "Bn": 9, "bn": 9, "BN": 9, "Mrd": 9, "Mrd.": 9, "mrd": 9, "billion": 9,
    "m": 6, "b": 9,
}  # fmt: skip
_ONLY_OF_MONEY = ("m", "b")  # 12m are metres, months, minutes
_BY_LENGTH = sorted(POWERS, key=len, reverse=True)
INFINITE = ("inf", "-inf", "+inf", "infinity", "-infinity", "+infinity")
_BODY = re.compile(rf"[09][09.,{SPACES}{APOSTROPHES}]*|[.,][09]+")
_LAST_WORD = re.compile(r"(?<=[09 ])[^\W\d_]+$")
_MARKS = ("D", "G", "H", "L")  # as of a class: 5G
_SEPARATOR = re.compile(rf"[.,{SPACES}{APOSTROPHES}]")
_EXPONENT = re.compile(r"(-?)([09](?:[.,][09]+)?)[eE][+-]?[09]{1,3}")


@dataclass(frozen=True)
class WrittenNumber:
    """``groups`` of digits (9, and 0 in front or at the end), ``separators`` between them.

    A space of any width is " ", an apostrophe of any kind "'". ``minus`` says where it stands:
    "before", "after", "around" (in parentheses), or ""; "sign" is before, but no hyphen.
    ``currency`` is the money, or the unit behind the number; ``power`` the word for thousands
    or millions: k, Mio.
    """

    groups: tuple[str, ...]
    separators: tuple[str, ...]
    minus: str = ""
    plus: bool = False
    currency: str = ""
    currency_text: str = ""
    percent: bool = False
    power: str = ""
    is_float: bool = False  # as a program prints it: 1e-05, inf

    @property
    def is_plain(self) -> bool:
        """As a programming language writes it: digits, a point, a minus in front."""
        bare = not (self.currency or self.percent or self.plus or self.power)
        return bare and self.minus in ("", "before") and self.separators in ((), (".",))

    @property
    def has_code_zero(self) -> bool:
        """True for 007: a zero before other digits, as in a code."""
        first = self.groups[0]
        return len(first) > 1 and first[0] == "0"


def read_shape(shape: str) -> WrittenNumber | None:
    """Return the number of a shape; None if it is none in any country.

    >>> read_shape("(9.999,99 €)").separators, read_shape("$9.9k").power, read_shape("9+")
    (('.', ','), 'k', None)
    """
    if found := _EXPONENT.fullmatch(shape):
        body = _body(found[2])
        minus = "before" if found[1] else ""
        return None if body is None else WrittenNumber(*body, minus=minus, is_float=True)
    if shape.lower() in INFINITE:
        return WrittenNumber(("9",), (), is_float=True)
    signs = _signs(shape.strip(SPACES))
    if signs is None:
        return None
    rest, around = signs
    written = around.get("currency", "")
    body = _body(rest)
    if body is None or ("minus" in around and "plus" in around):
        return None
    return WrittenNumber(
        *body,
        minus=around.get("minus", ""),
        plus="plus" in around,
        currency=_SAME.get(written) or UNITS.get(written.lower(), written),
        currency_text=written,
        percent="percent" in around,
        power=around.get("power", ""),
    )


def _signs(text: str) -> tuple[str, dict[str, str]] | None:
    """What stands around the digits, by its kind, and the digits; None: no number."""
    seen: dict[str, str] = {}
    while text and not _BODY.fullmatch(text):
        found = _outer(text) or _power(text, is_money="currency" in seen)
        if found is None or found[1] in seen:
            return None
        rest, kind, sign = found
        seen[kind] = sign
        text = rest.strip(SPACES)
    return text, seen


def is_dash(text: str) -> bool:
    """True for a dash, alone or with a currency: nothing, or zero in accounts.

    >>> is_dash("-"), is_dash("$ -"), is_dash("$")
    (True, True, False)
    """
    bare = text.strip(SPACES)
    for currency in CURRENCIES:
        if bare.startswith(currency) or bare.endswith(currency):
            return bare.removeprefix(currency).removesuffix(currency).strip(SPACES) in _DASHES
    return bare in _DASHES


def _outer(text: str) -> tuple[str, str, str] | None:
    if text[0] == "(" and text[-1] == ")":
        return text[1:-1], "minus", "around"
    if text[0] in MINUSES:
        return text[1:], "minus", "before" if text[0] == "-" else "sign"
    if text[-1] in MINUSES:
        return text[:-1], "minus", "after"
    if text[0] == "+":
        return text[1:], "plus", "+"
    if text[-1] in PERCENTS:
        return text[:-1], "percent", "%"
    for currency in CURRENCIES:
        if text.startswith(currency):
            return text[len(currency) :], "currency", currency
        if text.endswith(currency):
            return text[: -len(currency)], "currency", currency
    if (unit := _LAST_WORD.search(text)) and unit[0].lower() in UNITS and unit[0] not in _MARKS:
        return text[: unit.start()], "currency", unit[0]
    return None


def _power(text: str, *, is_money: bool) -> tuple[str, str, str] | None:
    word = next((word for word in _BY_LENGTH if text.endswith(word)), None)
    if word is None or (word in _ONLY_OF_MONEY and not is_money):
        return None
    return text[: -len(word)], "power", word


def _body(text: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    if not _BODY.fullmatch(text):
        return None
    groups = tuple(_SEPARATOR.split(text))
    found = [_normal(separator) for separator in _SEPARATOR.findall(text)]
    inner_is_empty = any(not group for group in groups[1:-1])
    if inner_is_empty or (len(groups) > 1 and not groups[-1] and len(groups) != 2):
        return None
    return groups, tuple(found)


def _normal(separator: str) -> str:
    if separator in SPACES:
        return " "
    return "'" if separator in APOSTROPHES else separator
