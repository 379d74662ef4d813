"""From a node and its fit to SQL: the view, its profile, and the file that is committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from segkit.core.case import Case
from segkit.core.columns import Column, Kind
from segkit.core.fit import Fit
from segkit.core.predicate import Predicate, bound
from segkit.core.rules import Rule, rules_of
from segkit.core.tree import leaves
from segkit.dialects.emit import comment_text
from segkit.dialects.flat import rule_sql
from segkit.dialects.phrases import as_double, phrases, value_in_order
from segkit.dialects.select import (
    CodedColumn,
    ViewSelect,
    guarded,
    in_dialect,
    lookups,
    select_sql,
    select_translated,
    steps_and_last,
)
from segkit.dialects.spelling import identifier, literal, literals
from segkit.dialects.stored_codes import codes_select, stored_select
from segkit.dialects.table import DUCKDB, Dialect
from segkit.errors import Place
from segkit.project.nodes import Segmentation, SqlCondition
from segkit.publish.relations import aliased
from segkit.publish.subject import FittedSubject, Subject


@dataclass(frozen=True)
class Words:
    """What is said of one segment: ``description`` is English, ``rule`` is SQL."""

    id: str
    name: str
    order: int
    description: str
    rule: str


def bound_condition(
    condition: SqlCondition | None, columns: Mapping[str, Column]
) -> Predicate | None:
    return None if condition is None else bound(condition.predicate, columns)


def segment_view(subject: FittedSubject) -> ViewSelect:
    passed = tuple(feature.column for feature in subject.features)
    return _view(subject, {"segment": subject.case}, passed)


def segments_select(
    subject: Subject[Segmentation], cases: Mapping[str, Case], passed: Sequence[str]
) -> str:
    """SELECT of the key, ``passed``, and by each case ``<name>_id``, ``_name`` and ``_order``.

    ``cases`` are of one fit or of several, by the name that their columns begin with.
    """
    view = _view(subject, cases, passed)
    return select_translated(view, subject.base, subject.dialect, subject.node.place)


def codes_and_texts(
    subject: Subject[Segmentation], cases: Mapping[str, Case], passed: Sequence[str]
) -> tuple[str, list[str]]:
    """The same as a SELECT that has ``<name>_order`` alone, to be held: texts take most of the
    room and of the time; and what is to be asked of it for all."""
    dialect = subject.dialect
    view = in_dialect(_view(subject, cases, passed), dialect, subject.node.place)
    steps, last = steps_and_last(view, subject.base, dialect)
    kept = [identifier(name, dialect) for name in dict.fromkeys((view.key, *view.passed))]
    texts = [item for coded in view.coded for item in lookups(coded, dialect)]
    return f"WITH {', '.join(steps)}\nSELECT * FROM {last}", [*kept, *texts]


def _view(
    subject: Subject[Segmentation], cases: Mapping[str, Case], passed: Sequence[str]
) -> ViewSelect:
    coded = (
        CodedColumn(f"{name}_order", case, f"{name}_name", f"{name}_id")
        for name, case in cases.items()
    )
    where = bound_condition(subject.node.where, subject.by_name)
    return ViewSelect(subject.node.key, tuple(passed), tuple(coded), subject.by_name, where)


def segment_rules(fit: Fit) -> Mapping[int, tuple[Rule, ...]]:
    """The rules of each code, in the order of the tree's leaves."""
    rules = rules_of(fit.tree)
    return {
        code: tuple(rule for rule in rules if rule.code == code)
        for code in sorted({leaf.code for leaf in leaves(fit.tree)})
    }


def segment_rule_sql(rules: Sequence[Rule], columns: Mapping[str, Column], dialect: Dialect) -> str:
    """One boolean expression that is TRUE for exactly the segment's rows."""
    operands = guarded(columns, columns, dialect)
    parts = [rule_sql(rule, operands, dialect) for rule in rules]
    return " OR ".join(f"({part})" for part in parts) if len(parts) > 1 else parts[0]


def segment_header(segmentation: Segmentation, fit: Fit) -> str:
    """The comment above the view: what it is, from which fit, how good."""
    moved = "1 row moved" if fit.quality.moved == 1 else f"{fit.quality.moved:,} rows moved"
    loss = f"loss {fit.quality.loss:.1%} against K-Means"
    if segmentation.labels is not None:
        loss = f"{fit.quality.loss:.1%} of rows are not as in {segmentation.labels.column}"
    cuts = f"cuts snapped, {moved}"
    if fit.adjustments:
        cuts = f"by hand: {'; '.join(comment_text(change) for change in fit.adjustments)}"
    lacking = ", ".join(map(comment_text, fit.own))
    own = f" ({len(fit.own)} own: no {lacking})" if fit.own else ""
    return (
        f"-- {segmentation.name}: which of {len(fit.segments)} segments a customer is in{own}\n"
        f"-- fit {fit.label} on {fit.sample:,} rows | {loss}"
        f" | {cuts}"
    )


