"""The dialects: a table. What is done with it is in ``spelling.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from segkit.core.columns import Kind
from segkit.dialects.reserved import DUCKDB_WORDS, SNOWFLAKE_WORDS, WORDS_ELSEWHERE
from segkit.errors import ConfigError, Problem

_BACKSLASH = (("'", "''"), ("\\", "\\\\"))
_ALL_BACKSLASH = (("'", "\\'"), ("\\", "\\\\"), ("\n", "\\n"))
_BACKTICK = (("`", "\\`"), ("\\", "\\\\"))

_RESERVED = DUCKDB_WORDS | WORDS_ELSEWHERE
_PORTABLE_FINITE = "{0} - {0} = 0"  # infinity less infinity is NaN, and so is NaN less NaN

_TYPES = {
    Kind.INTEGER: "BIGINT",
    Kind.DECIMAL: "DECIMAL({precision}, {scale})",
    Kind.FLOAT: "REAL",
    Kind.DOUBLE: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT: "VARCHAR",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
}


def _types(**others: str) -> Mapping[Kind, str]:
    """The types that most dialects have, but for those that are given."""
    return _TYPES | {Kind(kind): sql for kind, sql in others.items()}


@dataclass(frozen=True)
class Dialect:
    """How one engine spells things.

    Templates have ``{}`` for an expression. ``lookup`` is the text that stands
    at ``{index}`` (from 1) of ``{items}``, or of ``{pairs}`` (1, 'A', 2, 'B'),
    or of ``{whens}`` (WHEN 1 THEN 'A'). ``exact_decimals``: a number with a
    point is a decimal, so that it is compared exactly with a DECIMAL column;
    else ``decimal`` writes one. ``widens``: a number of any type is compared
    as a double with a double.
    """

    name: str
    title: str
    lookup: str
    is_certified: bool = False  # its SQL is run by our tests; else it is text that was read
    types: Mapping[Kind, str] = field(default_factory=_types)
    quotes: tuple[str, str] = ('"', '"')  # around an identifier
    looks_up: bool = True  # in one expression, too; else the texts stand in the CASE itself
    folds_upper: bool = False  # names without quotes
    ignores_case: bool = True  # also of quoted names
    reserved: frozenset[str] = _RESERVED
    escapes: tuple[tuple[str, str], ...] = (("'", "''"),)  # inside a string
    string_prefix: str = ""
    is_finite: str = _PORTABLE_FINITE
    holds_non_finite: bool = True
    orders_non_finite: bool = False  # -Infinity below all numbers, Infinity and then NaN above
    has_rest_of_fractions: bool = True  # 1.5 % 1 is 0.5; else both become whole first
    exact_decimals: bool = True
    decimal: str = "{}"
    widens: bool = False
    has_booleans: bool = True
    exponent_is_double: bool = True  # 1.5e0; else it is a decimal
    text: str = "{}"  # compared byte for byte
    byte_order: str = "{}"  # sorted byte for byte
    names_subqueries: bool = False  # one in FROM has to have a name
    share: str = "{} / {}"  # of whole numbers, as a double
    ignores_blanks: bool = False  # at the end of a text, all the same
    create_view: str = "CREATE OR REPLACE VIEW {name}{columns}{comment} AS\n{select}"
    has_comment_statements: bool = False
    # as an engine: all that is published lies in one schema, a file's `crm.orders` as crm__orders
    has_one_schema: bool = False
    column_comment: str = ""  # behind a column's name in the list before the SELECT
    view_comment: str = ""
    rows: Literal["values", "union"] = "values"  # a relation of literals
    values: str = "VALUES\n  {}"
    reads_non_finite: bool = True  # casts 'NaN' and 'Infinity'
    reads_booleans: bool = True  # casts 'true'
    max_name: int | None = None  # a longer one is refused; some servers cut it off instead
    counts_bytes: bool = False  # in UTF-8, where characters are counted else
    name_escapes: tuple[tuple[str, str], ...] = ()  # inside quotes; none doubles the closing one
    allowed_name: str = ""  # a pattern; none allows all
    allowed_relation: str = ""
    is_in_sqlglot: bool = True  # under the same name


DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    is_certified=True,
    lookup="[{items}][{index}]",
    types=_types(float="FLOAT"),
    reserved=DUCKDB_WORDS,
    is_finite="isfinite({})",
    orders_non_finite=True,
    widens=True,
    has_comment_statements=True,
)
# The language of conditions in YAML files, wherever they run in the end: ``translate.py``.
CONDITIONS = DUCKDB
POSTGRES = Dialect(
    name="postgres",
    title="PostgreSQL",
    is_certified=True,
    orders_non_finite=True,
    exponent_is_double=False,
    ignores_case=False,
    lookup="(ARRAY[{items}])[{index}]",
    looks_up=False,
    types=_types(decimal="NUMERIC({precision}, {scale})", double="DOUBLE PRECISION", text="TEXT"),
    byte_order='({}) COLLATE "C"',
    max_name=63,
    counts_bytes=True,
    names_subqueries=True,
    share="CAST({} AS DOUBLE PRECISION) / {}",
    has_comment_statements=True,
    has_one_schema=True,
)
MYSQL = Dialect(
    name="mysql",
    title="MySQL and MariaDB",
    is_certified=True,
    quotes=("`", "`"),
    lookup="ELT({index}, {items})",
    types=_types(
        integer="SIGNED",
        float="FLOAT",
        boolean="SIGNED",
        text="CHAR",
        timestamp="DATETIME",
    ),
    escapes=_BACKSLASH,
    holds_non_finite=False,
    # a collation may say that 'a' = 'A', and 'a' = 'a '; a column may be latin1
    text="CAST(CONVERT({} USING utf8mb4) AS BINARY)",
    rows="union",
    max_name=64,
    allowed_name="[\u0001-\uffff]+",  # in the table of names, characters have three bytes
    reads_non_finite=False,
    reads_booleans=False,
)
SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    is_certified=True,
    lookup="CASE {index} {whens} END",
    looks_up=False,
    types=_types(
        integer="INTEGER",
        decimal="REAL",
        float="REAL",
        double="REAL",
        boolean="INTEGER",
        text="TEXT",
        date="TEXT",
        timestamp="TEXT",
    ),
    create_view="DROP VIEW IF EXISTS {name};\nCREATE VIEW {name} AS\n{select}",
    has_rest_of_fractions=False,
    reads_non_finite=False,
    reads_booleans=False,
)
SPARK = Dialect(
    name="spark",
    title="Apache Spark",
    is_certified=True,
    quotes=("`", "`"),
    lookup="elt({index}, {items})",
    allowed_relation="[A-Za-z0-9_]+",
    types=_types(float="FLOAT", text="STRING"),
    escapes=_ALL_BACKSLASH,
    column_comment="COMMENT {}",
    view_comment="COMMENT {}",
    values="SELECT * FROM VALUES\n  {}",
)
CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    is_certified=True,
    ignores_case=False,
    quotes=("`", "`"),
    lookup="[{items}][{index}]",
    types=_types(
        integer="Nullable(Int64)",
        decimal="Nullable(Decimal({precision}, {scale}))",
        float="Nullable(Float32)",
        double="Nullable(Float64)",
        boolean="Nullable(Bool)",
        text="Nullable(String)",
        date="Nullable(Date)",
        timestamp="Nullable(DateTime64(6))",
    ),
    escapes=_BACKSLASH,
    name_escapes=_BACKTICK,
    create_view="CREATE OR REPLACE VIEW {name} AS\n{select}{comment}",
    view_comment="COMMENT {}",
)
DATAFUSION = Dialect(
    name="datafusion",
    title="Apache DataFusion",
    is_certified=True,
    ignores_case=False,
    lookup="CASE {index} {whens} END",  # its lists are slow
    looks_up=False,
    exact_decimals=False,
    decimal="CAST('{}' AS DECIMAL({precision}, {scale}))",
    is_in_sqlglot=False,
)
SNOWFLAKE = Dialect(
    name="snowflake",
    title="Snowflake",
    exponent_is_double=False,
    ignores_case=False,
    lookup="DECODE({index}, {pairs})",
    types=_types(decimal="NUMBER({precision}, {scale})"),
    folds_upper=True,
    reserved=SNOWFLAKE_WORDS,
    escapes=_BACKSLASH,
    column_comment="COMMENT {}",
    view_comment="COMMENT = {}",
    values="SELECT * FROM VALUES\n  {}",
)
BIGQUERY = Dialect(
    name="bigquery",
    title="BigQuery",
    quotes=("`", "`"),
    lookup="[{items}][ORDINAL({index})]",
    types=_types(
        integer="INT64",
        decimal="BIGNUMERIC({precision}, {scale})",
        float="FLOAT64",
        double="FLOAT64",
        boolean="BOOL",
        text="STRING",
        timestamp="DATETIME",
    ),
    escapes=_ALL_BACKSLASH,
    name_escapes=_BACKTICK,
    exact_decimals=False,
    decimal="BIGNUMERIC '{}'",
    column_comment="OPTIONS (description = {})",
    view_comment="OPTIONS (description = {})",
    rows="union",
)
REDSHIFT = Dialect(
    name="redshift",
    title="Amazon Redshift",
    exponent_is_double=False,
    lookup="DECODE({index}, {pairs})",
    types=_types(double="DOUBLE PRECISION", text="VARCHAR(65535)"),
    escapes=_BACKSLASH,
    has_comment_statements=True,
    rows="union",
)
DATABRICKS = replace(
    SPARK,
    name="databricks",
    title="Databricks",
    is_certified=False,
    allowed_relation="",
)
TRINO = Dialect(
    name="trino",
    title="Trino",
    lookup="ARRAY[{items}][{index}]",
    has_comment_statements=True,
)
TSQL = Dialect(
    name="tsql",
    title="SQL Server (T-SQL)",
    quotes=("[", "]"),
    lookup="CHOOSE({index}, {items})",
    types=_types(double="FLOAT", boolean="BIT", text="NVARCHAR(4000)", timestamp="DATETIME2"),
    string_prefix="N",
    holds_non_finite=False,
    has_booleans=False,
    text="{} COLLATE Latin1_General_100_BIN2",
    ignores_blanks=True,
    create_view="CREATE OR ALTER VIEW {name} AS\n{select}",
    rows="union",
    reads_non_finite=False,
    reads_booleans=False,
)
_CERTIFIED = (DUCKDB, POSTGRES, MYSQL, SQLITE, SPARK, CLICKHOUSE, DATAFUSION)
_OTHERS = (SNOWFLAKE, BIGQUERY, REDSHIFT, DATABRICKS, TRINO, TSQL)
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (*_CERTIFIED, *_OTHERS)}
ALIASES: Mapping[str, str] = {"postgresql": "postgres", "mariadb": "mysql", "sqlserver": "tsql"}


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name.

    Raises ConfigError: SK702, with the names there are.
    """
    plain = str(name).lower()
    found = DIALECTS.get(ALIASES.get(plain, plain))
    if found is None:
        known = ", ".join(DIALECTS)
        raise ConfigError(Problem("SK702", f"no dialect `{name}`", help=f"dialects: {known}"))
    return found
