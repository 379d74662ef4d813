"""One query that proves the SQL where it is pasted: it returns no row if all is exact.

It brings its own rows: around every cut of every leaf, NULL, an unseen level,
with the codes that the pure-Python reference gives them. They go through the
cases of the view, as they stand in its SELECT; what ``where`` says of them is
compared, too. Nothing is read but what the query brings, unless a view that is
there already is to be compared on its own rows.

Every name of the query's own begins with ``segkit_``, so that it is no column's
or relation's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segkit.core.case import Case, Rules
from segkit.core.columns import ColumnType, Kind
from segkit.core.predicate import Predicate
from segkit.dialects.emit import comment_text
from segkit.dialects.select import CodedColumn, ViewSelect, select_parts
from segkit.dialects.spelling import identifier, literal
from segkit.dialects.table import Dialect
from segkit.engines.base import Workbench
from segkit.publish.proof.edge_values import Text
from segkit.publish.proof.parity import with_codes
from segkit.publish.proof.probes import probe_rows
from segkit.publish.views.compiled import ViewText

_KEY = "segkit_key"
_WHERE = "segkit_where"
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_WIDE = ("UBIGINT", "HUGEINT", "UHUGEINT")


def check_sql(
    engine: Workbench | None,
    text: ViewText,
    written: ViewSelect,
    dialect: Dialect,
    *,
    sample: Sequence[tuple[Text, ...]] = (),
    deployed: str | None = None,
    relation_sql: str = "",
) -> str:
    """Return the query; its rows say what was checked, which one, what it should be and what it is.

    Parameters
    ----------
    engine : Workbench, optional
        Judges conditions that only an engine understands; see ``opaque_conditions``.
    text : ViewText
        With the view as it is in DuckDB.
    written : ViewSelect
        The same view with its conditions in the dialect.
    sample : sequence of tuple
        Further rows, real ones: the values of ``columns_of_check`` as texts.
    deployed : str, optional
        SQL of a view that is there, compared on all rows of ``relation_sql``.
    """
    asked, view, written = written, _with_where(text.view), _with_where(written)
    wanted = dict.fromkeys([*probe_rows(view, few=True), *sample])
    rows = with_codes(engine, view, list(wanted))
    rows = [(row, codes) for row, codes in rows if _can_be_read(row, view, dialect)]
    probed = replace(written, key=_KEY, passed=(), where=None)
    inner, last = select_parts(probed, "segkit_typed", dialect, prefix="segkit_")
    steps = [_probes_step(rows, view, dialect), _typed_step(view, dialect), *inner]
    steps.append(_as_step("segkit_answer", last))
    queries = [_compare(coded, i, dialect) for i, coded in enumerate(view.coded)]
    said = f"{len(rows):,} rows"
    if deployed is not None:
        here, fresh = select_parts(asked, relation_sql, dialect, prefix="segkit_fresh_")
        steps += [*here, _as_step("segkit_fresh", fresh)]
        queries += _compare_views(text.view, deployed, dialect)
        said += f" and every row of {deployed}"
    lines = [text.header, f"-- proof for {dialect.title}: {said}; no row back = exact"]
    lines += _not_covered(text.view, deployed)
    query = "\nUNION ALL\n".join(queries)
    return "\n".join(lines) + "\nWITH " + ",\n".join(steps) + f"\n{query};\n"


def _not_covered(view: ViewSelect, deployed: str | None) -> list[str]:
    """Comments: what the query does not look at, so that nobody takes it for more than it is."""
    others = ["types and collations of the columns there", "the models below the relation"]
    others += [] if deployed is not None else ["its rows"]
    lines = [f"-- not covered: {', '.join(others)}"]
    for text in dict.fromkeys(
        comment_text(predicate.spaced) for predicate in opaque_conditions(view)
    ):
        short = text if len(text) <= 70 else f"{text[:67]}..."
        lines.append(f"-- tried at its constants and at NULL, not where it turns: {short}")
    return lines


def opaque_conditions(view: ViewSelect) -> list[Predicate]:
    """The view's conditions of which only DuckDB, whose SQL they are, says what holds."""
    asked = (*filter(None, (view.where,)), *view.predicates)
    return [predicate for predicate in asked if predicate.formula is None]


