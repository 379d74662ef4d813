"""What segkit asks of rows, in the words of the engine that has them.

Each phrase is one expression, with the same value wherever it is asked: of
texts in the order of their bytes, of sums whatever the order of the rows.
Only dialects of engines that segkit reads have them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from segkit.core.columns import Column, Kind
from segkit.dialects.spelling import cast, literal
from segkit.dialects.table import DUCKDB, POSTGRES, Dialect

Phrase = Callable[[str], str]  # SQL of a value -> SQL


@dataclass(frozen=True)
class Phrases:
    """The phrases that differ between engines; the functions below are those that do not."""

    quantiles: Callable[[str, Sequence[float]], str]
    median: Phrase
    mode: Callable[[str, str], str]  # of a value, the first by an order
    mode_count: Phrase
    exact_sum: Phrase
    exact_mean: Phrase
    mean: Phrase
    sum_over_all: Phrase
    bytes_of: Phrase
    number_of_hex: Phrase
    rounded: Phrase
    as_number: Phrase  # of a text; NULL where it is none
    matches: Callable[[str, str], str]  # a text, a pattern
    holding: Callable[[Sequence[str]], str]  # how many of some conditions are TRUE
    # of a list of truths: how many are TRUE, where the first is, whether one is NULL
    true_in: Phrase
    place_of_true: Phrase
    unknown_in: Phrase
    with_list: Callable[[str, str, str], str]  # items, a name for them, what is said of it
    # rows of a relation by a key that has one each: its name, columns, the relation
    one_of_each: Callable[[str, Sequence[str], str], str]
    attempted: Phrase | None = None  # NULL where it is an error, if there is a way to say so
    by_place: Callable[[str, str], str] | None = None  # rows of two relations, each as it comes


def _lines(items: Sequence[str]) -> str:
    return ",\n".join(f"  {item}" for item in items)


def _numbers(fractions: Sequence[float]) -> str:
    return ", ".join(map(repr, fractions))


_DUCKDB = Phrases(
    quantiles=lambda value, fractions: f"quantile_cont({value}, [{_numbers(fractions)}])",
    median="median({})".format,
    mode="mode({} ORDER BY {})".format,
    mode_count="list_max(map_values(histogram({})))".format,
    exact_sum="fsum({})".format,  # Kahan's: sum depends on the number of threads
    exact_mean="favg({})".format,
    mean="avg({})".format,
    sum_over_all="fsum({}) OVER ()".format,
    bytes_of=str,
    number_of_hex="CAST('0x' || {} AS UBIGINT)".format,
    rounded="round({})".format,
    as_number="TRY_CAST({} AS DOUBLE)".format,
    matches="regexp_full_match({}, {})".format,
    # in one list: 2,000 counts of one each take 5 s
    holding=lambda conditions: (
        f"len(list_filter([{', '.join(conditions)}], lambda segkit_rule: segkit_rule))"
    ),
    true_in="len(list_filter({}, lambda segkit_rule: segkit_rule))".format,
    place_of_true="list_position({}, TRUE)".format,
    unknown_in="len(list_filter({}, lambda segkit_rule: segkit_rule IS NULL)) > 0".format,
    with_list="list_transform([[{}]], lambda {}: {})[1]".format,
    one_of_each=lambda key, columns, relation: (
        f"SELECT\n{_lines([key, *(f'any_value({name}) AS {name}' for name in columns)])}\n"
        f"FROM {relation}\nGROUP BY {key}"
    ),
    attempted="TRY({})".format,
    by_place="{} POSITIONAL JOIN {}".format,
)
_POSTGRES = Phrases(
    quantiles=lambda value, fractions: (
        f"percentile_cont(CAST(ARRAY[{_numbers(fractions)}] AS DOUBLE PRECISION[]))"
        f" WITHIN GROUP (ORDER BY {value})"
    ),
    median="percentile_cont(0.5) WITHIN GROUP (ORDER BY {})".format,
    mode="mode() WITHIN GROUP (ORDER BY {1})".format,
    mode_count=(
        "(SELECT max(segkit_n) FROM (SELECT count(*) AS segkit_n FROM "
        "unnest(array_agg({})) AS segkit_u (segkit_v) WHERE segkit_v IS NOT NULL "
        "GROUP BY segkit_v) AS segkit_counts)"
    ).format,
    exact_sum="CAST(sum(CAST({} AS NUMERIC)) AS DOUBLE PRECISION)".format,
    exact_mean="CAST(avg(CAST({} AS NUMERIC)) AS DOUBLE PRECISION)".format,
    mean="CAST(avg({}) AS DOUBLE PRECISION)".format,
    sum_over_all="CAST(sum(CAST({} AS NUMERIC)) OVER () AS DOUBLE PRECISION)".format,
    bytes_of="convert_to({}, 'UTF8')".format,  # whatever the encoding of the database
    number_of_hex="CAST(CAST('x' || {} AS BIT(32)) AS BIGINT)".format,
    # halves away from zero; round takes the even neighbour of a double
    rounded=(
        "(trunc({0}) + CASE WHEN abs({0} - trunc({0})) >= 0.5 THEN sign({0}) ELSE 0 END)"
    ).format,
    as_number=(
        r"CASE WHEN {0} ~* '^\s*[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[-+]?[0-9]{{1,2}})?\s*$'"
        " THEN CAST({0} AS DOUBLE PRECISION) END"
    ).format,
    matches="({} ~ ('^(?:' || {} || ')$'))".format,
    holding=lambda conditions: " + ".join(
        f"CASE WHEN {each} THEN 1 ELSE 0 END" for each in conditions
    ),
    true_in="cardinality(array_positions({}, TRUE))".format,
    place_of_true="array_position({}, TRUE)".format,
    unknown_in="array_position({}, NULL) IS NOT NULL".format,
    with_list="(SELECT {2} FROM (SELECT ARRAY[{0}] AS {1}) AS segkit_lists)".format,
    one_of_each=lambda key, columns, relation: (
        f"SELECT DISTINCT ON ({key})\n{_lines([key, *columns])}\nFROM {relation}"
    ),
)
_PHRASES = {DUCKDB.name: _DUCKDB, POSTGRES.name: _POSTGRES}


def phrases(dialect: Dialect) -> Phrases:
    """The phrases of a dialect that an engine reads."""
    return _PHRASES[dialect.name]


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
