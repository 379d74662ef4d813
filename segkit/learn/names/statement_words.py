"""The words of a statement: "many orders", "11+ orders", "total spend under $90", "younger"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from segkit.core.columns import Kind, parse_type
from segkit.core.english import format_threshold, is_money, lower_first
from segkit.core.fit import FittedFeature
from segkit.core.naming import Word
from segkit.core.rules import Interval
from segkit.project.nodes import TraitWords

NO_WORDS = TraitWords()
RECENT, LAPSED = 90.0, 180.0  # days since the last order: beyond these people agree on the word
MANY = 3  # nobody calls two "many"
_DAYS = {"days": 1.0, "weeks": 7.0, "months": 30.0, "years": 365.0}

# words that compare, as the median does; "new" and "old" would be absolute
_AGE: dict[Word, str] = {"high": "older", "low": "younger", "mid": "mid age"}
_TENURE: dict[Word, str] = {"high": "longer-standing", "low": "newer"}
_RECENCY: dict[Word, str] = {"high": "lapsed", "low": "recent"}
_FREQUENCY: dict[Word, str] = {"high": "frequent", "low": "infrequent"}
# columns that are about one thing, by the only word that is no unit
_ONE_WORD = {"age": _AGE, "recency": _RECENCY, "tenure": _TENURE, "frequency": _FREQUENCY}
_FLAGS = (("true", "false"), ("1", "0"))  # yes and no
_UNITS = frozenset({"customer", "in", "days", "weeks", "months", "years"})
_FIRST = frozenset({"first", "signup", "registration", "registered", "joined", "joining"})
_TIME = frozenset({"minutes", "hours", "days", "weeks", "months", "years"})
_AFTER_TIME = frozenset({"since", "between", "until", "before", "after", "to"})
_BOUGHT = frozenset({"order", "orders", "purchase", "purchases", "transaction", "transactions"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# what is counted, in the plural, and what may follow: "orders per month"
_COUNTED = _words(
    """bookings calls campaigns carts categories children claims clicks complaints contacts
    contracts coupons deliveries devices downloads emails employees events flights gifts installs
    invoices items licenses logins meetings members messages nights orders payments people persons
    policies posts products purchases rentals reservations returns reviews seats sessions shipments
    stays stores subscriptions tickets trades transactions trips users visits vouchers"""
)
_SINGULAR = {
    {"categories": "category", "children": "child", "deliveries": "delivery"}.get(
        noun, "policy" if noun == "policies" else noun.removesuffix("s")
    ): noun
    for noun in _COUNTED - {"people"}
}
_ONE_OF = {noun: one for one, noun in _SINGULAR.items()}
# whole numbers under another plural are counts, too ("courses", "repairs"); these are none
_NO_COUNTS = _words(
    """amounts assets balances cents charges codes costs debts degrees dollars earnings euros
    expenses fees funds gas gross has heights ids inches incomes kgs kms lbs levels limits losses
    meters metres miles news percents pounds prices profits rates ratings ratios revenues sales
    savings scores series shares sizes spends taxes totals types values wages was weights yes"""
)
_NO_PLURAL = ("ss", "us", "is")  # of "address", "status", "basis"
_FOLLOWS = frozenset({"last", "per", "in", "this", "since", "within", "from", "placed", "made"})
# before a counted noun: "average order", "days between orders" count something else
_OTHER = _words(
    """amount average avg between cost days dollars first from hours last max mean median min
    minutes months of pct per percent price rate ratio revenue score share since spend std sum
    to top value weeks years"""
)
_NUMBER_OF = re.compile(r"\A(?:(?:the )?(?:number|count|no\.?|n|nr|num|nb)(?: of)?|total) ", re.I)
_COUNT = re.compile(r" (?:count|number|total|n|num|nb)\Z", re.I)


@dataclass(frozen=True)
class ColumnWords:
    """How people speak of a column; ``given`` are words that somebody wrote for it."""

    feature: FittedFeature
    given: TraitWords = NO_WORDS

    @property
    def label(self) -> str:
        label = lower_first(self.feature.label)
        return "spend" if label.lower() == "monetary" else label

    @property
    def counted(self) -> str | None:
        """What it counts, in the plural; None where it is an amount, a rate or a score."""
        if is_money(self.feature.unit):
            return None
        return _counted(self.label) or (self.label if self._is_plural else None)

    @property
    def _is_plural(self) -> bool:
        """Whether it is a whole number without a unit, under one word in the plural."""
        word, is_whole = self.label.lower(), parse_type(self.feature.type).kind is Kind.INTEGER
        is_noun = word.isalpha() and word.endswith("s") and not word.endswith(_NO_PLURAL)
        is_other = word in _NO_COUNTS | _OTHER | _UNITS | _TIME
        return is_whole and not self.feature.unit and is_noun and not is_other

    @property
    def is_bought(self) -> bool:
        """Whether it counts orders, so that 0 is somebody who never bought."""
        return (self.counted or "") in _BOUGHT

    @property
    def last_event(self) -> str | None:
        """Of time since something last happened: "order". Recency is since the last order."""
        words = self._about(_RECENCY)
        if words is None:
            return None
        after = words[words.index("last") + 1 :] if "last" in words else []
        return " ".join(after) or "order"

    def word(self, word: Word, end: float) -> str | None:
        """The word for a number beyond ``end``; None where it would say what is not so."""
        own = {"high": self.given.high, "low": self.given.low, "mid": self.given.mid}[word]
        if own:
            return own
        label, things = self.label, self.counted
        for about in (_AGE, _TENURE, _RECENCY, _FREQUENCY):
            if self._about(about) is not None:
                return about.get(word) if about is not _RECENCY or self._is_so(word, end) else None
        if things is None:
            return f"{word} {label}"
        if word == "high":
            return f"many {things}" if end >= MANY - 1 else None
        return f"few {things}" if word == "low" else None

    def cut(self, interval: Interval) -> str:
        """The words for numbers between two ends: "11+ orders", "age under 30"."""
        if parse_type(self.feature.type).kind is Kind.INTEGER:
            interval = _with_last(interval.on_grid(Decimal(1)))
        label, unit = self.label, self.feature.unit
        if event := self.last_event:
            return f"last {event} {self._amount(interval, self._time or 'days')} ago"
        if things := self.counted:
            return f"{self._amount(interval, '')} {things}"
        if self._about(_TENURE) is not None:
            return f"customer for {self._amount(interval, self._time or unit)}"
        if not unit and label.split(" ")[-1] in _DAYS and " " in label:  # "lead time days"
            label, _, unit = label.rpartition(" ")
        return f"{label} {self._amount(interval, unit)}"

    def unknown(self) -> str:
        event = self.last_event
        if event is None:
            return f"unknown {self.label}"
        return "never bought" if event in _BOUGHT else f"no {event} yet"

    def none(self) -> str:
        return "never bought" if self.is_bought else f"no {self.counted or self.label}"

    def some(self) -> str:
        return "has bought" if self.is_bought else f"with {self.counted or self.label}"

    def one(self) -> str:
        things = self.counted or ""
        first, _, last = things.rpartition(" ")
        one = " ".join(filter(None, ("one", first, _ONE_OF.get(last, last.removesuffix("s")))))
        return "bought once" if self.is_bought else one

    def several(self) -> str:
        return "repeat buyers" if self.is_bought else f"2+ {self.counted}"

    @property
    def _time(self) -> str:
        """The unit of time in its name."""
        words = [*_split(self.feature.column), *_split(self.feature.label)]
        return next((word for word in words if word in _DAYS), "")

    def _is_so(self, word: Word, end: float) -> bool:
        days = end * _DAYS[self._time or "days"]
        return days <= RECENT if word == "low" else days >= LAPSED

    def _about(self, what: Mapping[Word, str]) -> list[str] | None:
        """Its words where it is about one such thing, by its name or what people call it."""
        for text in (self.feature.label, self.feature.column):
            words = _split(text)
            plain = {word for word in words if word not in _UNITS}
            if len(plain) == 1 and _ONE_WORD.get(next(iter(plain))) is what:
                return words
            if "since" in words and words[0] in _TIME:
                after = set(words[words.index("since") + 1 :])
                if after & _FIRST and what is _TENURE:
                    return words
                if "last" in after and not after & _FIRST and what is _RECENCY:
                    return words
        return None

    @staticmethod
    def _amount(interval: Interval, unit: str) -> str:
        """ "$50+", "under 12 months", "3-10"; money and % stand with each number."""
        stays = unit if is_money(unit) or unit == "%" else ""
        after = f" {unit}" if unit and not stays else ""
        lower, upper = (
            None if end is None else format_threshold(end, stays)
            for end in (interval.lower, interval.upper)
        )
        if lower is None:
            return f"{'up to' if interval.upper_closed else 'under'} {upper}{after}"
        if upper is None:
            return f"{lower}+{after}" if interval.lower_closed else f"over {lower}{after}"
        return f"{lower}-{upper}{after}" if lower != upper else f"{lower}{after}"


def level_phrase(feature: FittedFeature, level: str) -> str:
    """Return the words for a category: "region north"; a flag is its label, or "not" that."""
    label = lower_first(feature.label)
    if not any({level, *feature.levels} <= {yes, no} for yes, no in _FLAGS):
        return f"{label} {level}"
    is_yes = level in {yes for yes, _ in _FLAGS}
    if label.startswith("has "):
        return f"{'with' if is_yes else 'without'} {label.removeprefix('has ')}"
    words = label.removeprefix("is ")
    return words if is_yes else f"not {words}"


def sentence(phrases: list[str]) -> str:
    text = ", ".join(phrases)
    return text[:1].upper() + text[1:]


def _counted(label: str) -> str | None:
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
    is_about_them = not rest or rest[0] in _FOLLOWS or rest[0][:1].isdigit()  # "logins 30d"
    return text if is_about_them else None


def _with_last(interval: Interval) -> Interval:
    """Whole numbers between two ends, by the last that is in: "3-10" holds 10."""
    if interval.lower is None or interval.upper is None:
        return interval
    return replace(interval, upper=interval.upper - 1, upper_closed=True)


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text).lower())
