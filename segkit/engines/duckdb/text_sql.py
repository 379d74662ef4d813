"""Texts of a file as values of their columns' types, in DuckDB's SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.files.column_readings import ColumnReading
from segkit.files.date_columns import DateForm
from segkit.files.number_columns import NumberForm
from segkit.files.shapes import MOST, MOST_DIGITS, PARTED, STEPS
from segkit.files.written_numbers import MINUSES, PERCENTS, SPACES

_WHOLE = "-?(0|[1-9][0-9]*)"
_NUMBER = r"-?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?([eE][+-]?[0-9]+)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUS = f"[({re.escape(MINUSES)}]"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"


def text_sql(column: str) -> str:
    """The text without the spaces around it; NULL if nothing is left."""
    return f"nullif(trim({column}, {_literal(SPACES)}), '')"


def shape_sql(text: str) -> str:
    """As ``shape_of``."""
    for pattern, by in STEPS:
        options = ", 'g'" if not pattern.startswith("^") and not pattern.endswith("$") else ""
        text = f"regexp_replace({text}, {_literal(pattern)}, {_literal(by)}{options})"
    return text


def shapes_sql(column: str, source: str) -> str:
    """A query of the shapes of a column, most frequent first: the fields of ``Shape``."""
    digits = "regexp_extract_all(t, '[0-9]+')"
    parts = ", ".join(
        f"coalesce({end}(CASE WHEN regexp_matches(s, '{PARTED}') "
        f"THEN TRY_CAST(left({digits}[{place}], {MOST_DIGITS}) AS INTEGER) END), 0)"
        for end in ("max", "min")
        for place in (1, 2, 3)
    )
    return (
        f"SELECT s, count(*), min(t), max(t), {parts} "
        f"FROM (SELECT t, {shape_sql('t')} AS s FROM (SELECT {text_sql(column)} AS t FROM {source})"
        f" WHERE t IS NOT NULL) GROUP BY s ORDER BY count(*) DESC, s LIMIT {MOST + 1}"
    )


def distinct_sql(column: str, source: str) -> str:
    """How many texts there are, and how many numbers they are."""
    t = text_sql(column)
    return f"SELECT count(DISTINCT {t}), count(DISTINCT TRY_CAST({t} AS DOUBLE)) FROM {source}"


def quick_sql(column: str, reading: ColumnReading) -> str:
    """The value of a text for which ``misfit_sql`` is false."""
    if reading.type == "VARCHAR" or _by_shape(reading):
        return value_sql(column, reading)
    return f"TRY_CAST({column} AS {reading.type})"


def _by_shape(reading: ColumnReading) -> bool:
    return not reading.is_plain or bool(reading.missing or reading.others)


def value_sql(column: str, reading: ColumnReading) -> str:
    """The value of a text; NULL where it is none of the column's type."""
    form = reading.number or reading.day
    t = text_sql(column)
    if reading.type == "VARCHAR":
        return column
    if form is None or form.is_plain:
        value = _plain(t, reading)
    elif isinstance(form, NumberForm):
        value = _number_sql(t, form, reading.type)
    else:
        value = _day_sql(t, form, reading.type)
    if not _by_shape(reading):
        return value
    zeros = form.zeros if isinstance(form, NumberForm) else ()
    zero = f" WHEN {t} IN ({_listed(zeros)}) THEN 0" if zeros else ""
    return f"CASE WHEN {shape_sql(t)} IN ({_listed(reading.shapes)}) THEN {value}{zero} END"


