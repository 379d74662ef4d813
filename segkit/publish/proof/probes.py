"""Edge cases of a view: rows on which SQL and rules would part company first."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from itertools import islice, pairwise, product
from typing import Any

import numpy as np

from segkit.core.arithmetic import divisions
from segkit.core.case import Cells, Decision, Gate, Rules, columns_of, predicates_of
from segkit.core.columns import ColumnType, Kind
from segkit.core.conjunctions import terms_of
from segkit.core.evaluate import is_missing, matches
from segkit.core.predicate import Predicate, constants
from segkit.core.rules import Condition, Interval, Levels, Rule, rules_of
from segkit.core.tree import Below, Leaf, OneOf, Split, Tree, splits
from segkit.dialects.select import CodedColumn, ViewSelect

Text = str | None  # a value as the engine reads it; None is NULL
_MAX_WAYS = 32  # in which a predicate is made TRUE
_MAX_DIVISIONS = 64  # rows around the zeros of one division
_TINY = 1e-30
_EXACT = Context(prec=400)
_LARGEST = {Kind.DOUBLE: 1.7976931348623157e308, Kind.FLOAT: 3.4028234663852886e38}
_NEAR_ZERO = 4  # values of a column that is divided by, or divided
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def probe_rows(view: ViewSelect, *, few: bool = False) -> Iterator[tuple[Text, ...]]:
    """Rows as texts (NULL is None), one value a tested column.

    One column at a time is moved over all its edges; over those of the leaf
    that is looked at where ``few``. Then nothing overflows either where it is
    divided by: that is an error in some engines, whatever is asked of it.
    """
    rows = _probe_rows(view, few=few)
    if not few:
        yield from rows
        return
    extreme = [_extreme(edge_values(view, n)) if _computes(view, n) else () for n in view.tested]
    for row in rows:
        if not any(text in texts for text, texts in zip(row, extreme, strict=True)):
            yield row


def _computes(view: ViewSelect, column: str) -> bool:
    """Whether a condition computes with the column."""
    predicates = (p for coded in view.coded for p in predicates_of(coded.case.decision))
    return any(predicate.terms and column in predicate.columns for predicate in predicates)


def _extreme(values: Mapping[Text, Any]) -> list[Text]:
    """Floats with which a computed value can leave its range."""
    floats = [(t, v) for t, v in values.items() if isinstance(v, float) and math.isfinite(v)]
    return [text for text, value in floats if value and not _TINY < abs(value) < 1 / _TINY]


def _probe_rows(view: ViewSelect, *, few: bool) -> Iterator[tuple[Text, ...]]:
    tested = list(view.tested)
    values = {name: edge_values(view, name) for name in tested}
    walked: set[tuple[str, tuple[Text, ...]]] = set()
    for coded in view.coded:
        moved = columns_of(coded.case.decision)
        for witness, conditions in _witnesses(coded.case.decision, values, few):
            yield tuple(witness.get(n) for n in tested)
            for name in moved:
                beside = (name, tuple(witness.get(n) for n in tested if n != name))
                is_near = few and conditions is not None
                if not is_near and beside in walked:  # as always where there is one column
                    continue
                walked.add(beside)
                texts: Sequence[Text] = list(values[name])
                if is_near and conditions is not None:
                    texts = _near(conditions.get(name), view.columns[name].type, values[name])
                for text in texts:
                    yield tuple((text if n == name else witness.get(n)) for n in tested)
    for coded in view.combined:
        yield from _cell_rows(view, coded, values, few)


def _near(
    condition: Condition | None, type_: ColumnType, values: Mapping[Text, Any]
) -> Sequence[Text]:
    """The edges of one condition, NULL, and what is not finite or unseen."""
    if condition is None:
        return ()
    near: list[Text] = [None, "nan", "inf", "-inf"]
    if isinstance(condition.values, Interval):
        for end in (condition.values.lower, condition.values.upper):
            near += [_text(v) for v in _neighbours(end, type_)] if end is not None else []
    else:
        near += [text for text in values if text is not None]
    return [text for text in near if text in values]


_Witness = tuple[dict[str, Text], Mapping[str, Condition] | None]


def _witnesses(
    decision: Decision, values: Mapping[str, EdgeValues], few: bool
) -> Iterator[_Witness]:
    """A row for each way through, and what it fulfils: a leaf's conditions, a way to a predicate.

    Of a predicate that is not understood nothing is known: there the edges of
    all columns are walked side by side.
    """
    for predicate in predicates_of(decision):
        yield from _divided(predicate, values)
        if not few:
            yield from _overflowing(predicate, values)
    if isinstance(decision, Gate):
        yield from _ways(decision.predicate, values, wanted=True)
        outside = next(_ways(decision.predicate, values, wanted=False), ({}, {}))[0]
        if not isinstance(decision.rest, Cells):
            for witness, conditions in _witnesses(decision.rest, values, few):
                yield {**witness, **outside}, conditions
                yield {**outside, **witness}, conditions
    elif isinstance(decision, Rules):
        yield from _side_by_side(decision, values, few)
    elif not isinstance(decision, Cells):
        for rule in rules_of(decision):
            yield _witness({condition.column: condition for condition in rule.conditions}, values)


def _side_by_side(
    decision: Rules, values: Mapping[str, EdgeValues], few: bool
) -> Iterator[_Witness]:
    for predicate, _ in decision.rules:
        yield from _ways(predicate, values, wanted=True)
    names = columns_of(decision)
    longest = max((len(values[name]) for name in names), default=0)
    understood = all(predicate.formula for predicate, _ in decision.rules)
    for place in range(longest):
        beside = {name: list(values[name])[place % len(values[name])] for name in names}
        yield beside, {} if few and understood else None


def _ways(
    predicate: Predicate, values: Mapping[str, EdgeValues], *, wanted: bool
) -> Iterator[_Witness]:
    if predicate.formula is None:
        yield {name: next(iter(values[name])) for name in predicate.columns}, None
    else:
        for term in terms_of(predicate.formula, wanted)[:_MAX_WAYS]:
            yield _witness(term, values)


def _divided(predicate: Predicate, values: Mapping[str, EdgeValues]) -> Iterator[_Witness]:
    """Rows around the zeros of each division: 0/0, x/0, and differences that are 0."""
    for division in divisions(predicate.terms):
        names = list(dict.fromkeys([*division.divisor, *division.dividend]))
        near = [_nearest_zero(values[name]) for name in names]
        for texts in islice(product(*near), _MAX_DIVISIONS):
            first = {name: next(iter(values[name])) for name in predicate.columns}
            yield first | dict(zip(names, texts, strict=True)), {}


def _overflowing(predicate: Predicate, values: Mapping[str, EdgeValues]) -> Iterator[_Witness]:
    """The largest and the smallest floats of what a condition computes with, side by side."""
    if predicate.terms:
        extreme = {name: _extreme(values[name]) for name in predicate.columns}
        names = [name for name, texts in extreme.items() if texts]
        for texts in islice(product(*(extreme[name] for name in names)), _MAX_DIVISIONS):
            first = {name: next(iter(values[name])) for name in predicate.columns}
            yield first | dict(zip(names, texts, strict=True)), {}


def _nearest_zero(values: EdgeValues) -> list[Text]:
    """0, its neighbours and NULL; of a column of texts the first few."""

    def distance(text: Text) -> float:
        value = values[text]
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        return abs(float(value)) if is_number and not math.isnan(value) else math.inf

    return [*sorted((t for t in values if t is not None), key=distance)[:_NEAR_ZERO], None]


def _witness(conditions: Mapping[str, Condition], values: Mapping[str, EdgeValues]) -> _Witness:
    return {n: _fitting(conditions.get(n), known) for n, known in values.items()}, conditions


def _fitting(condition: Condition | None, values: EdgeValues) -> Text:
    """The first value that fulfils the condition; NULL where none does."""
    for text in values.likely(condition):
        if condition is None or matches(condition, values[text]):
            return text
    return None


def _cell_rows(
    view: ViewSelect, coded: CodedColumn, values: Mapping[str, EdgeValues], few: bool
) -> Iterator[tuple[Text, ...]]:
    """A row for every combination of scores, the missing ones among them."""
    decision = coded.case.decision
    cells = decision.rest if isinstance(decision, Gate) else decision
    assert isinstance(cells, Cells)
    by_code = {score.code: score for score in view.direct}
    trees = [_tree_of(by_code[code].case.decision) for code in cells.columns]
    ways = [[_row_of(rule, columns_of(tree), values) for rule in rules_of(tree)] for tree in trees]
    others = list(_outside_the_gate(decision, values, few))
    for parts in product(*ways):
        for other in others:
            row = {name: text for part in (other, *parts) for name, text in part.items()}
            yield tuple(row.get(name) for name in view.tested)


def _outside_the_gate(
    decision: Decision, values: Mapping[str, EdgeValues], few: bool
) -> Sequence[dict[str, Text]]:
    """Values of what a gate asks for: one way past it where ``few``, else many."""
    if not isinstance(decision, Gate):
        return [{}]
    if few and decision.predicate.formula:
        return [w for w, _ in _ways(decision.predicate, values, wanted=False)][:1]
    others: list[dict[str, Text]] = [{}]
    for name in dict.fromkeys(decision.predicate.columns):
        others = [{**other, name: text} for other in others for text in values[name]][:200]
    return others


def _row_of(rule: Rule, names: Sequence[str], values: Mapping[str, EdgeValues]) -> dict[str, Text]:
    """A value of each column that fits the rule."""
    conditions = {condition.column: condition for condition in rule.conditions}
    return {name: _fitting(conditions.get(name), values[name]) for name in names}


def _tree_of(decision: Decision) -> Tree:
    rest = decision.rest if isinstance(decision, Gate) else decision
    assert isinstance(rest, Leaf | Split), "a score is decided by bands"
    return rest


class EdgeValues(dict[Text, Any]):
    """Text -> value of a column's edge cases, numbers from the lowest on."""

    def likely(self, condition: Condition | None) -> Iterator[Text]:
        """The texts from the first on that can fulfil the condition."""
        sought = condition.values if condition is not None else None
        if isinstance(sought, Levels) and not sought.excluded:
            yield from (text for text in sorted(sought.listed) if text in self)
        elif isinstance(sought, Interval) and sought.lower is not None and self._numbers:
            start = bisect_left(self._numbers, _like(sought.lower, self._numbers[0]))
            yield from self._texts[start:]
        else:
            yield from self
            return
        yield from (text for text in (None,) if text in self)

    @cached_property
    def _texts(self) -> list[Text]:
        return [text for text, value in self.items() if not is_missing(value)]

    @cached_property
    def _numbers(self) -> list[Any]:
        """The values of ``_texts``, if they are numbers in order."""
        found = [self[text] for text in self._texts]
        is_ordered = not any(isinstance(value, str | bool) for value in found) and all(
            low <= high for low, high in pairwise(found)
        )
        return found if is_ordered else []


