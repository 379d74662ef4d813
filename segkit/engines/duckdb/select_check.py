"""What project SQL may be: one SELECT that reads the database, and nothing outside of it.

A view lives on in a file that other clients open, where nothing is locked. So what it
calls is judged when it is made, by DuckDB's own catalogue: a function of FROM is refused
unless it is listed here, and so is a scalar one whose value is not made of its arguments
alone. What a later DuckDB brings is refused until somebody has looked at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from segkit.dialects.spelling import identifier
from segkit.dialects.table import DUCKDB
from segkit.engines.duckdb.duckdb_errors import engine_error, line_and_column, one_line, place_in
from segkit.errors import EngineError, Problem

# What a SELECT may be made of. Others (INSERT_QUERY_NODE ...) write, also from inside a CTE.
_SELECT_NODES = frozenset(
    ("SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE", "EMPTY_NODE")
)
# Functions that may be called though not their arguments alone make their value, and why.
ALLOWED: dict[str, str] = {
    **dict.fromkeys(
        ("generate_series", "range", "repeat", "repeat_row", "unnest"),
        "rows made of the arguments",
    ),
    **dict.fromkeys(("json_each", "json_tree"), "rows made of a JSON value"),
    "seq_scan": "what a plan reads a table of the database by; nobody can call it",
    **dict.fromkeys(
        (
            *("duckdb_columns", "duckdb_constraints", "duckdb_indexes", "duckdb_schemas"),
            *("duckdb_sequences", "duckdb_tables", "duckdb_types", "duckdb_views"),
        ),
        "the catalogue, as information_schema shows it",
    ),
    **dict.fromkeys(
        (
            *("current_date", "get_current_time", "get_current_timestamp", "now", "today"),
            "transaction_timestamp",
        ),
        "the time; a view that asks for it is warned of (SK406)",
    ),
    **dict.fromkeys(
        ("gen_random_uuid", "random", "uuid", "uuidv4", "uuidv7"), "a number drawn at random"
    ),
    **dict.fromkeys(
        ("current_database", "current_schema", "current_schemas", "in_search_path"),
        "a name in the database",
    ),
    "error": "an error that the project raises itself",
}
# Functions that the catalogue takes to be made of their arguments, and that are more.
REFUSED: dict[str, str] = {
    "json_serialize_plan": "plans the SQL in a text, and opens the files that it names",
}
# The names to judge: functions of FROM, and those that read a clock, a setting, a state.
CATALOGUE_SQL = """
SELECT DISTINCT lower(function_name)
FROM duckdb_functions()
WHERE internal AND (function_type = 'table' OR stability <> 'CONSISTENT')
"""
# In a JSON string a quote is escaped, so text in a literal cannot look like these.
_NODE = re.compile(r'"type":"([A-Z_]+_NODE)"')
_FUNCTION = re.compile(r'"function_name":("(?:[^"\\]|\\.)*")')
_TABLE = re.compile(
    r'"type":"BASE_TABLE"(?:(?!"type":).)*?"qualified_name":\{"path":(\[(?:"(?:[^"\\]|\\.)*",?)+\])'
)
_PLANNED = re.compile(r'"qname":\{"path":(\[(?:"(?:[^"\\]|\\.)*",?)+\])')
_LOCATION = re.compile(r'"query_location":(\d+)')
_FILE = re.compile(r'Cannot access file "(.*)" - ')
_EXTENSION = re.compile(r'"(\w+)" is not in the catalog, .*\bin the (\w+) extension')
_ALONE = "project SQL reads the database, and nothing outside of it"
_SOURCES = "declare the file under `sources` in segkit.yml, and read it by source('...', '...')"
_VARIABLES = f"{_SOURCES}; what else changes is a variable, var('...')"

Plan = Callable[[str], str]


def select_tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    """Return the SELECT as DuckDB parses it, in JSON.

    Raises EngineError: SK403 for several statements, none, a statement that is not a SELECT, or one
    that writes in a CTE; SK404 if it does not parse.
    """
    try:
        statements = cursor.extract_statements(sql)
    except duckdb.Error as error:
        # Only the serializer tells where it stopped.
        raise engine_error(error, sql, details=_serialized(cursor, sql)) from None
    if len(statements) != 1:
        found = "none" if not statements else f"{len(statements)} statements"
        at = _start_of_second(sql, statements[0].query) if statements else (1, 1)
        raise _not_a_select(sql, f"expected one SELECT, found {found}", at)
    statement = statements[0]
    start = place_in(sql, sql.find(statement.query.strip()))
    if wrong := _wrong_statement(statement, sql):
        raise _not_a_select(sql, wrong, start)
    tree = _serialized(cursor, sql)
    if tree.startswith('{"error":true'):
        raise _not_a_select(sql, str(json.loads(tree).get("error_message")), start)
    for node in _NODE.findall(tree):
        if node not in _SELECT_NODES:
            verb = node.removesuffix("_NODE").removesuffix("_QUERY").replace("_", " ")
            raise _not_a_select(sql, f"a SELECT that writes: it contains {verb}", start)
    return tree


def check_reads(sql: str, tree: str, plan: Plan, judged: frozenset[str]) -> None:
    """Refuse a SELECT that reads outside the database, or may when another client runs it.

    ``tree``: as ``select_tree`` returns it.
    ``plan``: a SELECT -> what DuckDB makes of it, in JSON, with all views and macros opened up. The
    connection must be locked: what is bound may be read.
    ``judged``: what ``CATALOGUE_SQL`` returns.

    Raises EngineError: SK407.
    """
    if name := _refused(_names(_FUNCTION, tree), judged):
        at = _place(sql, tree, _FUNCTION, name)
        raise _outside(sql, f"`{name}` may not be called", at, _VARIABLES)
    planned = plan(sql)
    if planned.startswith('{"error":true'):
        # Also where DuckDB can bind, but not plan it: what was not seen is not allowed.
        refused = engine_error(duckdb.Error(), sql, details=planned)
        raise _reads_outside(sql, tree, planned) or refused
    if name := _refused(_names(_PLANNED, planned), judged):
        relation = _read_by(tree, plan, name)
        caller = f"`{relation}`" if relation else "a macro"
        at = _place(sql, tree, _TABLE, relation) if relation else None
        hint = "read a relation of another kind, or make a table of this one where it is made"
        raise _outside(sql, f"{caller} calls `{name}`, which may not be called", at, hint)


def _serialized(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    select = "SELECT json_serialize_sql($1, skip_default := true)"
    return str(cursor.execute(select, (sql,)).fetchall()[0][0])


def _wrong_statement(statement: Any, sql: str) -> str | None:
    if statement.type == duckdb.StatementType.MULTI:
        kind = sql.split(maxsplit=1)[0].upper()
        return f"{kind} without a list of values is not a SELECT"
    if statement.type != duckdb.StatementType.SELECT:
        return f"expected a SELECT, found a statement of type {statement.type.name}"
    if statement.named_parameters:
        return "a SELECT with placeholders has no values for them"
    return None


def _refused(names: Iterable[str], judged: frozenset[str]) -> str | None:
    for name in names:
        if name in REFUSED or (name in judged and name not in ALLOWED):
            return name
    return None


def _names(pattern: re.Pattern[str], tree: str) -> list[str]:
    """Names of functions or relations without their schema, each once, in small letters."""
    return [_name(text).lower() for text in dict.fromkeys(pattern.findall(tree))]


def _name(text: str) -> str:
    parts = json.loads(text)
    return str(parts[-1] if isinstance(parts, list) else parts)


def _place(sql: str, tree: str, pattern: re.Pattern[str], name: str) -> tuple[int, int] | None:
    """Where the function or relation stands: its location is the last one before its name."""
    for found in pattern.finditer(tree):
        if _name(found[1]).lower() == name.lower():
            before = _LOCATION.findall(tree, 0, found.end())
            return line_and_column(sql, int(before[-1])) if before else None
    return None


def _reads_outside(sql: str, tree: str, planned: str) -> EngineError | None:
    """What an error of binding says of files and extensions; None if it is another one."""
    details = json.loads(planned)
    message = one_line(str(details.get("error_message")))
    if found := _FILE.search(message):
        told = line_and_column(sql, int(details.get("position", 0)))
        at = _place(sql, tree, _TABLE, found[1]) or told
        return _outside(sql, f"`{found[1]}` is a file, or no table of that name is here", at)
    if found := _EXTENSION.search(message):
        at = _place(sql, tree, _FUNCTION, found[1])
        return _outside(sql, f"`{found[1]}` needs the extension {found[2]}, and none is loaded", at)
    return None


def _read_by(tree: str, plan: Plan, function: str) -> str | None:
    """The relation in the SELECT that calls the function."""
    for text in dict.fromkeys(_TABLE.findall(tree)):
        path = json.loads(text)
        planned = plan(f"FROM {'.'.join(identifier(part, DUCKDB) for part in path)}")
        if function in _names(_PLANNED, planned):
            return str(path[-1])
    return None


def _start_of_second(sql: str, first: str) -> tuple[int, int]:
    rest = sql.find(first.strip()) + len(first.strip())
    return place_in(sql, len(sql) - len(sql[rest:].lstrip("; \t\n")))


def _not_a_select(sql: str, message: str, position: tuple[int, int]) -> EngineError:
    problem = Problem("SK403", message, help="write one SELECT; segkit makes the table or view")
    return EngineError(problem, sql=sql, position=position)


def _outside(
    sql: str, message: str, position: tuple[int, int] | None, help: str = _SOURCES
) -> EngineError:
    problem = Problem("SK407", f"{message}: {_ALONE}", help=help)
    return EngineError(problem, sql=sql, position=position or (1, 1))
