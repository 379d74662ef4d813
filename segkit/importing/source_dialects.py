"""What is known of the dialects that old CASEs are written in: a table.

Only what stands here is taken for known. Of a dialect without an entry, and of
a construct that ``exact/rule_table.py`` has no rule for, nothing is said to be equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal


@dataclass(frozen=True)
class OldDialect:
    """How a dialect differs from DuckDB, as far as conditions go.

    ``is_run``: our tests hold imports against the engine itself, and more is
    known of it; of the others, its manual. ``whole_division``: `7 / 2` is 3, or
    3.5 as a double; None is a decimal of a scale of its own. ``whole_cast``: what
    a cast to an integer does with 5.5. ``non_finite``: what comes of inf - inf.
    """

    title: str
    is_run: bool = False
    whole_division: Literal["whole", "double"] | None = None
    whole_cast: Literal["cut", "round"] | None = None
    casts_to_limits: bool = False  # of 1e19 it makes the largest whole number
    non_finite: Literal["error", "null", "greatest", "unordered"] = "error"
    points_are_doubles: bool = False  # 0.1 is a double
    exponents_are_doubles: bool = False  # 1e3 is one
    exact_decimals: bool = False  # + - * of decimals lose nothing
    widens_to_double: bool = False  # BIGINT beside DOUBLE is compared as a double
    flags_are_numbers: bool = False  # TRUE is 1
    equal_texts_are_same: bool = False  # no collation that folds case, no blanks at the end
    texts_by_bytes: bool = False  # 'B' < 'a'
    like: Literal["same", "ascii"] | None = None  # ascii: A is a, but Ä is not ä
    lower_is_ascii: bool = False
    greatest: Literal["skips", "null"] | None = None  # NULL in GREATEST and LEAST
    dates: bool = False
    date_texts: bool = False  # d < '2024-01-01' compares dates


# Those that compare texts by their bytes, as DuckDB does, and know dates.
_BY_BYTES = partial(
    OldDialect, equal_texts_are_same=True, texts_by_bytes=True, like="same", dates=True
)
_TRINO = _BY_BYTES(
    "Trino",
    whole_division="whole",
    non_finite="unordered",
    exponents_are_doubles=True,
    greatest="null",
)
_SPARK = _BY_BYTES(
    "Spark",
    whole_division="double",
    non_finite="greatest",
    exponents_are_doubles=True,
    greatest="skips",
)

OLD_DIALECTS: Mapping[str, OldDialect] = {
    "sqlite": OldDialect(
        "SQLite",
        is_run=True,
        whole_division="whole",
        whole_cast="cut",
        casts_to_limits=True,
        non_finite="null",
        points_are_doubles=True,
        exponents_are_doubles=True,
        flags_are_numbers=True,
        equal_texts_are_same=True,
        texts_by_bytes=True,
        like="ascii",
        lower_is_ascii=True,
        greatest="null",
    ),
    "postgres": OldDialect(
        "PostgreSQL",
        is_run=True,
        whole_division="whole",
        whole_cast="round",
        exact_decimals=True,
        widens_to_double=True,
        equal_texts_are_same=True,  # the order of texts is the database's
        like="same",
        greatest="skips",
        dates=True,
        date_texts=True,
    ),
    "redshift": OldDialect(
        "Redshift", whole_division="whole", greatest="skips", dates=True, date_texts=True
    ),
    "trino": _TRINO,
    "presto": _TRINO,
    "athena": _TRINO,
    "tsql": OldDialect(
        "T-SQL",
        whole_division="whole",
        whole_cast="cut",
        exponents_are_doubles=True,
        flags_are_numbers=True,
        dates=True,
        date_texts=True,
    ),
    "mysql": OldDialect(
        "MySQL", exponents_are_doubles=True, flags_are_numbers=True, greatest="null", dates=True
    ),
    "snowflake": _BY_BYTES(
        "Snowflake",
        non_finite="greatest",
        greatest="null",
        date_texts=True,
    ),
    "bigquery": _BY_BYTES(
        "BigQuery",
        whole_division="double",
        points_are_doubles=True,
        exponents_are_doubles=True,
        greatest="null",
        date_texts=True,
    ),
    "spark": _SPARK,
    "databricks": _SPARK,
}