def _like(end: Decimal, value: Any) -> Any:
    return float(end) if isinstance(value, float) else end


def edge_values(view: ViewSelect, column: str) -> EdgeValues:
    """Text -> value: every cut and its neighbours in the column's own type, and the odd ones."""
    type_ = view.columns[column].type
    cuts, levels = _constants(view, column)
    values = EdgeValues()
    if type_.is_numeric and not levels:
        for cut in cuts:
            for value in _neighbours(cut, type_):
                values[_text(value)] = value
        if not values:
            values["0"] = 0
    else:
        values.update((text, _typed(text, type_)) for text in _texts_of(type_, levels))
    values[None] = None
    if type_.is_numeric:
        values.update((text, float(text)) for text in type_.non_finite)
    if type_.kind in _LARGEST and _computes(view, column):
        values.update((_text(v), v) for v in (_LARGEST[type_.kind], -_LARGEST[type_.kind]))
    return values


def _constants(view: ViewSelect, column: str) -> tuple[list[Decimal], list[str]]:
    """Cuts and levels that the view's cases hold the column against."""
    cuts: set[Decimal] = set()
    levels: set[str] = set()
    for coded in view.coded:
        decision = coded.case.decision
        rest = decision.rest if isinstance(decision, Gate) else decision
        for split in splits(rest) if isinstance(rest, Leaf | Split) else ():
            if split.column == column and isinstance(split.test, Below):
                cuts.add(split.test.cut)
            elif split.column == column and isinstance(split.test, OneOf):
                levels.update(split.test.levels)
        for predicate in predicates_of(decision):
            numbers, texts = _constants_of(predicate, column, view.columns[column].type)
            cuts.update(numbers)
            levels.update(texts)
    return sorted(cuts), sorted(levels)


