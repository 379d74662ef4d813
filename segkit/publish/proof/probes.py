"""Edge cases of a view: rows that walk every leaf and rule over its edges."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice, product
from typing import Any

from segkit.core.arithmetic import divisions
from segkit.core.case import (
    Cells,
    Decision,
    Gate,
    Rules,
    Total,
    columns_of,
    predicates_of,
    scores_of,
    ungated,
)
from segkit.core.columns import ColumnType
from segkit.core.conjunctions import terms_of
from segkit.core.evaluate import matches
from segkit.core.predicate import Predicate
from segkit.core.rules import Condition, Interval, rules_of
from segkit.core.tree import Leaf, Split
from segkit.dialects.select import CodedColumn, ViewSelect
from segkit.publish.proof.edge_values import (
    EdgeValues,
    Text,
    computes,
    edge_values,
    neighbours,
    text_of,
)

_MAX_WAYS = 32  # in which a predicate is made TRUE
_MAX_DIVISIONS = 64  # rows around the zeros of one division
_TINY = 1e-30
_NEAR_ZERO = 4  # values of a column that is divided by, or divided


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
    extreme = [_extreme(edge_values(view, n)) if computes(view, n) else () for n in view.tested]
    for row in rows:
        if not any(text in texts for text, texts in zip(row, extreme, strict=True)):
            yield row


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
        near += [text_of(v) for end in condition.values.ends for v in neighbours(end, type_)]
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
        if not isinstance(decision.rest, Cells | Total):
            for witness, conditions in _witnesses(decision.rest, values, few):
                yield {**witness, **outside}, conditions
                yield {**outside, **witness}, conditions
    elif isinstance(decision, Rules):
        yield from _side_by_side(decision, values, few)
    elif not isinstance(decision, Cells | Total):
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
        yield _firsts(predicate, values), None
    else:
        for term in terms_of(predicate.formula, wanted)[:_MAX_WAYS]:
            yield _witness(term, values)


def _divided(predicate: Predicate, values: Mapping[str, EdgeValues]) -> Iterator[_Witness]:
    """Rows around the zeros of each division: 0/0, x/0, and differences that are 0."""
    for division in divisions(predicate.terms):
        names = dict.fromkeys([*division.divisor, *division.dividend])
        yield from _combined(predicate, {n: _nearest_zero(values[n]) for n in names}, values)


def _overflowing(predicate: Predicate, values: Mapping[str, EdgeValues]) -> Iterator[_Witness]:
    """The largest and the smallest floats of what a condition computes with, side by side."""
    if predicate.terms:
        extreme = {name: _extreme(values[name]) for name in predicate.columns}
        chosen = {name: texts for name, texts in extreme.items() if texts}
        yield from _combined(predicate, chosen, values)


def _combined(
    predicate: Predicate, texts: Mapping[str, Sequence[Text]], values: Mapping[str, EdgeValues]
) -> Iterator[_Witness]:
    """Rows with the texts of some columns side by side, the others at their first value."""
    for combination in islice(product(*texts.values()), _MAX_DIVISIONS):
        yield _firsts(predicate, values) | dict(zip(texts, combination, strict=True)), {}


def _firsts(predicate: Predicate, values: Mapping[str, EdgeValues]) -> dict[str, Text]:
    return {name: next(iter(values[name])) for name in predicate.columns}


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
    by_code = {score.code: ungated(score.case.decision) for score in view.direct}
    scores = [by_code[code] for code in scores_of(decision)]
    asked = [{*columns_of(score)} for score in scores]
    # a score within another one asks for its column, too
    ways = [
        list(_rows_of(score, values))
        for score, mine in zip(scores, asked, strict=True)
        if not any(mine < others for others in asked)
    ]
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


def _rows_of(bands: Decision, values: Mapping[str, EdgeValues]) -> Iterator[dict[str, Text]]:
    """A row for each band of a score, of the columns that it looks at."""
    assert isinstance(bands, Leaf | Split), "a score is decided by bands"
    read = {name: values[name] for name in columns_of(bands)}
    for rule in rules_of(bands):
        yield _witness({condition.column: condition for condition in rule.conditions}, read)[0]
