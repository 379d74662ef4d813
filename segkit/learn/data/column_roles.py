"""What an analyst takes a column for, by its name, its type and its values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Literal

from segkit.core.columns import Kind
from segkit.files.names import code_by_name, words

FEW_VALUES = 3  # whole numbers of so few values are kinds, not quantities
FEW_LEVELS = 10  # texts of so few values tell customers apart, of more they are names
# what is to be explained, and never learned from
_LATER = frozenset({"next", "future", "outcome", "target"})
_OUTCOMES = frozenset(
    re.findall(
        r"\w+",
        "churn churned churner exited response responded responder label attrition attrited "
        "accepted accept converted conversion default defaulted subscribed unsubscribed canceled "
        "cancelled cancellation renewed survived fraud fraudulent purchased bought clicked left "
        "closed lapsed lost won complained deposit y gekündigt abgewandert résilié",
    )
)
_PHRASES = ("personal loan", "customer status")
_YES = frozenset(
    re.findall(
        r"\w+",
        "1 yes y true t ja oui si sí sim tak da churned churn exited left attrited lost accepted "
        "responded converted bought purchased canceled cancelled default defaulted fraud won",
    )
)
_MOST_OUTCOMES = 3  # values of an outcome: yes, no, and perhaps unknown
Role = Literal["number", "category", "outcome", "code"]


def outcome_by_name(column: str) -> bool:
    """True for what comes after the features, by its name.

    >>> outcome_by_name("Churn"), outcome_by_name("AcceptedCmp1"), outcome_by_name("spend")
    (True, True, False)
    """
    found = words(column)
    return not (_LATER | _OUTCOMES).isdisjoint(found) or " ".join(found) in _PHRASES


def is_later_by_name(column: str) -> bool:
    """True for a quantity of a later time, by its name: to be explained, not learned from.

    >>> is_later_by_name("spend_next_90d"), is_later_by_name("spend")
    (True, False)
    """
    return not _LATER.isdisjoint(words(column))


def role(column: str, kind: Kind, distinct: int) -> Role | None:
    """What a column is learned from as; None: not at all.

    ``distinct``: how many values it has.
    """
    if is_later_by_name(column) or (outcome_by_name(column) and distinct <= _MOST_OUTCOMES):
        return "outcome"
    if code_by_name(column):
        return "code"
    match kind:
        case Kind.BOOLEAN:
            return "category"
        case Kind.INTEGER:
            return "category" if distinct <= FEW_VALUES else "number"
        case Kind.DECIMAL | Kind.DOUBLE | Kind.FLOAT:
            return "number"
        case Kind.TEXT:
            return "category" if 2 <= distinct <= FEW_LEVELS else None
    return None


def positive_level(levels: Mapping[str, int]) -> str | None:
    """Which of two levels of an outcome means that it came; the rarer one, if no word says so.

    >>> positive_level({"No": 300, "Yes": 700}), positive_level({"Existing": 800, "Gone": 90})
    ('Yes', 'Gone')
    """
    if len(levels) != 2:
        return None
    said = [level for level in levels if not _YES.isdisjoint(words(level))]
    return said[0] if len(said) == 1 else min(levels, key=lambda level: (levels[level], level))


def days_since(column: str, taken: Collection[str]) -> str:
    """What the days since a date are called.

    >>> days_since("last_order_date", ()), days_since("SignupDate", ())
    ('days_since_last_order', 'days_since_signup')
    """
    kept = [word for word in words(column) if word not in ("date", "at", "on", "day", "dt", "")]
    name = f"days_since_{'_'.join(kept) or 'date'}"
    return name if name not in taken else f"{name}_2"
