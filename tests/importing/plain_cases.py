"""One CASE, read as an import reads it, for the tests of its single steps."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from segkit.core.columns import Column, parse_type
from segkit.importing.analysis import Analysis, analysed
from segkit.importing.column_types import columns_of
from segkit.importing.old_cases import OldCase, read_case
from segkit.importing.request import ImportOptions
from segkit.importing.sql_file import SqlFile, read_sql_file
from segkit.importing.statement import Statement, read_statement

TYPES = {"age": "INTEGER", "spend": "DOUBLE", "country": "VARCHAR"}
AGES = "CASE WHEN age < 25 THEN 'young' WHEN age < 55 THEN 'mid' ELSE 'old' END"


def known(types: Mapping[str, str] = TYPES) -> dict[str, Column]:
    return {name: Column(name, parse_type(type_)) for name, type_ in types.items()}


def read(select: str, dialect: str = "duckdb") -> tuple[SqlFile, Statement]:
    file = read_sql_file(select, "old.sql", dialect)
    return file, read_statement(file)


def old_case(case: str, dialect: str = "duckdb") -> OldCase:
    file, statement = read(f"SELECT customer_id, {case} AS band FROM customers", dialect)
    return read_case(file, statement.items[1], "band", statement.aliases)


def analysis(case: str, types: Mapping[str, str] = TYPES) -> Analysis:
    """The CASE over columns of these types; without any they are assumed."""
    file, statement = read(f"SELECT customer_id, {case} AS band FROM customers")
    item = statement.items[1]
    found = columns_of(file, statement, ImportOptions(Path("old.sql")), known(types), [item])
    old = read_case(file, item, "band", statement.aliases)
    return analysed(old, found, types_known=bool(types))