def misfit_sql(column: str, reading: ColumnReading) -> str | None:
    """TRUE for a text that the decision did not know; None where every text fits."""
    if reading.type == "VARCHAR":
        return None
    t = column
    form = reading.number or reading.day
    if _by_shape(reading):
        zeros = form.zeros if isinstance(form, NumberForm) else ()
        nothing = (shape.text for shape in (*reading.missing, *reading.others))
        known = _listed([*reading.shapes, *zeros, *nothing])
        strange = f"{shape_sql(text_sql(column))} NOT IN ({known})"
        return f"{strange} OR {no_day_sql(column, reading)}" if reading.day else strange
    if reading.type == "BOOLEAN":
        return f"{t} NOT IN ({_listed(reading.shapes)})"
    if reading.type in ("BIGINT", "DATE"):  # the canonical text, to the letter
        return f"TRY_CAST({t} AS {reading.type})::VARCHAR IS DISTINCT FROM {t} AND {t} IS NOT NULL"
    if reading.type == "TIMESTAMP":
        # 25:61 is of the form, but no time
        is_none = f"({t} IS NOT NULL AND TRY_CAST({t} AS TIMESTAMP) IS NULL)"
        return f"NOT regexp_full_match({t}, '{_DAY}([ T]{_CLOCK})?') OR {is_none}"
    return f"NOT regexp_full_match({t}, {_literal(_decimals(reading))})"


def no_day_sql(column: str, reading: ColumnReading) -> str:
    """TRUE for a text of the shape of a day where there is no such day."""
    t = text_sql(column)
    return (
        f"({shape_sql(t)} IN ({_listed(reading.shapes)}) AND {value_sql(column, reading)} IS NULL)"
    )


def _decimals(reading: ColumnReading) -> str:
    """The pattern of the numbers seen: more or fewer decimals are looked at again."""
    lengths = {len(shape.partition(".")[2]) for shape in reading.shapes}
    if reading.number is not None and reading.number.is_float:
        return _NUMBER
    if len(lengths) == 1 and 0 not in lengths:
        return rf"-?(0|[1-9][0-9]{{0,14}})\.[0-9]{{{lengths.pop()}}}"
    if 0 not in lengths:
        return r"-?(0|[1-9][0-9]{0,14})\.(0|[0-9]*[1-9])"
    return r"-?(0|[1-9][0-9]{0,14})(\.[0-9]*[1-9])?"


def _plain(text: str, reading: ColumnReading) -> str:
    # there is no February 30th: such texts are counted after that
    return f"{'TRY_CAST' if reading.day else 'CAST'}({text} AS {reading.type})"


def _number_sql(text: str, form: NumberForm, type_: str) -> str:
    bare = text
    for currency in form.currency_texts:
        bare = f"replace({bare}, {_literal(currency)}, '')"
    digits = f"regexp_replace({bare}, {_literal(f'[^0-9{re.escape(form.decimal)}]')}, '', 'g')"
    if form.is_float:
        digits = bare
    if form.decimal != ".":
        digits = f"replace({digits}, {_literal(form.decimal)}, '.')"
    value = f"CAST({digits} AS {type_})"
    if form.percent == "share":
        value = f"{value} / CASE WHEN regexp_matches({text}, '[{PERCENTS}]') THEN 100 ELSE 1 END"
    if form.minus and not form.is_float:
        is_minus = f"regexp_matches({bare}, {_literal(_MINUS)})"
        value = f"CASE WHEN {is_minus} THEN -1 ELSE 1 END * {value}"
    return value


def _day_sql(text: str, form: DateForm, type_: str) -> str:
    if form.is_iso:  # with a zone
        return f"CAST(TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS {type_})"
    named = text
    for name, number in form.months:
        named = f"regexp_replace({named}, {_literal(f'(?i){re.escape(name)}')}, '{number}')"
    formats = ", ".join(_literal(format_) for format_ in form.formats)
    moment = f"try_strptime({named}, [{formats}])"
    if any("%z" in format_ for format_ in form.formats):
        moment = f"{moment} AT TIME ZONE 'UTC'"
    return f"CAST({moment} AS {type_})"


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(map(_literal, texts))


def _literal(text: str) -> str:
    return literal(text, DUCKDB)


def select_list(
    readings: Sequence[ColumnReading], names: Sequence[str], *, is_proof: bool
) -> list[str]:
    """``value AS name`` for each column of a file that is read as c0, c1, ..."""
    made = quick_sql if is_proof else value_sql
    return [
        f"{made(f'c{place}', reading)} AS {name}"
        for place, (reading, name) in enumerate(zip(readings, names, strict=True))
    ]
