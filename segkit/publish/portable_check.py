"""One query that proves the SQL where it is pasted: it returns no row if all is exact.

It brings its own rows: around every cut of every leaf, NULL, an unseen level,
with the codes that the pure-Python reference gives them. They go through the
very SELECT of the view. Nothing is read but what it brings, unless a view that
is there already is to be compared, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from segkit.core.columns import ColumnType, Kind
from segkit.core.dialect import identifier, literal
from segkit.core.dialects import Dialect
from segkit.core.select import CodedColumn, ViewSelect, select_parts
from segkit.engines.base import Engine
from segkit.publish.compiled import ViewText
from segkit.publish.parity import with_codes
from segkit.publish.probes import Text, probe_rows

_KEY = "segkit_probe"
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_WIDE = ("UBIGINT", "HUGEINT", "UHUGEINT")


def check_sql(
    engine: Engine,
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
    engine : Engine
        Judges conditions that only an engine understands.
    text : ViewText
        With the view as it is in DuckDB.
    written : ViewSelect
        The same view with its conditions in the dialect.
    sample : sequence of tuple
        Further rows, real ones: the values of ``view.tested`` as texts.
    deployed : str, optional
        SQL of a view that is there, compared on all rows of ``relation_sql``.
    """
    view = text.view
    wanted = dict.fromkeys([*probe_rows(view, few=True), *sample])
    rows = with_codes(engine, view, list(wanted))
    rows = [(row, codes) for row, codes in rows if _can_be_read(row, view, dialect)]
    probed = replace(written, key=_KEY, passed=(), where=None)
    inner, last = select_parts(probed, "typed", dialect)
    steps = [_probes_step(rows, view, dialect), _typed_step(view, dialect), *inner]
    steps.append(_as_step("answer", last))
    queries = [_compare(coded, i, dialect) for i, coded in enumerate(view.coded)]
    said = f"{len(rows):,} rows"
    if deployed is not None:
        here, fresh = select_parts(written, relation_sql, dialect, prefix="fresh_")
        steps += [*here, _as_step("fresh", fresh)]
        queries += [_compare_views(coded, view, deployed, dialect) for coded in view.coded]
        said += f" and every row of {deployed}"
    lines = [text.header, f"-- proof for {dialect.title}: {said}; no row back = exact"]
    query = "\nUNION ALL\n".join(queries)
    return "\n".join(lines) + "\nWITH " + ",\n".join(steps) + f"\n{query};\n"


def _can_be_read(row: Sequence[Text], view: ViewSelect, dialect: Dialect) -> bool:
    """False for values that the dialect has no way to write."""
    return dialect.reads_non_finite or not any(
        text in _NOT_FINITE and view.columns[name].type.holds_non_finite
        for name, text in zip(view.tested, row, strict=True)
    )


def _probes_step(
    rows: Sequence[tuple[tuple[Text, ...], tuple[int, ...]]], view: ViewSelect, dialect: Dialect
) -> str:
    """All rows as texts, each with a number and what it should become."""
    names = ["probe", *(f"v{i}" for i in range(len(view.tested)))]
    names += [f"expected{i}" for i in range(len(view.coded))]
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
        return f"probes ({', '.join(names)}) AS (\n  {dialect.values.format(listed)}\n)"
    first = [f"{sql} AS {name}" for sql, name in zip(written[0], names, strict=True)]
    selects = [f"SELECT {', '.join(cells)}" for cells in [first, *written[1:]]]
    return "probes AS (\n  " + "\n  UNION ALL ".join(selects) + "\n)"


def _text_sql(text: Text, dialect: Dialect) -> str:
    if text is not None:
        return literal(text, dialect)
    # among SELECTs, a bare NULL may be a number
    return "NULL" if dialect.rows == "values" else f"CAST(NULL AS {dialect.types[Kind.TEXT]})"


def _told(coded: CodedColumn, code: int) -> str:
    """What the view should show for a code: an id, a label, a score, or nothing."""
    if coded.is_score:
        return str(code) if code else ""
    outcome = coded.case.outcome(code)
    return outcome.id if coded.id_column else outcome.name


