"""What one text means, by the form of its column; the warehouse's SQL says the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from segkit.files.date_columns import DateForm
from segkit.files.file_columns import ColumnReading
from segkit.files.number_study import NumberForm
from segkit.files.patterns import value_pattern
from segkit.files.written_numbers import MINUSES, PERCENTS, POWERS


def number_value(text: str, form: NumberForm) -> Decimal:
    """Return the number that a text of the form is.

    >>> number_value("(1.234,50 €)", NumberForm(",", ".", "€", ("€",), minus=frozenset({"around"})))
    Decimal('-1234.50')
    >>> number_value("$2.9k", NumberForm(currency="$", currency_texts=("$",), powers=("k",)))
    Decimal('2900')
    """
    bare = text
    for currency in form.currency_texts:
        bare = bare.replace(currency, "")
    is_negative = any(sign in bare for sign in f"{MINUSES}(") and not form.is_float
    if form.is_float:
        return Decimal(bare.replace(form.decimal, "."))
    word = next((word for word in form.powers if word in bare), "")
    bare = bare.replace(word, "")
    digits = re.sub(f"[^0-9{re.escape(form.decimal)}]", "", bare).replace(form.decimal, ".")
    if form.thousands == form.decimal:
        digits = digits.replace(".", "")
    value = Decimal(digits).scaleb(POWERS.get(word, 0)) + 0  # 2900, and not 2.9E+3
    if form.percent == "share" and any(sign in bare for sign in PERCENTS):
        value /= 100
    return -value if is_negative else value


def day_value(text: str, form: DateForm) -> datetime:
    """Return the day, or the moment, that a text of the form is.

    Raises ValueError if there is no such day, as on February 30th.
    """
    if form.is_iso:
        return _in_utc(datetime.fromisoformat(text.replace(" UTC", "Z").replace(" Z", "Z")))
    named = text
    for name, number in form.months:
        named = re.sub(re.escape(name), str(number), named, count=1, flags=re.IGNORECASE)
    for format_ in form.formats:
        try:
            return _in_utc(datetime.strptime(_with_minutes(named, format_), format_))
        except ValueError:
            continue
    raise ValueError(f"no such day: {text}")


def _with_minutes(text: str, format_: str) -> str:
    """+02 as +0200, which is all that strptime knows."""
    return re.sub(r"([+-]\d\d)$", r"\g<1>00", text) if format_.endswith("%z") else text


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def shown(text: str, reading: ColumnReading) -> str:
    """The text's value, for people: 1,043 or 2024-01-31."""
    if reading.number is not None:
        return f"{number_value(text, reading.number):,}"
    assert reading.day is not None
    value = day_value(text, reading.day)
    return f"{value}" if reading.day.has_time else f"{value.date()}"


def is_of(text: str, reading: ColumnReading) -> bool:
    """True if the text is a value of the column."""
    if not re.fullmatch(value_pattern(reading), text):
        return False
    try:
        return bool(shown(text, reading))
    except ValueError:  # February 30th
        return False