def _constants_of(
    predicate: Predicate, column: str, type_: ColumnType
) -> tuple[list[Decimal], list[str]]:
    if predicate.formula is not None:
        found = constants(predicate.formula, column)
        ends = [end for i in found if isinstance(i, Interval) for end in (i.lower, i.upper)]
        levels = [level for among in found if isinstance(among, Levels) for level in among.listed]
        return [end for end in ends if end is not None], levels
    if column not in predicate.columns:
        return [], []
    numbers, texts = _written(predicate.text, type_)
    parts = divisions(predicate.terms) if type_.is_numeric else ()
    if any(column in (*each.dividend, *each.divisor) for each in parts):
        numbers.append(Decimal(0))
    return numbers, texts


def _written(text: str, type_: ColumnType) -> tuple[list[Decimal], list[str]]:
    """Constants that stand in a condition which is not understood: one of them may be an edge."""
    quoted = [found[1:-1].replace("''", "'") for found in _QUOTED.findall(text)]
    if type_.kind is Kind.TEXT and type_.is_plain_text:
        # as the beginning and as the end of another text, too
        return [], [text for found in quoted for text in (found, f"x{found}", f"{found}x")]
    if type_.kind in (Kind.DATE, Kind.TIMESTAMP):
        return [], [day for found in quoted for day in _days_around(found)]
    if type_.is_numeric:
        return [Decimal(number) for number in _NUMBER.findall(_QUOTED.sub("", text))], []
    return [], []


