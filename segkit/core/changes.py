"""A change of the rules as a person writes it: "age < 42 -> 40", "in A: age < 30 -> D"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from difflib import get_close_matches

from segkit.core.english import format_threshold
from segkit.core.fit import FittedFeature
from segkit.core.tree import Below, OneOf, Test, Tree, splits
from segkit.errors import ConfigError, Problem

REMOVE = "remove"
HOW = (
    '"age < 42 -> 40" moves a cut, "age < 42 -> remove" takes it out, "age < 42 -> A" puts them '
    'into A, "in D: age < 42 -> 40" moves it only where it leads to D'
)
_SCOPE = re.compile(r"\s*in\s+(\w+)\s*:", re.IGNORECASE)
_OPERATOR = re.compile(r"<=|>=|<|>|=|\bin\b", re.IGNORECASE)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?\Z")


@dataclass(frozen=True)
class Change:
    """``test`` is a cut of the rules, or a condition.

    ``to`` is where the cut moves; a segment, for the customers that the condition
    holds for; or None, where the cut is to go. ``upper``: it holds for the rows
    that the test sends to ``no`` ("age >= 42 -> A"). ``within``: in the rules of
    that segment only.
    """

    text: str
    test: Test
    column: str
    to: Test | str | None
    upper: bool = False
    within: str | None = None


@dataclass(frozen=True)
class Rulebook:
    """What a change may speak of. ``integers``: columns of whole numbers."""

    tree: Tree
    features: tuple[FittedFeature, ...]
    segments: tuple[str, ...]
    integers: frozenset[str] = frozenset()

    def feature(self, column: str) -> FittedFeature:
        return next(feature for feature in self.features if feature.column == column)

    def normal(self, column: str, test: Test) -> Test:
        """The test as it is compared with others: whole numbers up to 41 are those below 42."""
        if not isinstance(test, Below) or column not in self.integers:
            return test
        if test.inclusive:
            return Below(test.cut.to_integral_value(ROUND_FLOOR) + 1)
        return Below(test.cut.to_integral_value(ROUND_CEILING))

    def cuts(self) -> dict[str, None]:
        """Each cut of the rules as a change would name it, in the order of the tree."""
        return {
            f"{_shown(split.column)} {_spoken(split.test)}": None
            for split in splits(self.tree)
            if isinstance(split.test, Below | OneOf)
        }


def parse_change(text: str, rules: Rulebook) -> Change:
    """Return what a text says of these rules.

    Raises
    ------
    ConfigError
        SK319, with the cuts, columns or segments that there are.

    Examples
    --------
    >>> from segkit.core.tree import Leaf, Split
    >>> age = FittedFeature("age", "Age", "", "standard", "INTEGER", 40, 10, 40)
    >>> rules = Rulebook(Split("age", Below(Decimal(42)), Leaf(1), Leaf(2)), (age,), ("A", "B"))
    >>> parse_change("age < 42 -> 40", rules).to
    Below(cut=Decimal('40'), inclusive=False)
    """
    if not text.isprintable():
        raise _wrong(" ".join(repr(text)[1:-1].split()), "it holds a control character", HOW)
    head, arrow, target = text.rpartition("->")
    if not arrow or not target.strip():
        raise _wrong(text, "it has no `-> ...`", HOW)
    within = None
    if scope := _SCOPE.match(head):
        within = _segment(text, scope[1], rules)
        head = head[scope.end() :]
    column, operator, value = _condition(text, head, rules)
    feature = rules.feature(column)
    if feature.is_category:
        test: Test = OneOf(_levels(text, value, feature, operator))
        upper = False
    else:
        test, upper = _below(text, operator, _bare(value, feature.unit), rules)
    known = {segment.lower(): segment for segment in rules.segments}
    to: Test | str | None
    target = target.strip()
    if target.lower() == REMOVE:
        to = None
    elif target.lower() in known:
        to = known[target.lower()]
    elif feature.is_category:
        to = OneOf(_levels(text, target, feature, "in"))
    else:
        to, _ = _below(text, operator, _bare(target, feature.unit), rules)
    if to == test:
        raise _wrong(text, "both sides are the same", HOW)
    return Change(" ".join(text.split()), test, column, to, upper, within)


def cut_not_found(change: Change, rules: Rulebook) -> ConfigError:
    """The error for a cut that the rules do not have, with those that they have."""
    of_column = [cut for cut in rules.cuts() if cut.startswith(f"{_shown(change.column)} ")]
    where = f"the rules of {change.within} have" if change.within else "the rules have"
    message = f"{where} no cut {_shown(change.column)} {_spoken(change.test)}"
    hint = f"cuts: {', '.join(of_column or rules.cuts())}"
    return _wrong(change.text, message, hint)


def _condition(text: str, head: str, rules: Rulebook) -> tuple[str, str, str]:
    """Column, operator and value; the name of a column may hold operators and spaces."""
    for found in _OPERATOR.finditer(head):
        column = _column(head[: found.start()], rules.features)
        if column is not None:
            return column, found[0].lower(), head[found.end() :].strip()
    first = _OPERATOR.search(head)
    if first is None:
        raise _wrong(text, "it says no cut such as `age < 42`", HOW)
    said = head[: first.start()].strip()
    near = get_close_matches(said, [feature.column for feature in rules.features], n=1)
    hint = f"features: {', '.join(_shown(feature.column) for feature in rules.features)}"
    if near:
        hint = f"did you mean `{_shown(near[0])}`? {hint}"
    raise _wrong(text, f"the rules have no feature {said!r}", hint)


def _column(said: str, features: Sequence[FittedFeature]) -> str | None:
    """By its name, quoted or not, or by what people call it."""
    said = said.strip()
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = said[1:-1].replace('""', '"')
    exact = [f.column for f in features if f.column == said]
    folded = [f.column for f in features if said.lower() in (f.column.lower(), f.label.lower())]
    return next(iter((*exact, *folded)), None)


def _segment(text: str, said: str, rules: Rulebook) -> str:
    known: Mapping[str, str] = {segment.lower(): segment for segment in rules.segments}
    if said.lower() not in known:
        hint = f"segments: {', '.join(rules.segments)}"
        raise _wrong(text, f"there is no segment {said}", hint)
    return known[said.lower()]


def _bare(value: str, unit: str) -> str:
    """The value without its unit: ``$71k`` of a column in ``k$`` is 71."""
    for part in re.findall(r"[^\W\d_]+|[^\w\s]", unit):
        value = re.sub(re.escape(part), "", value, flags=re.IGNORECASE)
    return value.strip()


def _below(text: str, operator: str, value: str, rules: Rulebook) -> tuple[Below, bool]:
    """The cut, and whether the condition holds above it."""
    if operator not in ("<", "<=", ">", ">="):
        raise _wrong(text, "a number is cut with <, <=, > or >=", HOW)
    plain = value.replace(",", "") if _GROUPED.match(value) else value
    try:
        number = Decimal(plain)
    except InvalidOperation:
        hint = f"segments: {', '.join(rules.segments)}; {HOW}"
        raise _wrong(text, f"{value!r} is neither a number nor a segment", hint) from None
    if not number.is_finite() or abs(number) > Decimal("1e15"):
        raise _wrong(text, f"{value} is no number to cut at", "a number up to 1e15")
    return Below(number, inclusive=operator in ("<=", ">")), operator.startswith(">")


def _levels(text: str, value: str, feature: FittedFeature, operator: str) -> tuple[str, ...]:
    if operator not in ("=", "in"):
        hint = f'"{feature.column} in ({", ".join(feature.levels[:2])}) -> A"'
        raise _wrong(text, f"{feature.column} is a category: = or in", hint)
    inner = value[1:-1] if value.startswith("(") and value.endswith(")") else value
    by_name = {level.lower(): level for level in feature.levels}
    if value.strip("'\"").lower() in by_name:  # a level may hold a comma
        inner, said = value, [value]
    else:
        said = inner.split(",")
    named = [word.strip().strip("'\"") for word in said]
    unknown = [word for word in named if word.lower() not in by_name]
    if unknown:
        near = get_close_matches(unknown[0].lower(), by_name, n=1)
        hint = f"{feature.column} has: {', '.join(feature.levels)}"
        hint = f"did you mean `{by_name[near[0]]}`? {hint}" if near else hint
        raise _wrong(text, f"{feature.column} has no {unknown[0]!r}", hint)
    return tuple(sorted({by_name[word.lower()] for word in named}))


def _spoken(test: Test) -> str:
    if isinstance(test, OneOf):
        return f"in ({', '.join(test.levels)})"
    assert isinstance(test, Below)
    sign = "<=" if test.inclusive else "<"
    return f"{sign} {format_threshold(test.cut).replace(',', '')}"


def _shown(column: str) -> str:
    return f'"{column}"' if _OPERATOR.search(column) else column


def _wrong(text: str, message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK319", f'"{text}": {message}', help=hint))
