"""All rows of a view in one scan: how many have which codes, and whether its cases say so, too.

The SELECT is the view's own. Beside its codes stand, on the same row, what it passes on as the
relation has it, and the codes by an independent rendering of its cases. Rows are counted by their
codes; what is made of codes alone (cells of scores, texts) is asked of each combination of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from segkit.core.case import codes_of, predicates_of, scores_of
from segkit.dialects.emit import Operand, Operands
from segkit.dialects.flat import flat_sql
from segkit.dialects.select import CodedColumn, ViewSelect, guarded, select_parts, select_sql
from segkit.dialects.spelling import identifier
from segkit.dialects.table import Dialect
from segkit.engines.base import Reader
from segkit.publish.proof.truths import Rows

_MANY = 10_000  # combinations of codes that are counted at once
_ROWS, _AGREE = "segkit_rows", "segkit_agree"


@dataclass(frozen=True)
class Figures:
    """Aggregates wanted of each group of rows: of ``columns`` of the relation.

    ``items`` makes them of what the columns are called there, NULL where not finite.
    """

    columns: tuple[str, ...] = ()
    items: Callable[[Operands], Sequence[str]] = lambda known: ()


NOTHING = Figures()


@dataclass(frozen=True)
class Group:
    """Rows with the same codes, by column: how many, and the figures that are wanted of them."""

    codes: Mapping[str, int]
    rows: int
    figures: tuple[Any, ...]


@dataclass(frozen=True)
class Scan:
    """``parts``: all rows, by the codes of some columns each. ``agrees``: so say the cases."""

    parts: tuple[tuple[Group, ...], ...]
    agrees: bool

    @property
    def rows(self) -> int:
        return sum(group.rows for group in self.parts[0])

    def by(self, codes: Iterable[str]) -> tuple[Group, ...]:
        """The groups of which all these codes are known."""
        wanted = set(codes)
        return next((part for part in self.parts if part and wanted <= part[0].codes.keys()), ())


NO_SCAN = Scan(((),), agrees=False)


def scan_view(engine: Reader, view: ViewSelect, rows_sql: str, figures: Figures = NOTHING) -> Scan:
    """Count the rows of a view by their codes; ``rows_sql`` are those that it is made of."""
    parts = []
    agrees = True
    for part in _parts(view):
        groups, is_so = _scan_part(engine, part, rows_sql, figures)
        parts.append(groups)
        agrees = agrees and is_so
    return Scan(tuple(parts), agrees)


def _parts(view: ViewSelect) -> list[ViewSelect]:
    """The view with some of its codes each, so that they do not make too many groups."""
    many = {coded.code: len(codes_of(coded.case.decision)) for coded in view.direct}
    parts: list[set[str]] = [set()]
    for coded in view.coded:
        needs = _needs(coded)
        if parts[-1] and prod(many[code] for code in parts[-1] | needs) > _MANY:
            parts.append(set())
        parts[-1] |= needs
    coded_in = [tuple(c for c in view.coded if _needs(c) <= part) for part in parts]
    return [
        replace(view, coded=coded, passed=() if place else view.passed)
        for place, coded in enumerate(coded_in)
    ]


def _needs(coded: CodedColumn) -> set[str]:
    return {*scores_of(coded.case.decision)} or {coded.code}


def _scan_part(
    engine: Reader, view: ViewSelect, rows_sql: str, figures: Figures
) -> tuple[tuple[Group, ...], bool]:
    sql, count = _scan_sql(view, rows_sql, figures, engine.dialect)
    found = engine.query(sql)
    named = [column for coded in view.coded for column in (*_text_columns(coded), coded.code)]
    texts = [dict(zip(named, row[2 + count :], strict=True)) for row in found]
    codes = {coded.code: [int(row[coded.code] or 0) for row in texts] for coded in view.coded}
    groups = tuple(
        Group(
            {name: values[place] for name, values in codes.items()}, int(row[0]), row[2 : 2 + count]
        )
        for place, row in enumerate(found)
    )
    agrees = all(row[0] == row[1] for row in found) and _texts_agree(view, codes, texts)
    return groups, agrees


def _text_columns(coded: CodedColumn) -> list[str]:
    return [column for column, _ in coded.texts]


def _texts_agree(
    view: ViewSelect, codes: Mapping[str, Sequence[int]], texts: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether what is made of codes alone is what the cases make of them, in Python."""
    scores = {coded.code: np.array(codes[coded.code], np.int64) for coded in view.direct}
    combined = Rows({}, len(texts))
    for coded in view.coded:
        expected = codes[coded.code]
        if coded not in view.direct:
            expected = combined.codes(coded.case.decision, scores).tolist() if texts else []
        outcomes = {outcome.code: outcome for outcome in coded.case.outcomes}
        for code, row in zip(expected, texts, strict=True):
            shown = None if coded.is_score and not code else code
            said = {column: getattr(outcomes.get(code), name, None) for column, name in coded.texts}
            if {coded.code: shown, **said} != {
                column: row[column] for column in (coded.code, *said)
            }:
                return False
    return True


