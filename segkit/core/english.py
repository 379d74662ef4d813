"""Rules in English: "spending score 61 or more, annual income under $50k"."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Protocol

from segkit.core.labels import number_text
from segkit.core.number_format import number_format, spelled
from segkit.core.rules import Condition, Levels, Rule

EVERYONE = "everyone"
_MONEY = re.compile(r"(?P<before>[kKmM]?)(?P<sign>[$€£])(?P<after>[kKmM]?)\Z")
_UNIT = re.compile(r"(?P<words>.*\S)\s*[(\[](?P<unit>[^()\[\]]+)[)\]]\s*\Z")
_RANGE = re.compile(r"\s*-?\d[\d.,]*\s*(-|–|to)\s*-?\d[\d.,]*\s*\Z")


class Described(Protocol):
    """A feature with its words."""

    @property
    def column(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def levels(self) -> tuple[str, ...]:
        """Of a category: every level that is known. Empty for a number."""
        ...


def describe_rule(
    rule: Rule, features: Sequence[Described], integer_columns: Collection[str] = ()
) -> str:
    """Return the rule's conditions in English, one phrase a feature, in the features' order.

    Where NULL goes along with numbers is not said; a condition that only NULL
    fulfils is "income unknown".

    ``features``: label and unit by column; a column without one speaks by its own name.
    ``integer_columns``: columns of an integer type: only there "40 to 70" includes both ends.
    """
    known = {feature.column: feature for feature in features}
    order = {column: place for place, column in enumerate(known)}
    phrases = []
    for condition in sorted(rule.conditions, key=lambda c: order.get(c.column, len(order))):
        label, unit = default_label(condition.column)
        levels: Sequence[str] = ()
        if feature := known.get(condition.column):
            label, unit, levels = feature.label or label, feature.unit, feature.levels
        phrase = _phrase(condition, unit, levels, condition.column in integer_columns)
        if phrase:
            phrases.append(f"{lower_first(label)} {phrase}")
    return ", ".join(phrases) or EVERYONE


def describe_segment(
    rules: Sequence[Rule], features: Sequence[Described], integer_columns: Collection[str] = ()
) -> str:
    """Return all rules of one segment in English, joined with " or ".

    A rule with several conditions stands in brackets, so that it is clear how
    far each "or" reaches.
    """
    texts = list(dict.fromkeys(describe_rule(rule, features, integer_columns) for rule in rules))
    if EVERYONE in texts:
        return EVERYONE
    if len(texts) > 1:
        texts = [f"({text})" if "," in text or " or " in text else text for text in texts]
    return " or ".join(texts)


def format_threshold(value: Decimal, unit: str = "") -> str:
    """Return the number exactly as it is, with its unit: "$71k", "$12.50", "12.5 days".

    >>> format_threshold(Decimal("71"), "k$"), format_threshold(Decimal("2130"), "$")
    ('$71k', '$2,130')
    >>> format_threshold(Decimal("2130")), format_threshold(Decimal("12500.50"))
    ('2130', '12,500.5')
    """
    money = _MONEY.match(unit)
    scale = (money["before"] or money["after"]).lower() if money else ""
    number = number_text(value)
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    whole, point, rest = digits.partition(".")
    if len(whole) > (3 if money else 4):  # four digits without a unit may be a year
        whole = f"{int(whole):,}"
    if money and not scale and len(rest) == 1:  # cents are two digits
        rest += "0"
    digits = spelled(whole + point + rest)
    if money:
        return number_format().with_symbol(sign, money["sign"], digits + scale)
    if not unit:
        return sign + digits
    return f"{sign}{digits}{unit}" if unit == "%" else f"{sign}{digits} {unit}"


def is_money(unit: str) -> bool:
    """Whether the unit stands before the number: "$", "k$"."""
    return bool(_MONEY.match(unit))


def format_statistic(value: float, unit: str = "") -> str:
    """Return the number with three significant digits and its unit; small money to the cent.

    >>> format_statistic(56.1234, "k$"), format_statistic(12345.6), format_statistic(14.071, "$")
    ('$56.1k', '12,300', '$14.07')
    """
    in_cents = is_money(unit) and len(unit) == 1 and 0.01 <= abs(value) < 99.995
    return format_threshold(Decimal(f"{value:.2f}" if in_cents else f"{value:.3g}"), unit)


def default_label(column: str) -> tuple[str, str]:
    """Return readable words for a column, and the unit if its name ends in one.

    >>> default_label("recency_days"), default_label("Annual Income (k$)")
    (('Recency days', ''), ('Annual Income', 'k$'))
    >>> default_label("Spending Score (1-100)"), default_label("profile.age")
    (('Spending Score', ''), ('Profile age', ''))
    """
    words, unit = column, ""
    if found := _UNIT.match(column):
        words = found["words"]
        unit = "" if _RANGE.match(found["unit"]) else found["unit"].strip()
    spaced = re.sub(
        r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])\.(?=[A-Za-z])", " ", words.replace("_", " ")
    )
    label = " ".join(spaced.split()) or column
    return label[:1].upper() + label[1:], unit


def lower_first(label: str) -> str:
    """Return the label as it stands inside a sentence; an acronym keeps its capitals.

    >>> lower_first("Annual Income"), lower_first("RFM score")
    ('annual income', 'RFM score')
    """
    return " ".join(
        word if word[1:] != word[1:].lower() else word.lower() for word in label.split(" ")
    )


def _phrase(condition: Condition, unit: str, known: Sequence[str], is_integer: bool) -> str:
    if condition.values is None:
        return "unknown"
    if condition.values.is_everything:
        return ""
    if isinstance(condition.values, Levels):
        return _levels_phrase(condition.values, known)
    interval = condition.values.on_grid(Decimal(1)) if is_integer else condition.values
    lower, upper = interval.lower, interval.upper
    if lower is None and upper is not None:
        text = format_threshold(upper, unit)
        return f"{text} or less" if interval.upper_closed else f"under {text}"
    assert lower is not None  # not everything, so one end is there
    start = format_threshold(lower, unit)
    if upper is None:
        return f"{start} or more" if interval.lower_closed else f"over {start}"
    if (is_integer and upper - 1 == lower) or lower == upper:
        return start
    if not is_money(unit):  # "40 to 70 years"
        start = format_threshold(lower)
    if is_integer:
        return f"{start} to {format_threshold(upper - 1, unit)}"
    start = start if interval.lower_closed else f"over {start}"
    end = format_threshold(upper, unit)
    return f"{start} to {end}" if interval.upper_closed else f"{start} to under {end}"


def _levels_phrase(levels: Levels, known: Sequence[str]) -> str:
    """ "north or south", "other than north"; a flag is "yes" or "no"."""
    names = sorted(levels.listed)
    if set(names) <= {"true", "false"}:
        return " or ".join("yes" if (name == "true") != levels.excluded else "no" for name in names)
    others = [name for name in known if name not in levels.listed]
    if levels.excluded and 0 < len(others) <= len(names):
        return f"{_joined(others, 'or')} (or a new one)"
    return f"other than {_joined(names, 'and')}" if levels.excluded else _joined(names, "or")


def _joined(names: Sequence[str], word: str) -> str:
    return f" {word} ".join(filter(None, (", ".join(names[:-1]), names[-1])))