def columns_of_check(view: ViewSelect) -> tuple[str, ...]:
    """Return the columns that a row of the check has, in order."""
    return _with_where(view).tested


def _with_where(view: ViewSelect) -> ViewSelect:
    """The view with what ``where`` says as one more code: 1 for rows that it lets in."""
    if view.where is None:
        return view
    coded = CodedColumn(_WHERE, Case(Rules(((view.where, 1),), None)))
    return replace(view, coded=(*view.coded, coded), where=None)


def _can_be_read(row: Sequence[Text], view: ViewSelect, dialect: Dialect) -> bool:
    """False for values that the dialect cannot write, or does not tell apart."""
    for name, text in zip(view.tested, row, strict=True):
        type_ = view.columns[name].type
        if text in _NOT_FINITE and type_.holds_non_finite and not dialect.reads_non_finite:
            return False
        if text and text.endswith(" ") and type_.kind is Kind.TEXT and dialect.ignores_blanks:
            return False
    return True


def _probes_step(
    rows: Sequence[tuple[tuple[Text, ...], tuple[int, ...]]], view: ViewSelect, dialect: Dialect
) -> str:
    """All rows as texts, each with a number and what it should become."""
    names = ["segkit_probe", *(f"segkit_v{i}" for i in range(len(view.tested)))]
    names += [f"segkit_expected{i}" for i in range(len(view.coded))]
    is_float = [view.columns[name].type.holds_non_finite for name in view.tested]
    written = []
    for number, (row, codes) in enumerate(rows, start=1):
        texts = [
            _NOT_FINITE.get(text, text) if floats and text is not None else text
            for text, floats in zip(row, is_float, strict=True)
        ]
        texts += [_told(coded, code) for coded, code in zip(view.coded, codes, strict=True)]
        written.append([str(number), *(_text_sql(text, dialect) for text in texts)])
    if dialect.rows == "values":
        listed = ",\n  ".join(f"({', '.join(cells)})" for cells in written)
        return f"segkit_probes ({', '.join(names)}) AS (\n  {dialect.values.format(listed)}\n)"
    first = [f"{sql} AS {name}" for sql, name in zip(written[0], names, strict=True)]
    selects = [f"SELECT {', '.join(cells)}" for cells in [first, *written[1:]]]
    return "segkit_probes AS (\n  " + "\n  UNION ALL ".join(selects) + "\n)"


def _text_sql(text: Text, dialect: Dialect) -> str:
    if text is not None:
        return literal(text, dialect)
    # among SELECTs, a bare NULL may be a number
    return "NULL" if dialect.rows == "values" else f"CAST(NULL AS {dialect.types[Kind.TEXT]})"


def _told(coded: CodedColumn, code: int) -> str:
    """What the view should show for a code: an id, a label, a score, or nothing."""
    if coded.is_score:
        return str(code) if code else ""
    text: str = getattr(coded.case.outcome(code), coded.texts[0][1])
    return text


def _typed_step(view: ViewSelect, dialect: Dialect) -> str:
    """The texts as values of the columns' own types."""
    items = [f"segkit_probe AS {_KEY}"]
    for place, name in enumerate(view.tested):
        sql = _cast(f"segkit_v{place}", view.columns[name].type, dialect)
        items.append(f"{sql} AS {identifier(name, dialect)}")
    listed = ",\n    ".join(items)
    return f"segkit_typed AS (\n  SELECT\n    {listed}\n  FROM segkit_probes\n)"


def _cast(sql: str, type_: ColumnType, dialect: Dialect) -> str:
    if type_.kind is Kind.BOOLEAN and not dialect.reads_booleans:
        return f"CASE {sql} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    kind, precision, scale = type_.kind, type_.precision or 38, type_.scale or 0
    if kind is Kind.INTEGER and type_.sql.upper() in _WIDE:
        kind, precision, scale = Kind.DECIMAL, 38, 0
    name = dialect.types.get(kind, dialect.types[Kind.TEXT])
    return f"CAST({sql} AS {name.format(precision=precision, scale=scale)})"