def _days_around(text: str) -> list[str]:
    try:
        day = date.fromisoformat(text[:10])
        return [(day + timedelta(days=step)).isoformat() for step in (-1, 0, 1)]
    except (ValueError, OverflowError):
        return []


def _texts_of(type_: ColumnType, levels: Sequence[str]) -> list[str]:
    """Each level and one that nobody has seen, as texts that the type can read."""
    if type_.kind is Kind.BOOLEAN:
        return ["true", "false"]
    if type_.kind is Kind.INTEGER:
        return [*levels, str(_unseen_number(levels, type_))]
    if type_.sql.upper() == "UUID":
        return [*levels, "00000000-0000-0000-0000-000000000000"]
    if type_.kind is Kind.TEXT:
        return [*levels, "", *(f"{level} " for level in levels[:1]), "segkit: unseen"]
    if type_.kind in (Kind.DATE, Kind.TIMESTAMP):
        return [*levels, "2000-01-01"]
    return []


def _unseen_number(levels: Sequence[str], type_: ColumnType) -> int:
    low, high = type_.ends
    known = {int(level) for level in levels}
    return next(n for n in range(int(high), int(low) - 1, -1) if n not in known)


def _typed(text: str, type_: ColumnType) -> Any:
    if type_.kind is Kind.BOOLEAN:
        return text == "true"
    return int(text) if type_.kind is Kind.INTEGER else text


def _neighbours(cut: Decimal, type_: ColumnType) -> list[Any]:
    if type_.kind is Kind.DOUBLE:
        at = float(cut)
        return [math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf)]
    if type_.kind is Kind.FLOAT:
        single = np.float32(float(cut))
        around = [np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf)]
        return [float(value) for value in (around[0], single, around[1]) if np.isfinite(value)]
    step = Decimal(1).scaleb(-(type_.scale or 0))
    low = (cut / step).to_integral_value() * step
    low_end, high_end = type_.ends
    return [value for value in (low - step, low, low + step) if low_end <= value <= high_end]


def _text(value: Any) -> str:
    return repr(value) if isinstance(value, float) else format(value, "f")


def python_value(text: Text, type_: ColumnType) -> Any:
    """The value that a column of the type has of a text, as Python compares it."""
    if text is None:
        return None
    if type_.kind is Kind.BOOLEAN:
        return text == "true"
    if type_.kind is Kind.INTEGER:
        return int(text)
    if type_.kind is Kind.DECIMAL:
        value = Decimal(text)
        step = Decimal(1).scaleb(-(type_.scale or 0))
        return value if value.is_nan() else value.quantize(step, ROUND_HALF_UP, _EXACT)
    if type_.kind is Kind.FLOAT:
        return float(np.float32(text))
    return float(text) if type_.kind is Kind.DOUBLE else text