@dataclass(frozen=True)
class Described:
    """What is said of a view, and of some of its columns: the comments on it."""

    text: str
    columns: Mapping[str, str]

    def statements(self, name_sql: str, dialect: Dialect, kind: str = "VIEW") -> tuple[str, ...]:
        """COMMENT statements for a view or a table."""
        return (
            f"COMMENT ON {kind} {name_sql} IS {literal(self.text, dialect)}",
            *(
                f"COMMENT ON COLUMN {name_sql}.{identifier(column, dialect)} "
                f"IS {literal(text, dialect)}"
                for column, text in self.columns.items()
            ),
        )


@dataclass(frozen=True)
class ViewText:
    """A view before it is text: its SELECT as data, what stands above it, what is said of it.

    ``codes``: SQL of the table that holds the codes, of a view that is materialized as one.
    """

    view: ViewSelect
    header: str
    described: Described
    proof: str = ""  # what a build has shown, in DuckDB
    codes: str = ""

    def select(self, relation_sql: str, dialect: Dialect) -> str:
        if self.codes:
            return stored_select(self.view, relation_sql, self.codes, dialect)
        return select_sql(self.view, relation_sql, dialect)

    def translated(self, relation_sql: str, dialect: Dialect, place: Place) -> str:
        """The SELECT with its conditions in the dialect."""
        return self.in_dialect(dialect, place).select(relation_sql, dialect)

    def in_dialect(self, dialect: Dialect, place: Place) -> ViewText:
        """The view with its conditions in the dialect."""
        return replace(self, view=in_dialect(self.view, dialect, place))

    def file(self, name_sql: str, relation_sql: str, dialect: Dialect) -> str:
        """The statement that makes the view, with the comments on it as the dialect has them."""
        columns = comment = ""
        if dialect.column_comment:
            listed = ",\n  ".join(self._column_sql(name, dialect) for name in self.view.output)
            columns = f" (\n  {listed}\n)"
        if dialect.view_comment:
            comment = f"\n{dialect.view_comment.format(literal(self.described.text, dialect))}"
        made = dialect.create_view.format(
            name=name_sql,
            columns=columns,
            comment=comment,
            select=self.select(relation_sql, dialect),
        )
        if self.codes:
            codes = codes_select(self.view, relation_sql, dialect)
            made = f"CREATE TABLE {self.codes} AS\n{codes};\n\n{made}"
        text = f"{self._header(dialect)}\n{made};\n"
        if dialect.has_comment_statements:
            statements = self.described.statements(name_sql, dialect)
            text += "\n" + "\n".join(f"{statement};" for statement in statements) + "\n"
        return text

    def _header(self, dialect: Dialect) -> str:
        if dialect is DUCKDB:
            return self.header + self.proof
        if dialect.is_certified:
            return f"{self.header}\n-- for {dialect.title}"
        return (
            f"{self.header}\n-- for {dialect.title}, where segkit has not been run: "
            "`segkit compile --check` is the proof"
        )

    def _column_sql(self, column: str, dialect: Dialect) -> str:
        text = self.described.columns.get(column)
        name = identifier(column, dialect)
        return f"{name} {dialect.column_comment.format(literal(text, dialect))}" if text else name