def _scan_sql(
    view: ViewSelect, rows_sql: str, figures: Figures, dialect: Dialect
) -> tuple[str, int]:
    """The statement, and how many figures each of its rows has after two counts."""
    names = dict.fromkeys((view.key, *view.passed, *view.tested, *figures.columns))
    beside = {name: f"segkit_value_{place}" for place, name in enumerate(names)}
    items = [f"{identifier(name, dialect)} AS {new}" for name, new in beside.items()]
    base = f"(SELECT {', '.join(['*', *items])} FROM {rows_sql}) AS segkit_base"
    wide = replace(
        view,
        passed=(*view.passed, *beside.values()),
        columns={**view.columns, **{new: view.columns[name] for name, new in beside.items()}},
    )
    known = {
        name: Operand(f"segkit_known_{place}", view.columns[name].type)
        for place, name in enumerate(names)
    }
    values = guarded(beside.values(), wide.columns, dialect)
    guards = [f"{values[beside[name]].sql} AS {known[name].sql}" for name in names]
    wanted = figures.items(known)
    counts = {_ROWS: "count(*)", _AGREE: "0"}
    counts |= {f"segkit_figure_{place}": item for place, item in enumerate(wanted)}
    if any(predicates_of(coded.case.decision) for coded in view.combined):  # not of codes alone
        inner = f"({select_sql(wide, base, dialect)}) AS segkit_view"
        outputs = [c for coded in view.coded for c in (*_text_columns(coded), coded.code)]
        return _counted(inner, guards, [], counts, outputs, dialect), len(wanted)
    flats = [
        f"{flat_sql(coded.case.decision, known, str, dialect)} AS segkit_flat_{place}"
        for place, coded in enumerate(view.direct)
    ]
    agree = [
        f"{identifier(name, dialect)} IS NOT DISTINCT FROM {beside[name]}"
        for name in (view.key, *view.passed)
    ]
    codes = [coded.code for coded in view.direct]
    agree += [f"{identifier(c, dialect)} = segkit_flat_{i}" for i, c in enumerate(codes)]
    counts[_AGREE] = f"count(*) FILTER (WHERE {' AND '.join(agree)})"
    steps, last = select_parts(
        wide,
        base,
        dialect,
        counted=(
            list(counts),
            lambda source: _counted(source, guards, flats, counts, codes, dialect),
        ),
    )
    return "WITH " + ",\n".join(steps) + f"\n{last}", len(wanted)


def _counted(
    source: str,
    guards: Sequence[str],
    flats: Sequence[str],
    counts: Mapping[str, str],
    codes: Sequence[str],
    dialect: Dialect,
) -> str:
    by = [identifier(code, dialect) for code in codes]
    items = [*(f"{sql} AS {name}" for name, sql in counts.items()), *by]
    return (
        f"SELECT {', '.join(items)} FROM (SELECT {', '.join(['*', *flats])} FROM "
        f"(SELECT {', '.join(['*', *guards])} FROM {source}) AS guarded) AS scored"
        f" GROUP BY {', '.join(by)}"
    )
