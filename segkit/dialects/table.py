"""The dialects: a table. What is done with it is in ``dialect.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from segkit.core.columns import Kind
from segkit.dialects.reserved import DUCKDB_WORDS, SNOWFLAKE_WORDS, WORDS_ELSEWHERE
from segkit.errors import ConfigError, Problem

_BACKSLASH = (("'", "''"), ("\\", "\\\\"))
_ALL_BACKSLASH = (("'", "\\'"), ("\\", "\\\\"), ("\n", "\\n"))
_BACKTICK = (("`", "\\`"), ("\\", "\\\\"))

_RESERVED = DUCKDB_WORDS | WORDS_ELSEWHERE
_PORTABLE_FINITE = "{0} - {0} = 0"  # infinity less infinity is NaN, and so is NaN less NaN


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
    is_certified: bool  # its SQL is run by our tests; else it is text that was read
    lookup: str
    types: Mapping[Kind, str]
    quotes: tuple[str, str] = ('"', '"')  # around an identifier
    double: str = "DOUBLE"
    looks_up: bool = True  # in one expression, too; else the texts stand in the CASE itself
    folds_upper: bool = False  # names without quotes
    ignores_case: bool = True  # also of quoted names
    reserved: frozenset[str] = _RESERVED
    escapes: tuple[tuple[str, str], ...] = (("'", "''"),)  # inside a string
    string_prefix: str = ""
    is_finite: str = _PORTABLE_FINITE
    holds_non_finite: bool = True
    has_rest_of_fractions: bool = True  # 1.5 % 1 is 0.5; else both become whole first
    exact_decimals: bool = True
    decimal: str = "{}"
    widens: bool = False
    has_booleans: bool = True
    text: str = "{}"  # compared byte for byte
    byte_order: str = "{}"  # sorted byte for byte
    names_subqueries: bool = False  # one in FROM has to have a name
    share: str = "{} / {}"  # of whole numbers, as a double
    ignores_blanks: bool = False  # at the end of a text, all the same
    create_view: str = "CREATE OR REPLACE VIEW {name}{columns}{comment} AS\n{select}"
    has_comment_statements: bool = False
    column_comment: str = ""  # behind a column's name in the list before the SELECT
    view_comment: str = ""
    rows: Literal["values", "union"] = "values"  # a relation of literals
    values: str = "VALUES\n  {}"
    reads_non_finite: bool = True  # casts 'NaN' and 'Infinity'
    reads_booleans: bool = True  # casts 'true'
    max_name: int | None = None
    name_escapes: tuple[tuple[str, str], ...] = ()  # inside quotes; none doubles the closing one
    allowed_name: str = ""  # a pattern; none allows all
    allowed_relation: str = ""
    sqlglot: str = ""  # its name there, if it has one


def _types(**names: str) -> Mapping[Kind, str]:
    return {Kind(kind): sql for kind, sql in names.items()}


_ANSI_TYPES = _types(
    integer="BIGINT",
    decimal="DECIMAL({precision}, {scale})",
    float="REAL",
    double="DOUBLE PRECISION",
    boolean="BOOLEAN",
    text="VARCHAR",
    date="DATE",
    timestamp="TIMESTAMP",
)

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    is_certified=True,
    lookup="[{items}][{index}]",
    types={**_ANSI_TYPES, Kind.FLOAT: "FLOAT", Kind.DOUBLE: "DOUBLE"},
    reserved=DUCKDB_WORDS,
    is_finite="isfinite({})",
    widens=True,
    has_comment_statements=True,
    sqlglot="duckdb",
)
# The language of conditions in YAML files, wherever they run in the end: ``translate.py``.
CONDITIONS = DUCKDB
POSTGRES = Dialect(
    name="postgres",
    title="PostgreSQL",
    is_certified=True,
    ignores_case=False,
    double="DOUBLE PRECISION",
    lookup="(ARRAY[{items}])[{index}]",
    looks_up=False,
    types={**_ANSI_TYPES, Kind.DECIMAL: "NUMERIC({precision}, {scale})", Kind.TEXT: "TEXT"},
    byte_order='({}) COLLATE "C"',
    names_subqueries=True,
    share="CAST({} AS DOUBLE PRECISION) / {}",
    has_comment_statements=True,
    sqlglot="postgres",
)
MYSQL = Dialect(
    name="mysql",
    title="MySQL and MariaDB",
    is_certified=True,
    quotes=("`", "`"),
    lookup="ELT({index}, {items})",
    types=_types(
        integer="SIGNED",
        decimal="DECIMAL({precision}, {scale})",
        float="FLOAT",
        double="DOUBLE",
        boolean="SIGNED",
        text="CHAR",
        date="DATE",
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
    sqlglot="mysql",
)
SQLITE = Dialect(
    name="sqlite",
    title="SQLite",
    is_certified=True,
    double="REAL",
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
    sqlglot="sqlite",
)
SPARK = Dialect(
    name="spark",
    title="Apache Spark",
    is_certified=True,
    quotes=("`", "`"),
    lookup="elt({index}, {items})",
    allowed_relation="[A-Za-z0-9_]+",
    types={**_ANSI_TYPES, Kind.FLOAT: "FLOAT", Kind.DOUBLE: "DOUBLE", Kind.TEXT: "STRING"},
    escapes=_ALL_BACKSLASH,
    column_comment="COMMENT {}",
    view_comment="COMMENT {}",
    values="SELECT * FROM VALUES\n  {}",
    sqlglot="spark",
)
CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    is_certified=True,
    ignores_case=False,
    quotes=("`", "`"),
    double="Nullable(Float64)",
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
    sqlglot="clickhouse",
)
DATAFUSION = Dialect(
    name="datafusion",
    title="Apache DataFusion",
    is_certified=True,
    ignores_case=False,
    lookup="CASE {index} {whens} END",  # its lists are slow
    looks_up=False,
    types={**_ANSI_TYPES, Kind.DOUBLE: "DOUBLE"},
    exact_decimals=False,
    decimal="CAST('{}' AS DECIMAL({precision}, {scale}))",
)
SNOWFLAKE = Dialect(
    name="snowflake",
    title="Snowflake",
    is_certified=False,
    ignores_case=False,
    lookup="DECODE({index}, {pairs})",
    types={**_ANSI_TYPES, Kind.DECIMAL: "NUMBER({precision}, {scale})", Kind.DOUBLE: "DOUBLE"},
    folds_upper=True,
    reserved=SNOWFLAKE_WORDS,
    escapes=_BACKSLASH,
    column_comment="COMMENT {}",
    view_comment="COMMENT = {}",
    values="SELECT * FROM VALUES\n  {}",
    sqlglot="snowflake",
)
BIGQUERY = Dialect(
    name="bigquery",
    title="BigQuery",
    is_certified=False,
    quotes=("`", "`"),
    double="FLOAT64",
    lookup="[{items}][ORDINAL({index})]",
    types=_types(
        integer="INT64",
        decimal="BIGNUMERIC({precision}, {scale})",
        float="FLOAT64",
        double="FLOAT64",
        boolean="BOOL",
        text="STRING",
        date="DATE",
        timestamp="DATETIME",
    ),
    escapes=_ALL_BACKSLASH,
    name_escapes=_BACKTICK,
    exact_decimals=False,
    decimal="BIGNUMERIC '{}'",
    column_comment="OPTIONS (description = {})",
    view_comment="OPTIONS (description = {})",
    rows="union",
    sqlglot="bigquery",
)
REDSHIFT = Dialect(
    name="redshift",
    title="Amazon Redshift",
    is_certified=False,
    double="DOUBLE PRECISION",
    lookup="DECODE({index}, {pairs})",
    types={**_ANSI_TYPES, Kind.TEXT: "VARCHAR(65535)"},
    escapes=_BACKSLASH,
    has_comment_statements=True,
    rows="union",
    sqlglot="redshift",
)
DATABRICKS = replace(
    SPARK,
    name="databricks",
    title="Databricks",
    is_certified=False,
    allowed_relation="",
    sqlglot="databricks",
)
TRINO = Dialect(
    name="trino",
    title="Trino",
    is_certified=False,
    lookup="ARRAY[{items}][{index}]",
    types={**_ANSI_TYPES, Kind.DOUBLE: "DOUBLE"},
    has_comment_statements=True,
    sqlglot="trino",
)
TSQL = Dialect(
    name="tsql",
    title="SQL Server (T-SQL)",
    is_certified=False,
    quotes=("[", "]"),
    double="FLOAT",
    lookup="CHOOSE({index}, {items})",
    types=_types(
        integer="BIGINT",
        decimal="DECIMAL({precision}, {scale})",
        float="REAL",
        double="FLOAT",
        boolean="BIT",
        text="NVARCHAR(4000)",
        date="DATE",
        timestamp="DATETIME2",
    ),
    string_prefix="N",
    holds_non_finite=False,
    has_booleans=False,
    text="{} COLLATE Latin1_General_100_BIN2",
    ignores_blanks=True,
    create_view="CREATE OR ALTER VIEW {name} AS\n{select}",
    rows="union",
    reads_non_finite=False,
    reads_booleans=False,
    sqlglot="tsql",
)
_OURS = (DUCKDB, POSTGRES, MYSQL, SQLITE, SPARK, CLICKHOUSE, DATAFUSION)
_READ = (SNOWFLAKE, BIGQUERY, REDSHIFT, DATABRICKS, TRINO, TSQL)
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (*_OURS, *_READ)}
ALIASES: Mapping[str, str] = {"postgresql": "postgres", "mariadb": "mysql", "sqlserver": "tsql"}


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name.

    Raises
    ------
    ConfigError
        SK702, with the names there are.
    """
    plain = str(name).lower()
    found = DIALECTS.get(ALIASES.get(plain, plain))
    if found is None:
        known = ", ".join(DIALECTS)
        raise ConfigError(Problem("SK702", f"no dialect `{name}`", help=f"dialects: {known}"))
    return found