def _shown(coded: CodedColumn, table: str, dialect: Dialect) -> str:
    """SQL of the same in a view, a text; nothing for NULL."""
    column = coded.id_column or coded.name_column or coded.code
    sql = f"{table}.{identifier(column, dialect)}"
    if coded.is_score:
        sql = f"CAST({sql} AS {dialect.types[Kind.TEXT]})"
    return f"coalesce({sql}, '')"


def _typed_step(view: ViewSelect, dialect: Dialect) -> str:
    """The texts as values of the columns' own types."""
    items = [f"probe AS {_KEY}"]
    for place, name in enumerate(view.tested):
        sql = _cast(f"v{place}", view.columns[name].type, dialect)
        items.append(f"{sql} AS {identifier(name, dialect)}")
    listed = ",\n    ".join(items)
    return f"typed AS (\n  SELECT\n    {listed}\n  FROM probes\n)"


def _cast(sql: str, type_: ColumnType, dialect: Dialect) -> str:
    if type_.kind is Kind.BOOLEAN and not dialect.reads_booleans:
        return f"CASE {sql} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"
    kind, precision, scale = type_.kind, type_.precision or 38, type_.scale or 0
    if kind is Kind.INTEGER and type_.sql.upper() in _WIDE:
        kind, precision, scale = Kind.DECIMAL, 38, 0
    name = dialect.types.get(kind, dialect.types[Kind.TEXT])
    return f"CAST({sql} AS {name.format(precision=precision, scale=scale)})"


def _as_step(name: str, select: str) -> str:
    return f"{name} AS (\n  " + select.replace("\n", "\n  ") + "\n)"


def _compare(coded: CodedColumn, place: int, dialect: Dialect) -> str:
    """Edge cases that did not become what they should; ids and names that do not fit their code."""
    expected, found = f"p.expected{place}", _shown(coded, "a", dialect)
    tests = [f"a.{_KEY} IS NULL", _differs(found, expected, dialect)]
    code = f"a.{identifier(coded.code, dialect)}"
    for column, attribute in ((coded.id_column, "id"), (coded.name_column, "name")):
        if column:
            whens = " ".join(
                f"WHEN {outcome.code} THEN {literal(getattr(outcome, attribute), dialect)}"
                for outcome in coded.case.outcomes
            )
            by_code = f"CASE {code} {whens} END"
            tests.append(_differs(by_code, f"a.{identifier(column, dialect)}", dialect))
    which = f"CAST(p.probe AS {dialect.types[Kind.TEXT]})"
    return _select(coded, "probe", which, expected, found, dialect) + (
        f"\nFROM probes p\nLEFT JOIN answer a ON a.{_KEY} = p.probe\nWHERE " + "\n  OR ".join(tests)
    )


def _compare_views(coded: CodedColumn, view: ViewSelect, deployed: str, dialect: Dialect) -> str:
    """Rows of a view that differ from what its relation gives now, or that only one of them has."""
    key = identifier(view.key, dialect)
    expected, found = _shown(coded, "f", dialect), _shown(coded, "d", dialect)
    which = f"CAST(f.{key} AS {dialect.types[Kind.TEXT]})"
    there = _select(coded, "row", which, expected, found, dialect) + (
        f"\nFROM fresh f\nLEFT JOIN {deployed} d ON d.{key} = f.{key}\n"
        f"WHERE d.{key} IS NULL\n  OR {_differs(found, expected, dialect)}"
    )
    which = f"CAST(d.{key} AS {dialect.types[Kind.TEXT]})"
    gone = _select(coded, "row", which, "''", found, dialect) + (
        f"\nFROM {deployed} d\nLEFT JOIN fresh f ON d.{key} = f.{key}\nWHERE f.{key} IS NULL"
    )
    return f"{there}\nUNION ALL\n{gone}"


def _select(
    coded: CodedColumn, what: str, which: str, expected: str, found: str, dialect: Dialect
) -> str:
    column = coded.id_column or coded.name_column or coded.code
    return (
        f"SELECT {literal(what, dialect)} AS checked, {which} AS which_one, "
        f"{literal(column, dialect)} AS column_checked, {expected} AS expected, {found} AS found"
    )


def _differs(one: str, other: str, dialect: Dialect) -> str:
    return f"{dialect.text.format(one)} <> {dialect.text.format(other)}"
