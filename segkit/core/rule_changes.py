"""A change of the rules as a person writes it: "age < 42 -> 40", "in A: age < 30 -> D"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from segkit.core.fit import FittedFeature
from segkit.core.rulebook import OPERATOR, Rulebook, shown, spoken
from segkit.core.tree import Below, OneOf, Test
from segkit.errors import ConfigError, Problem

REMOVE = "remove"
_SCOPE = re.compile(r"\s*in\s+([^:<>=]+?)\s*:", re.IGNORECASE)
_GROUPED = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?\Z")


@dataclass(frozen=True)
class Change:
    """``test`` is a cut of the rules, or a condition.

    ``text`` is as it was written, with ids for segments: their names may change.
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


def parse_change(text: str, rules: Rulebook) -> Change:
    """Return what a text says of these rules.

    Raises ConfigError: SK319, with the cuts, columns or segments that there are.

    >>> from segkit.core.tree import Leaf, Split
    >>> age = FittedFeature("age", "Age", "", "standard", "INTEGER", 40, 10, 40)
    >>> tree = Split("age", Below(Decimal(42)), Leaf(1), Leaf(2))
    >>> rules = Rulebook(tree, (age,), {"A": 1, "B": 2})
    >>> parse_change("age < 42 -> 40", rules).to
    Below(cut=Decimal('40'), inclusive=False)
    """
    if not text.isprintable():
        plain = " ".join(repr(text)[1:-1].split())
        raise _wrong(plain, "it holds a control character", rules.examples())
    head, arrow, target = text.rpartition("->")
    if not arrow or not target.strip():
        raise _wrong(text, "it has no `-> ...`", rules.examples())
    within = None
    if (scope := _SCOPE.match(head)) and not _condition_found(head, rules):
        within = _segment(text, scope[1], rules)
        head = head[scope.end() :]
    column, operator, value = _condition(text, head, rules)
    feature = rules.feature(column)
    if feature.is_category:
        test: Test = OneOf(_levels(text, value, feature, operator))
        upper = False
    else:
        test, upper = _below(text, operator, _bare(value, feature.unit), rules)
    to: Test | str | None
    target = target.strip()
    if target.lower() == REMOVE:
        to = None
    elif rules.segment(_unquoted(target)) is not None:
        to = _segment(text, target, rules)
    elif feature.is_category:
        to = OneOf(_levels(text, target, feature, "in"))
    else:
        to, _ = _below(text, operator, _bare(target, feature.unit), rules)
    if to == test:
        raise _wrong(text, "both sides are the same", rules.examples())
    scope_text = "" if within is None else f"in {within}: "
    meant = f"{scope_text}{head} -> {to if isinstance(to, str) else target}"
    return Change(" ".join(meant.split()), test, column, to, upper, within)


def cut_not_found(change: Change, rules: Rulebook) -> ConfigError:
    """The error for a cut that the rules do not have, with those that they have."""
    known = rules.cuts(change.within)
    of_column = [cut for cut in known if cut.startswith(f"{shown(change.column)} ")]
    where = f"the rules of {change.within} have" if change.within else "the rules have"
    message = f"{where} no cut {spoken(change.column, change.test)}"
    hint = f"cuts: {', '.join(of_column or known)}"
    return _wrong(change.text, message, hint)


def nothing_said(rules: Rulebook) -> ConfigError:
    """The error for a person who did not say what to change."""
    notes = (f"cuts: {', '.join(rules.cuts())}", f"segments: {rules.segments()}")
    return ConfigError(Problem("SK319", "no change is given", help=rules.examples(), notes=notes))


def cuts_gone(changes: Sequence[Change], before: Rulebook, after: Rulebook) -> list[str]:
    """Cuts that went with those that the changes name: nobody would be asked them."""
    named = {before.cut(change.column, change.test) for change in changes}
    gone = (
        spoken(split.column, split.test)
        for split in before.cut_splits()
        if not after.has(split.column, split.test)
        and before.cut(split.column, split.test) not in named
    )
    return list(dict.fromkeys(gone))


def unused_cuts(changes: Sequence[Change], rules: Rulebook) -> list[str]:
    """New cuts that these rules, the changed ones, have not: other cuts decide before them."""
    unused = []
    for place, change in enumerate(changes):
        if change.to is None:
            continue
        new = change.test if isinstance(change.to, str) else change.to
        moved_on = {rules.cut(later.column, later.test) for later in changes[place + 1 :]}
        if rules.cut(change.column, new) not in moved_on and not rules.has(change.column, new):
            unused.append(spoken(change.column, new))
    return unused


def _condition(text: str, head: str, rules: Rulebook) -> tuple[str, str, str]:
    """Column, operator and value, or an error."""
    if found := _condition_found(head, rules):
        return found
    first = OPERATOR.search(head)
    if first is None:
        cut = next(iter(rules.cuts()), "age < 42")
        raise _wrong(text, f"it says no cut such as `{cut}`", rules.examples())
    said = head[: first.start()].strip()
    near = get_close_matches(said, [feature.column for feature in rules.features], n=1)
    hint = f"features: {', '.join(shown(feature.column) for feature in rules.features)}"
    if near:
        hint = f"did you mean `{shown(near[0])}`? {hint}"
    raise _wrong(text, f"the rules have no feature {said!r}", hint)


def _condition_found(head: str, rules: Rulebook) -> tuple[str, str, str] | None:
    """The name of a column may hold operators and spaces."""
    for found in OPERATOR.finditer(head):
        column = _column(head[: found.start()], rules.features)
        if column is not None:
            return column, found[0].lower(), head[found.end() :].strip()
    return None


def _column(said: str, features: Sequence[FittedFeature]) -> str | None:
    """By its name, quoted or not, or by what people call it."""
    said = said.strip()
    if len(said) > 1 and said[0] == said[-1] == '"':
        said = said[1:-1].replace('""', '"')
    exact = [f.column for f in features if f.column == said]
    folded = [f.column for f in features if said.lower() in (f.column.lower(), f.label.lower())]
    return next(iter((*exact, *folded)), None)


def _segment(text: str, said: str, rules: Rulebook) -> str:
    segment = rules.segment(_unquoted(said))
    if segment is None:
        raise _wrong(text, f"there is no segment {said}", f"segments: {rules.segments()}")
    if segment in rules.own:
        message = f"{segment} is of whoever has no {rules.own[segment]}, and of nobody else"
        raise _wrong(text, message, "`missing` in the segmentation says so: cut elsewhere")
    return segment


def _unquoted(said: str) -> str:
    said = said.strip()
    return said[1:-1] if len(said) > 1 and said[0] == said[-1] and said[0] in "'\"" else said


def _bare(value: str, unit: str) -> str:
    """The value without its unit: ``$71k`` of a column in ``k$`` is 71."""
    for part in re.findall(r"[^\W\d_]+|[^\w\s]", unit):
        value = re.sub(re.escape(part), "", value, flags=re.IGNORECASE)
    return value.strip()


def _below(text: str, operator: str, value: str, rules: Rulebook) -> tuple[Below, bool]:
    """The cut, and whether the condition holds above it."""
    if operator not in ("<", "<=", ">", ">="):
        raise _wrong(text, "a number is cut with <, <=, > or >=", rules.examples())
    plain = value.replace(",", "") if _GROUPED.match(value) else value
    try:
        number = Decimal(plain)
    except InvalidOperation:
        hint = f"segments: {rules.segments()}; {rules.examples()}"
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


def _wrong(text: str, message: str, hint: str) -> ConfigError:
    return ConfigError(Problem("SK319", f'"{text}": {message}', help=hint))
