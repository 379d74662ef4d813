"""What a template may do: a budget, and what would be huge at one stroke.

All is paid from one budget: rounds, calls and filters, and every character and
element that is made or looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sized
from typing import Any

from jinja2.exceptions import SecurityError
from jinja2.utils import Namespace

MAX_OUTPUT = 1_000_000  # characters of one text, elements of one list
MAX_WORK = 10_000_000  # of one rendering: a few seconds, a few hundred megabytes
MAX_TOTAL = 50_000_000  # of all renderings of a project
MAX_LEVELS = 50  # of lists inside each other
MAX_WIDTH = 10_000
MAX_STROKE = 50_000_000  # characters or elements that one call may make at most
MAX_BITS = 4_096  # of a whole number

# what things cost, in nodes of a value that Python walks over
_ROUND, _HOLDER = 3, 3
_COPIED = 5  # characters or elements that are copied in the time of one
_SLOW = {"groupby": 50, "sort": 5, "dictsort": 5, "unique": 5, "wordwrap": 100, "urlencode": 5}

# what makes much of little: each element as long as the longest argument, at most
_WIDENING = {
    *("ljust", "rjust", "center", "zfill", "expandtabs", "to_bytes", "replace", "join"),
    *("translate", "indent", "wordwrap", "batch", "slice", "tojson", "truncate", "round"),
}
# they look at no element, or at each only when it is asked for
_CHEAP = {"attr", "d", "default", "first", "last", "length", "map"}
_CHEAP |= {"get", "items", "keys", "values"}

ROUNDS = "a loop of over 1,000,000 rounds"
_ELEMENTS = "a text or list of over 1,000,000 elements"
_LEVELS = f"a list inside more than {MAX_LEVELS} others"
_NUMBER = f"a number of over {MAX_BITS:,} bits"
_ADVICE = "loop over less, or let the database do it: a template only makes the text of a query"


_PLAIN = {int, float, bool, type(None)}
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_HOLDERS = (list, tuple, dict, set, frozenset, Namespace, *_VIEWS)


class LimitError(SecurityError):
    """A template asked for more than a project ever needs; ``help`` is the next step."""

    def __init__(self, message: str, help_text: str = _ADVICE) -> None:
        super().__init__(message)
        self.help = help_text


def at_most(most: int, amount: int, what: str) -> None:
    """Refuse ``what`` if it is more."""
    if amount > most:
        raise LimitError(f"{what} is more than segkit allows")


class Budget:
    """What is left of what a rendering, and all of them together, may do."""

    def __init__(self) -> None:
        self.work, self.left, self.total = 0, MAX_WORK, 0

    def start(self) -> None:
        """Begin a rendering: it has a budget of its own, as far as that of all lasts."""
        self.total += self.work
        self.work, self.left = 0, min(MAX_WORK, MAX_TOTAL - self.total)

    def spend(self, amount: int) -> None:
        self.work += amount
        at_most(self.left, self.work, "what this template does, in loops, calls and texts,")

    def weight(self, value: Any) -> int:
        return _weight(value, self.left - self.work)

    def weighed(self, value: Any) -> Any:
        """The value, all that it holds paid."""
        self.spend(self.weight(value))
        return value

    def rounds(self, value: Any, size: int = 1) -> Any:
        """What a loop goes over, its rounds paid; ``size`` is that of what is done in each."""
        if not hasattr(value, "__len__"):
            return self._counted(iter(value), size)
        at_most(MAX_OUTPUT, len(value), ROUNDS)
        self.spend((_ROUND + size) * len(value))
        return value

    def made(self, value: Any) -> Any:
        """A new value, paid."""
        if isinstance(value, (str, bytes, list, tuple, dict)):
            at_most(MAX_OUTPUT, len(value), _ELEMENTS)
            self.spend(len(value) // _COPIED + 1)
        elif isinstance(value, int):
            at_most(MAX_BITS, value.bit_length(), _NUMBER)
        elif isinstance(value, Iterator):
            return self._counted(value)
        return value

    def _counted(self, values: Iterator[Any], size: int = 0) -> Iterator[Any]:
        for value in values:
            self.spend(_ROUND + size + self.weight(value))
            yield value


def _check_width(values: Iterable[Any]) -> None:
    widths = (abs(value) for value in values if isinstance(value, int))
    at_most(MAX_WIDTH, max(widths, default=0), "a width of over 10,000")


def _weight(value: Any, most: int) -> int:
    """Elements of a value, what it holds included, texts by their length; up to ``most``."""
    total = 0
    walked = [iter((value,))]
    while walked and total <= most:
        for each in walked[-1]:
            total += 1
            if type(each) in _PLAIN:  # first, for there are most of them
                pass
            elif isinstance(each, (str, bytes)):
                total += len(each) // _COPIED
            elif isinstance(each, range):
                total += len(each)
            elif isinstance(each, _HOLDERS):
                total += _HOLDER
                walked.append(_held(each))
                at_most(MAX_LEVELS, len(walked), _LEVELS)
                break
            if total > most:
                break
        else:
            walked.pop()
    return total


def _held(value: Any) -> Iterator[Any]:
    if isinstance(value, Namespace):
        value = value._Namespace__attrs
    if isinstance(value, dict):
        return (part for pair in value.items() for part in pair)
    return iter(value)


def _flat(values: Any) -> Iterable[Any]:
    if isinstance(values, dict):
        return values.values()
    return values if isinstance(values, (tuple, list)) else (values,)


def check_format(budget: Budget, text: str, values: Iterable[Any]) -> None:
    _check_width(int(digits[:20]) for digits in re.findall(r"\d+", text))
    values = list(values)
    if "*" in text or re.search(r"\{[^{}]*\{", text):  # a width from an argument
        _check_width(values)
    # one value may be named many times
    times = text.count("{") + text.count("%(") or 1
    budget.spend(times * budget.weight(values))


def check_operation(budget: Budget, operator: str, left: Any, right: Any) -> None:
    if operator == "**" and isinstance(left, int) and isinstance(right, int):
        at_most(MAX_BITS, left.bit_length() * max(right, 1), _NUMBER)
    elif operator == "*":
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Sized) and isinstance(other, int):
                at_most(MAX_OUTPUT, len(one) * other, _ELEMENTS)
    elif operator == "%" and isinstance(left, (str, bytes)):
        check_format(budget, str(left), _flat(right))


def check_made(budget: Budget, name: str, value: Any, rest: tuple[Any, ...]) -> None:
    """Pay what a method or a filter looks at; refuse what it might make of it at one stroke."""
    looked_at = rest if name in _CHEAP else (value, rest)
    budget.spend(_SLOW.get(name, 1) * budget.weight(looked_at))
    if name == "sum" and any(isinstance(each, Sized) for each in rest[1:]):
        raise LimitError("a sum of lists", "join two lists by `+`")
    if name in ("format", "format_map"):
        check_format(budget, str(value), [part for each in rest for part in _flat(each)])
    if name in _WIDENING:
        _check_width(rest)
        _check_stroke(name, value, rest)


def _check_stroke(name: str, value: Any, rest: tuple[Any, ...]) -> None:
    if name == "join" and isinstance(value, str) and rest:  # the method: its text goes between
        value, rest = rest[0], (value,)
    arguments = [part for each in rest for part in _flat(each)]
    most = max((a if isinstance(a, int) else len(str(a)) for a in arguments), default=1)
    size = most * (len(value) if isinstance(value, Sized) else 1)
    if name == "join":
        size += sum(len(str(part)) for part in _flat(value))
    at_most(MAX_STROKE, size, _ELEMENTS)
