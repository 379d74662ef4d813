"""Texts of a file as values of their columns' types, in DuckDB's SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.files.date_columns import DateForm
from segkit.files.file_columns import ColumnReading
from segkit.files.number_study import NumberForm
from segkit.files.patterns import value_pattern, word_pattern
from segkit.files.shapes import MOST, MOST_DIGITS, PARTED, STEPS
from segkit.files.written_numbers import MINUSES, PERCENTS, POWERS, SPACES

_NUMBER = r"-?(0|[1-9][0-9]{0,14})?(\.[0-9]*)?([eE][+-]?[0-9]+)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MINUS = f"[({re.escape(MINUSES)}]"
_TWO = "^([0-9]{1,2})[^0-9]+([0-9]{1,2})[^0-9]"
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
    """How many texts there are, and the first two of them that are one number to a program."""
    return (
        f"WITH t AS (SELECT DISTINCT {text_sql(column)} AS t FROM {source}), same AS ("
        "SELECT min(t) AS a, max(t) AS b FROM t GROUP BY TRY_CAST(t AS DOUBLE) "
        "HAVING count(TRY_CAST(t AS DOUBLE)) > 1 ORDER BY 1 LIMIT 1) "
        "SELECT count(t), (SELECT a FROM same), (SELECT b FROM same) FROM t"
    )


def value_sql(column: str, reading: ColumnReading) -> str:
    """The value of a text; NULL where it is none of the column's type."""
    if reading.type == "VARCHAR":
        return column
    return _value_sql(text_sql(column), reading)


def _value_sql(t: str, reading: ColumnReading) -> str:
    value = _cast(t, reading)
    if reading.is_plain and not _may_cast(reading):
        return value
    zeros = _zeros(reading)
    zero = f" WHEN {t} IN ({_listed(zeros)}) THEN 0" if zeros else ""
    return f"CASE WHEN {_matches(t, value_pattern(reading))} THEN {value}{zero} END"


def quick_sql(t: str, reading: ColumnReading) -> str:
    """The value of a text without spaces around it, for which ``misfit_sql`` is false."""
    if reading.type == "VARCHAR":
        return t
    is_careful = _may_cast(reading) or _zeros(reading)
    return _value_sql(t, reading) if is_careful else _cast(t, reading)


def misfit_sql(t: str, reading: ColumnReading) -> str | None:
    """TRUE for a text that the decision did not know; None where every text fits."""
    if reading.type == "VARCHAR":
        return None
    if reading.is_plain:
        odd = _plain_misfit(t, reading)
    else:
        is_none = f"{quick_sql(t, reading)} IS NULL AND {t} IS NOT NULL"
        odd = f"NOT {_matches(t, value_pattern(reading))} OR {is_none}"
    words = word_pattern(reading)
    known = [f"NOT {_matches(t, words)}"] if words else []
    known += [f"{t} NOT IN ({_listed(zeros)})"] if (zeros := _zeros(reading)) else []
    return " AND ".join([f"({odd})" if known else odd, *known])


def _plain_misfit(t: str, reading: ColumnReading) -> str:
    if reading.type == "BOOLEAN":
        return f"NOT {_matches(t, value_pattern(reading))}"
    if reading.type in ("BIGINT", "DATE"):  # the canonical text, to the letter
        return f"TRY_CAST({t} AS {reading.type})::VARCHAR IS DISTINCT FROM {t} AND {t} IS NOT NULL"
    if reading.type == "TIMESTAMP":
        # 25:61 is of the form, but no time
        is_none = f"({t} IS NOT NULL AND TRY_CAST({t} AS TIMESTAMP) IS NULL)"
        return f"NOT {_matches(t, f'{_DAY}([ T]{_CLOCK})?')} OR {is_none}"
    return f"NOT {_matches(t, _decimals(reading))}"


def no_day_sql(column: str, reading: ColumnReading) -> str:
    """TRUE for a text of the shape of a day where there is no such day."""
    is_day = _matches(text_sql(column), value_pattern(reading))
    return f"({is_day} AND {value_sql(column, reading)} IS NULL)"


def orders_sql(column: str, source: str) -> str:
    """A query: texts with the day first and an example, texts with the month first and one."""
    a, b = (f"TRY_CAST(regexp_extract(t, '{_TWO}', {n}) AS INTEGER)" for n in (1, 2))
    parts = f"SELECT t, {a} AS a, {b} AS b FROM (SELECT {text_sql(column)} AS t FROM {source})"
    day, month = "a BETWEEN 13 AND 31 AND b <= 12", "b BETWEEN 13 AND 31 AND a <= 12"
    counts = (f"count(*) FILTER ({test}), min(t) FILTER ({test})" for test in (day, month))
    return f"SELECT {', '.join(counts)} FROM ({parts})"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {_literal(pattern)})"


def _zeros(reading: ColumnReading) -> tuple[str, ...]:
    return reading.number.zeros if reading.number is not None else ()


def _may_cast(reading: ColumnReading) -> bool:
    """True if a text that is no value might become one: 5+, or nan."""
    words = [shape.text for shape in (*reading.missing, *reading.others)]
    return any(re.search("[0-9]|^[+-]?(nan|inf)|^[tfyn]", word.lower()) for word in words)


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


def _cast(t: str, reading: ColumnReading) -> str:
    """The value of a text of the column's form; of others, NULL or nothing that is of use."""
    form = reading.number or reading.day
    if form is None or form.is_plain:
        return f"TRY_CAST({t} AS {reading.type})"
    if isinstance(form, NumberForm):
        return _number_sql(t, reading, form)
    return _day_sql(t, form, reading.type)


def _number_sql(text: str, reading: ColumnReading, form: NumberForm) -> str:
    is_in_front = form.minus <= {"before", "sign"}
    digits = _digits_sql(text, reading, form, minus="-" if is_in_front else "")
    value = f"TRY_CAST({digits} AS {reading.type})"
    if form.percent == "share":
        value = f"{value} / CASE WHEN regexp_matches({text}, '[{PERCENTS}]') THEN 100 ELSE 1 END"
    if not is_in_front and not form.is_float:
        is_minus = f"regexp_matches({text}, {_literal(_MINUS)})"
        value = f"CASE WHEN {is_minus} THEN -1 ELSE 1 END * {value}"
    return value


def _digits_sql(text: str, reading: ColumnReading, form: NumberForm, *, minus: str) -> str:
    """The digits as a program writes them; what else there may be is taken out."""
    digits = text
    if not form.is_float:
        for currency in form.currency_texts:
            digits = f"replace({digits}, {_literal(currency)}, '')"
        for word in form.powers:  # 2.9k as 2.9e3, which is 2,900 to the last bit
            digits = f"replace({digits}, {_literal(word)}, 'e{POWERS[word]}')"
        seen = {c for shape in reading.shapes for c in shape} - {*"09", form.decimal}
        outside = {c for c in seen if not c.isalpha() and c not in form.currency_texts}
        for sign in sorted(outside - set(minus)):
            by = minus if sign in MINUSES else ""
            digits = f"replace({digits}, {_literal(sign)}, {_literal(by)})"
    return digits if form.decimal == "." else f"replace({digits}, {_literal(form.decimal)}, '.')"


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
