"""The proof of an import: the old CASE and the new buckets, side by side, in the engine.

On edge cases around every constant of the CASE (their neighbours in the
column's own type, NULL, what is not finite, texts that nobody has seen), and
on every row of the relation where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice, product
from math import prod

from segkit.core.case import Case, Rules
from segkit.core.columns import ColumnType, Kind
from segkit.dialects.flat import flat_sql
from segkit.dialects.select import CodedColumn, ViewSelect, operands_guarded, select_sql
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import CONDITIONS
from segkit.engines.base import Reader, Workbench
from segkit.importing.analysis import Analysis
from segkit.importing.candidates import Candidate
from segkit.project.nodes import BucketSet
from segkit.publish.proof.edge_values import Text, edge_values
from segkit.publish.proof.parity import MAX_PROBES, PROBE, PROBE_KEY, is_large, probe_table
from segkit.publish.proof.probes import probe_rows
from segkit.publish.views.bucket_view import bucket_view

_NOT_FINITE = ("nan", "inf", "-inf")
_FAR = ("-1e+300", "-1e+19", "1e+19", "1e+300")
_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
_MAX_PRODUCT = 20_000


@dataclass(frozen=True)
class Difference:
    """A row for which the CASE and the buckets say two things."""

    row: tuple[tuple[str, Text], ...]  # column and value
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Comparison:
    """``rows`` edge cases are equal but for the differences.

    ``odd`` are differences on rows with a value that is not finite: segkit calls it missing.
    """

    rows: int
    differences: tuple[Difference, ...]
    odd: tuple[Difference, ...]


@dataclass(frozen=True)
class OldColumn:
    """A CASE over its edge cases, which lie in the engine."""

    engine: Workbench
    analysis: Analysis
    rows: Sequence[tuple[Text, ...]]

    @property
    def old_sql(self) -> str:
        """A SELECT of the number of a row and what the CASE says of it, as a text."""
        label = old_text_sql(self.analysis)
        return f"SELECT {PROBE_KEY} AS n, {label} AS label FROM {_aliased(PROBE, self.analysis)}"

    def of_nulls(self) -> str | None:
        """What the CASE says where every column is NULL."""
        number = next(i for i, row in enumerate(self.rows) if all(text is None for text in row))
        found = self.engine.query(f"SELECT label FROM ({self.old_sql}) WHERE n = {number}")
        return found[0][0] if found else None

    def compare(self, candidate: Candidate, node: BucketSet) -> Comparison:
        """Hold a bucket set of this one column against the CASE.

        The view, and its rules without an order: where two of them hold, that is NULL.
        """
        analysis = self.analysis
        view = bucket_view(node, list(self.analysis.columns.values()), {})
        probed = replace(view, key=PROBE_KEY, where=None)
        new = f"SELECT {PROBE_KEY} AS n, {identifier(candidate.spec['name'], CONDITIONS)} AS label"
        flat = f"SELECT {PROBE_KEY} AS n, {_flat_text_sql(view)} AS label FROM {PROBE}"
        differ = [
            f"{side}.label IS NULL OR {_differs('o.label', f'{side}.label', candidate, analysis)}"
            for side in "vf"
        ]
        found = self.engine.query(
            f"SELECT o.n, o.label, v.label FROM ({self.old_sql}) AS o "
            f"LEFT JOIN ({new} FROM ({select_sql(probed, PROBE, CONDITIONS)})) AS v ON v.n = o.n "
            f"LEFT JOIN ({flat}) AS f ON f.n = o.n "
            f"WHERE {' OR '.join(differ)} ORDER BY o.n"
        )
        count = self.engine.query(f"SELECT count(*) FROM {PROBE}")[0][0]
        names = analysis.case.columns
        differences, odd = list[Difference](), list[Difference]()
        for n, old, label in found:
            row = tuple(zip(names, self.rows[n], strict=True))
            is_odd = any(
                text in _NOT_FINITE and analysis.columns[name].type.holds_non_finite
                for name, text in row
            )
            (odd if is_odd else differences).append(Difference(row, old, label))
        return Comparison(count - len(found), tuple(differences), tuple(odd))


@contextmanager
def old_column(engine: Workbench, analysis: Analysis) -> Iterator[OldColumn]:
    """The CASE with its edge cases in a table; those on which it fails itself are left out.

    Raises
    ------
    EngineError
        If the engine refuses the CASE.
    """
    rules = tuple((p, code) for code, p in enumerate(analysis.case.predicates, start=1))
    asked = CodedColumn("code", Case(Rules(rules, 0)))
    beside = tuple(name for name in analysis.columns if name not in analysis.case.columns)
    view = ViewSelect(PROBE_KEY, beside, (asked,), analysis.columns)
    rows = list(_rows(view))
    with probe_table(engine, view, rows):
        failing = f"TRY(coalesce({old_text_sql(analysis)}, '')) IS NULL"
        engine.execute(
            f"DELETE FROM {PROBE} WHERE {PROBE_KEY} IN "
            f"(SELECT {PROBE_KEY} FROM {_aliased(PROBE, analysis)} WHERE {failing})"
        )
        yield OldColumn(engine, analysis, rows)


def _rows(view: ViewSelect) -> Iterator[tuple[Text, ...]]:
    """Every edge of every column with every other, where those are not too many."""
    limits = [_limits(view.columns[name].type) for name in view.tested]
    edges = [list(edge_values(view, name)) for name in view.tested]
    values = [dict.fromkeys([*a, *b]) for a, b in zip(edges, limits, strict=True)]
    if prod(map(len, values)) <= _MAX_PRODUCT:
        yield from product(*values)
        return
    nothing: tuple[Text, ...] = (None,) * len(values)
    at_limits = [
        (*nothing[:place], text, *nothing[place + 1 :])
        for place, texts in enumerate(limits)
        for text in texts
    ]
    rows = islice(probe_rows(view, few=is_large(view)), MAX_PROBES)
    yield from dict.fromkeys([*rows, nothing, *at_limits])


def _limits(type_: ColumnType) -> tuple[str, ...]:
    """The least and the greatest whole numbers of a type, and doubles that are none."""
    if type_.kind is Kind.DOUBLE:
        return _FAR
    bits = _BITS.get(type_.sql.upper())
    return () if bits is None else (str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1))


def _flat_text_sql(view: ViewSelect) -> str:
    """The label of the one column of a view, by conditions that have no order."""
    case = view.coded[0].case
    flat = flat_sql(
        case.decision,
        operands_guarded(view, CONDITIONS),
        lambda code: literal(case.outcome(code).name, CONDITIONS),
        CONDITIONS,
    )
    return f"(\n{flat}\n)"


def _aliased(relation_sql: str, analysis: Analysis) -> str:
    alias = analysis.case.alias
    return f"{relation_sql} AS {identifier(alias, CONDITIONS)}" if alias else relation_sql


def old_text_sql(analysis: Analysis) -> str:
    return f"CAST((\n{analysis.case.sql}\n) AS VARCHAR)"


def _differs(old: str, new: str, candidate: Candidate, analysis: Analysis) -> str:
    """SQL that is TRUE where the labels differ; a label of the buckets' own stands for NULL."""
    if candidate.absent:
        listed = ", ".join(literal(label, CONDITIONS) for label in sorted(candidate.absent))
        new = f"CASE WHEN {new} IN ({listed}) THEN NULL ELSE {new} END"
    if analysis.case.is_numeric:  # 0.5 is '0.50' beside 0.25
        old, new = f"CAST({old} AS DOUBLE)", f"CAST({new} AS DOUBLE)"
    return f"({old}) IS DISTINCT FROM ({new})"


def count_differing_rows(
    engine: Reader,
    relation_sql: str,
    analysis: Analysis,
    candidate: Candidate,
    node: BucketSet,
    where: str | None,
) -> tuple[int, int]:
    """Return the number of rows of a relation, and how many of them differ."""
    view = bucket_view(node, list(analysis.columns.values()), {})
    condition = f" WHERE ({where}\n)" if where else ""
    old, new = old_text_sql(analysis), _flat_text_sql(view)
    differs = f"{new} IS NULL OR {_differs(old, new, candidate, analysis)}"
    found = engine.query(
        f"SELECT count(*), count(*) FILTER (WHERE {differs}) "
        f"FROM {_aliased(relation_sql, analysis)}{condition}"
    )
    return int(found[0][0]), int(found[0][1])
