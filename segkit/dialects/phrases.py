"""What segkit asks of rows, in the words of the engine that has them.

Each phrase is one expression, with the same value wherever it is asked: of
texts in the order of their bytes, of sums whatever the order of the rows.
Only dialects of engines that segkit reads have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from segkit.core.columns import Column, Kind
from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect


class Phrases(Protocol):
    """The phrases that differ between engines; the functions below are what callers use."""

    def quantiles(self, value: str, fractions: Sequence[float]) -> str: ...

    def median(self, value: str) -> str: ...

    def mode(self, value: str, order: str) -> str: ...

    def mode_count(self, value: str) -> str: ...

    def exact_sum(self, value: str) -> str: ...

    def exact_mean(self, value: str) -> str: ...

    def mean(self, value: str) -> str: ...

    def sum_over_all(self, value: str) -> str: ...

    def bytes_of(self, text: str) -> str: ...

    def number_of_hex(self, digits: str) -> str: ...

    def rounded(self, value: str) -> str: ...

    def as_number(self, text: str) -> str: ...

    def matches(self, text: str, pattern: str) -> str: ...

    def holding(self, conditions: Sequence[str]) -> str: ...


class _DuckDB:
    def quantiles(self, value: str, fractions: Sequence[float]) -> str:
        return f"quantile_cont({value}, [{', '.join(map(repr, fractions))}])"

    def median(self, value: str) -> str:
        return f"median({value})"

    def mode(self, value: str, order: str) -> str:
        return f"mode({value} ORDER BY {order})"

    def mode_count(self, value: str) -> str:
        return f"list_max(map_values(histogram({value})))"

    def exact_sum(self, value: str) -> str:
        return f"fsum({value})"  # Kahan's: sum depends on the number of threads

    def exact_mean(self, value: str) -> str:
        return f"favg({value})"

    def mean(self, value: str) -> str:
        return f"avg({value})"

    def sum_over_all(self, value: str) -> str:
        return f"fsum({value}) OVER ()"

    def bytes_of(self, text: str) -> str:
        return text

    def number_of_hex(self, digits: str) -> str:
        return f"CAST('0x' || {digits} AS UBIGINT)"

    def rounded(self, value: str) -> str:
        return f"round({value})"

    def as_number(self, text: str) -> str:
        return f"TRY_CAST({text} AS DOUBLE)"

    def matches(self, text: str, pattern: str) -> str:
        return f"regexp_full_match({text}, {pattern})"

    def holding(self, conditions: Sequence[str]) -> str:
        # in one list: 2,000 counts of one each take 5 s
        return f"len(list_filter([{', '.join(conditions)}], lambda segkit_rule: segkit_rule))"


class _Postgres:
    def quantiles(self, value: str, fractions: Sequence[float]) -> str:
        listed = f"CAST(ARRAY[{', '.join(map(repr, fractions))}] AS DOUBLE PRECISION[])"
        return f"percentile_cont({listed}) WITHIN GROUP (ORDER BY {value})"

    def median(self, value: str) -> str:
        return f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {value})"

    def mode(self, value: str, order: str) -> str:
        return f"mode() WITHIN GROUP (ORDER BY {order})"

    def mode_count(self, value: str) -> str:
        return (
            "(SELECT max(segkit_n) FROM (SELECT count(*) AS segkit_n FROM "
            f"unnest(array_agg({value})) AS segkit_u (segkit_v) WHERE segkit_v IS NOT NULL "
            "GROUP BY segkit_v) AS segkit_counts)"
        )

    def exact_sum(self, value: str) -> str:
        return f"CAST(sum(CAST({value} AS NUMERIC)) AS DOUBLE PRECISION)"

    def exact_mean(self, value: str) -> str:
        return f"CAST(avg(CAST({value} AS NUMERIC)) AS DOUBLE PRECISION)"

    def mean(self, value: str) -> str:
        return f"CAST(avg({value}) AS DOUBLE PRECISION)"

    def sum_over_all(self, value: str) -> str:
        return f"CAST(sum(CAST({value} AS NUMERIC)) OVER () AS DOUBLE PRECISION)"

    def bytes_of(self, text: str) -> str:
        return f"convert_to({text}, 'UTF8')"  # whatever the encoding of the database

    def number_of_hex(self, digits: str) -> str:
        return f"CAST(CAST('x' || {digits} AS BIT(32)) AS BIGINT)"

    def rounded(self, value: str) -> str:
        # halves away from zero; round takes the even neighbour of a double
        whole = f"trunc({value})"
        return f"({whole} + CASE WHEN abs({value} - {whole}) >= 0.5 THEN sign({value}) ELSE 0 END)"

    def as_number(self, text: str) -> str:
        form = r"'^\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]{1,2})?\s*$'"
        return f"CASE WHEN {text} ~* {form} THEN CAST({text} AS DOUBLE PRECISION) END"

    def matches(self, text: str, pattern: str) -> str:
        return f"({text} ~ ('^(?:' || {pattern} || ')$'))"

    def holding(self, conditions: Sequence[str]) -> str:
        return " + ".join(f"CASE WHEN {each} THEN 1 ELSE 0 END" for each in conditions)


_PHRASES: dict[str, Phrases] = {DUCKDB.name: _DuckDB(), POSTGRES.name: _Postgres()}


def phrases(dialect: Dialect) -> Phrases:
    """The phrases of a dialect that an engine reads."""
    return _PHRASES[dialect.name]


def cast(sql: str, kind: Kind, dialect: Dialect) -> str:
    """``CAST(sql AS <the dialect's type of that kind>)``."""
    return f"CAST({sql} AS {dialect.types[kind]})"


def as_text(sql: str, dialect: Dialect) -> str:
    """The value as a text."""
    return cast(sql, Kind.TEXT, dialect)


def as_double(sql: str, dialect: Dialect) -> str:
    """The value as a double."""
    return cast(sql, Kind.DOUBLE, dialect)


def in_byte_order(text: str, dialect: Dialect) -> str:
    """A text to sort by, or to take the least of: by its bytes, whatever the database's locale."""
    return dialect.byte_order.format(text)


def value_in_order(sql: str, column: Column, dialect: Dialect) -> str:
    """A value to sort by; of texts by their bytes."""
    return in_byte_order(sql, dialect) if column.type.kind is Kind.TEXT else sql


def hash_of(text: str, salt: str, dialect: Dialect) -> str:
    """The MD5 of ``salt|text`` as 32 hexadecimal digits."""
    return md5(f"{literal(salt + '|', dialect)} || {text}", dialect)


def md5(text: str, dialect: Dialect) -> str:
    """The MD5 of a text in UTF-8, as 32 hexadecimal digits."""
    return f"md5({phrases(dialect).bytes_of(text)})"