def _as_step(name: str, select: str) -> str:
    return f"{name} AS (\n{select}\n)"  # not indented: a text in it may have lines of its own


def _compare(coded: CodedColumn, place: int, dialect: Dialect) -> str:
    """Edge cases that did not become what they should; ids and names that do not fit their code."""
    column = coded.code if coded.is_score else coded.texts[0][0]
    expected = f"p.segkit_expected{place}"
    found = _as_text(f"a.{identifier(column, dialect)}", dialect, is_text=not coded.is_score)
    tests = [f"a.{_KEY} IS NULL", _differs(found, expected, dialect)]
    code = f"a.{identifier(coded.code, dialect)}"
    for text_column, attribute in coded.texts:
        whens = " ".join(
            f"WHEN {outcome.code} THEN {literal(getattr(outcome, attribute), dialect)}"
            for outcome in coded.case.outcomes
        )
        told = f"coalesce(a.{identifier(text_column, dialect)}, '')"
        tests.append(_differs(f"coalesce(CASE {code} {whens} END, '?')", told, dialect))
    which = f"CAST(p.segkit_probe AS {dialect.types[Kind.TEXT]})"
    return _select(column, "probe", which, expected, found, dialect) + (
        f"\nFROM segkit_probes p\nLEFT JOIN segkit_answer a ON a.{_KEY} = p.segkit_probe\n"
        "WHERE " + "\n  OR ".join(tests)
    )


def _compare_views(view: ViewSelect, deployed: str, dialect: Dialect) -> list[str]:
    """Values of a view that its relation does not give now, and rows that only one of them has."""
    key = identifier(view.key, dialect)
    texts = {column for coded in view.coded for column, _ in coded.texts}
    text_type = dialect.types[Kind.TEXT]
    queries = []
    for column in view.output[1:]:
        known = view.columns.get(column) if column in view.passed else None
        sides = []
        for table in "fd":
            sql = f"{table}.{identifier(column, dialect)}"
            if known and known.type.holds_non_finite and dialect.holds_non_finite:
                sql = f"CASE WHEN {dialect.is_finite.format(sql)} THEN {sql} END"
            sides.append(_as_text(sql, dialect, is_text=column in texts))
        fresh, found = sides
        queries.append(
            _select(column, "row", f"CAST(f.{key} AS {text_type})", fresh, found, dialect)
            + f"\nFROM segkit_fresh f\nJOIN {deployed} d ON d.{key} = f.{key}\n"
            + f"WHERE {_differs(found, fresh, dialect)}"
        )
    for mine, other, tables in (
        ("f", "d", f"segkit_fresh f\nLEFT JOIN {deployed} d"),
        ("d", "f", f"{deployed} d\nLEFT JOIN segkit_fresh f"),
    ):
        told = ("'a row'", "'no row'") if mine == "f" else ("'no row'", "'a row'")
        queries.append(
            _select(view.key, "row", f"CAST({mine}.{key} AS {text_type})", *told, dialect)
            + f"\nFROM {tables} ON d.{key} = f.{key}\nWHERE {other}.{key} IS NULL"
        )
    return queries


def _as_text(sql: str, dialect: Dialect, *, is_text: bool) -> str:
    """A value as a text, nothing for NULL."""
    return f"coalesce({sql if is_text else f'CAST({sql} AS {dialect.types[Kind.TEXT]})'}, '')"


def _select(column: str, what: str, which: str, expected: str, found: str, dialect: Dialect) -> str:
    return (
        f"SELECT {literal(what, dialect)} AS checked, {which} AS which_one, "
        f"{literal(column, dialect)} AS column_checked, {expected} AS expected, {found} AS found"
    )


def _differs(one: str, other: str, dialect: Dialect) -> str:
    return f"{dialect.text.format(one)} <> {dialect.text.format(other)}"
