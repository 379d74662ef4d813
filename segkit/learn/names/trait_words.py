"""The word for a trait: "many orders", "high total spend", "younger", "region north"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from segkit.core.english import lower_first
from segkit.core.fit import FittedFeature
from segkit.project.nodes import TraitWords

# the first three beside all customers; very: beside segments of the same name; the last two:
# beside those, or all others where a segment has no trait
Level = Literal["high", "low", "mid", "very high", "very low", "higher", "lower"]
NO_WORDS = TraitWords()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _levels(high: str, low: str, mid: str, higher: str, lower: str) -> dict[Level, str]:
    very: dict[Level, str] = {"very high": f"very {high}", "very low": f"very {low}"}
    return {"high": high, "low": low, "mid": mid, "higher": higher, "lower": lower, **very}


_AGE: dict[Level, str] = {
    "high": "older",
    "low": "younger",
    "very high": "much older",
    "very low": "much younger",
}
_RECENCY = _levels("lapsed", "recent", "mid recency", "less recent", "more recent")
_RECENCY["very high"] = "long lapsed"  # days since the last order: low is good
_TENURE = _levels("long-standing", "new", "mid tenure", "longer-standing", "newer")
_FREQUENCY = _levels("frequent", "infrequent", "mid frequency", "more frequent", "less frequent")
_MANY = _levels("many", "few", "some", "more", "fewer")
# columns that are about one thing, by the only word that is no unit
_ONE_WORD = {"age": _AGE, "recency": _RECENCY, "tenure": _TENURE, "frequency": _FREQUENCY}
_UNITS = frozenset({"customer", "in", "days", "weeks", "months", "years"})
_FIRST = frozenset({"first", "signup", "registration", "registered", "joined", "joining"})
_TIME = frozenset({"minutes", "hours", "days", "weeks", "months", "years"})
_AFTER_TIME = frozenset({"since", "between", "until", "before", "after", "to"})

# what is counted, in the plural, and what may follow: "orders per month"
_COUNTED = _words(
    """bookings calls campaigns carts categories children claims clicks complaints contacts
    contracts coupons deliveries devices downloads emails employees events installs invoices
    items licenses logins meetings members messages orders payments people persons policies
    posts products purchases rentals reservations returns reviews sessions shipments stays
    stores subscriptions tickets trades transactions trips users visits vouchers"""
)
_SINGULAR = {
    {"categories": "category", "children": "child", "deliveries": "delivery"}.get(
        noun, "policy" if noun == "policies" else noun.removesuffix("s")
    ): noun
    for noun in _COUNTED - {"people"}
}
_FOLLOWS = frozenset({"last", "per", "in", "this", "since", "within", "from", "placed", "made"})
# before a counted noun: "average order", "days between orders" count something else
_OTHER = _words(
    """amount average avg between cost days dollars first from hours last max mean median min
    minutes months of pct per percent price rate ratio revenue score share since spend std sum
    to top value weeks years"""
)
_NUMBER_OF = re.compile(r"\A(?:(?:the )?(?:number|count|no\.?|n|nr|num|nb)(?: of)?|total) ", re.I)
_COUNT = re.compile(r" (?:count|number|total|n|num|nb)\Z", re.I)


def phrase(feature: FittedFeature, level: Level, given: TraitWords = NO_WORDS) -> str:
    """Return the words for a number that is ``level``; those that were ``given`` come first.

    >>> def orders(column):
    ...     return FittedFeature(column, column, "", "log", "INTEGER", 0, 1, 0)
    >>> phrase(orders("orders"), "low"), phrase(orders("order value"), "low")
    ('few orders', 'low order value')
    """
    own = {"high": given.high, "low": given.low, "mid": given.mid}.get(level)
    if own:
        return own
    if word := _about(feature).get(level):
        return word
    label = lower_first(feature.label)
    if label.lower() == "monetary":
        label = "spend"
    if things := _counted(label):
        return f"{_MANY[level]} {things}"
    return f"{level} {label}"


def can_be_stronger(given: TraitWords, level: Level) -> bool:
    """Whether "very" may stand before the word for it: not before other people's words."""
    return not (given.high if level == "high" else given.low)


def level_phrase(feature: FittedFeature, level: str) -> str:
    """Return the words for a category: "region north"; a flag is its label, or "not" that."""
    label = lower_first(feature.label)
    if level not in ("true", "false"):
        return f"{label} {level}"
    if label.startswith("has "):
        return f"{'with' if level == 'true' else 'without'} {label.removeprefix('has ')}"
    words = label.removeprefix("is ")
    return words if level == "true" else f"not {words}"


def sentence(phrases: list[str]) -> str:
    text = ", ".join(phrases)
    return text[:1].upper() + text[1:]


def _about(feature: FittedFeature) -> Mapping[Level, str]:
    """Words of a column that is about one thing, by its name or what people call it."""
    for text in (feature.column, feature.label):
        words = _split(text)
        plain = {word for word in words if word not in _UNITS}
        if len(plain) == 1 and (found := _ONE_WORD.get(next(iter(plain)))):
            return found
        if "since" in words and words[0] in _TIME:
            after = set(words[words.index("since") + 1 :])
            if after & _FIRST:
                return _TENURE
            if "last" in after:
                return _RECENCY
    return {}


def _counted(label: str) -> str | None:
    """What a label counts, in the plural; None where it is an amount, a rate or a score."""
    text = _COUNT.sub("", _NUMBER_OF.sub("", label))
    words = text.lower().split(" ")
    if len(words) > 1 and words[0] in _TIME and words[1] in _AFTER_TIME:
        return text
    if text != label and words[-1] in _SINGULAR:  # "order count"
        text = f"{text[: len(text) - len(words[-1])]}{_SINGULAR[words[-1]]}"
        words = text.lower().split(" ")
    ends = [place for place, word in enumerate(words) if word in _COUNTED]
    if not ends or set(words[: ends[0]]) & _OTHER:
        return None
    rest = words[ends[0] + 1 :]
    return text if not rest or rest[0] in _FOLLOWS else None


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower())