def profile_select(subject: FittedSubject, words: Sequence[Words]) -> str:
    """The SELECT of ``<S>_profile``: one row a segment, empty ones too."""
    node, columns, dialect, key = subject.node, subject.by_name, subject.dialect, subject.key
    taken = {node.name, node.relation}
    described_as, members_as = (
        next(name for name in (word, f"{word}_1", f"{word}_2") if name not in taken)
        for word in ("described", "members")
    )
    described = ",\n    ".join(
        f"({literals((w.id, w.name), dialect)}, {w.order}, "
        f"{literals((w.description, w.rule), dialect)})"
        for w in words
    )
    values: list[str] = []
    figures: list[tuple[str, str]] = []  # a name and its SQL
    lifts: list[tuple[str, str]] = []
    for i, feature in enumerate(subject.features):
        column, known = columns[feature.column], f"s.{identifier(feature.column, dialect)}"
        values.append(f"{_finite(known, column, dialect)} AS feature_{i}")
        category = feature.is_category or not column.type.is_numeric  # a constant one
        made = _category_sql if category else _number_sql
        names = [name for name, _ in profile_outputs(column, dialect, category=category)]
        figures += zip(names, made(f"m.feature_{i}", column, dialect), strict=True)
    for i, name in enumerate(metric.column for metric in node.metrics):
        column, known, one = columns[name], f"b.{identifier(name, dialect)}", f"m.metric_{i}"
        values.append(f"{metric_sql(known, column, dialect)} AS metric_{i}")
        total = metric_sum(one, column, dialect)
        share = f"{as_double(total, dialect)} / nullif(sum({total}) OVER (), 0)"
        figures += [(f"{name}_sum", total), (f"{name}_mean", metric_mean(one, column, dialect))]
        figures.append((f"{name}_share", share))
        lifts.append((f"{name}_lift", _lift(one, column, dialect)))
    output = [f"{sql} AS {identifier(name, dialect)}" for name, sql in [*figures, *lifts]]
    joined = f"\n  JOIN {aliased(subject.rows, 'b')} ON b.{key} = s.{key}" if lifts else ""
    members = ",\n    ".join(["s.segment_id AS member_of", *values])
    everybody = "nullif(sum(count(m.member_of)) OVER (), 0)"
    share_of_all = dialect.share.format("count(m.member_of)", everybody)
    last = ",\n  ".join(
        [
            "d.segment_id AS segment_id",
            "d.segment_name AS segment_name",
            "d.description AS description",
            "d.rule AS rule",
            "count(m.member_of) AS n",
            f"{share_of_all} AS share",
            *output,
        ]
    )
    return (
        f"WITH {described_as} (segment_id, segment_name, segment_order, description, rule) AS (\n"
        f"  VALUES\n    {described}\n),\n"
        f"{members_as} AS (\n  SELECT\n    {members}\n"
        f"  FROM {subject.view} AS s{joined}\n)\n"
        f"SELECT\n  {last}\nFROM {described_as} AS d\nLEFT JOIN {members_as} AS m"
        " ON m.member_of = d.segment_id\n"
        "GROUP BY d.segment_id, d.segment_name, d.segment_order, d.description, d.rule\n"
        "ORDER BY d.segment_order"
    )


def profile_outputs(
    column: Column, dialect: Dialect, *, category: bool
) -> tuple[tuple[str, str], ...]:
    """Name and type of what a profile says of a feature."""
    double = dialect.types[Kind.DOUBLE]
    if category:
        return (f"{column.name}_mode", column.type.sql), (f"{column.name}_mode_share", double)
    return (f"{column.name}_mean", double), (f"{column.name}_median", double)


def _number_sql(sql: str, column: Column, dialect: Dialect) -> tuple[str, str]:
    """Of a DECIMAL, DuckDB's median keeps the scale: with one more digit it is exact."""
    precision, scale = column.type.precision, column.type.scale
    median = phrases(dialect).median(sql)
    if dialect.name == "duckdb" and precision is not None and scale is not None:
        wider = f"DECIMAL({precision + 1}, {scale + 1})" if precision < 38 else "DOUBLE"
        median = as_double(phrases(dialect).median(f"CAST({sql} AS {wider})"), dialect)
    return metric_mean(sql, column, dialect), median


def _category_sql(sql: str, column: Column, dialect: Dialect) -> tuple[str, str]:
    """The most frequent level (the first of several), and its share of the known values."""
    words = phrases(dialect)
    share = dialect.share.format(words.mode_count(sql), f"count({sql})")
    return words.mode(sql, value_in_order(sql, column, dialect)), share


def _finite(sql: str, column: Column, dialect: Dialect) -> str:
    if not column.type.holds_non_finite:
        return sql
    return f"CASE WHEN {dialect.is_finite.format(sql)} THEN {sql} END"


def metric_sql(sql: str, column: Column, dialect: Dialect) -> str:
    """A flag counts as 0 and 1."""
    is_flag = column.type.kind is Kind.BOOLEAN
    return f"CAST({sql} AS INTEGER)" if is_flag else _finite(sql, column, dialect)


def _lift(sql: str, column: Column, dialect: Dialect) -> str:
    """The segment's mean over everybody's; NULL where that is not above 0, so a ratio lies."""
    total = phrases(dialect).sum_over_all(as_double(metric_sum(sql, column, dialect), dialect))
    overall = f"{total} / nullif(sum(count({sql})) OVER (), 0)"
    return f"CASE WHEN {overall} > 0 THEN {metric_mean(sql, column, dialect)} / ({overall}) END"


def metric_sum(sql: str, column: Column, dialect: Dialect) -> str:
    """The same whatever the order of the rows, on which a sum of doubles depends."""
    is_float = column.type.kind in (Kind.FLOAT, Kind.DOUBLE)
    return phrases(dialect).exact_sum(sql) if is_float else f"sum({sql})"


def metric_mean(sql: str, column: Column, dialect: Dialect) -> str:
    words, is_float = phrases(dialect), column.type.kind in (Kind.FLOAT, Kind.DOUBLE)
    return words.exact_mean(sql) if is_float else words.mean(sql)
