"""``_segkit``: the table in a published file that lists what segkit made there.

=============  =======  =========================================================
column         type     holds
=============  =======  =========================================================
project        VARCHAR  name of the project
schema_name    VARCHAR
relation_name  VARCHAR
relation_type  VARCHAR  table, view or history; registry for this table's own row;
                        folder for one of the project that the state was made from,
                        state for what a node's relations were made of,
                        reading for how its file was read (both in ``node``)
node           VARCHAR  name of the node in the project that made it
run            INTEGER  number of the build that wrote it last, counted from 1
=============  =======  =========================================================

The own row's ``run`` is that of the last build: after a publish it is read
back, because DuckDB reports a COMMIT as done that it has turned into a rollback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from segkit.dialects.spelling import literal
from segkit.dialects.table import DUCKDB
from segkit.engines.registered import Name, Registered, fold
from segkit.errors import EngineError

REGISTRY = "_segkit"
_COLUMNS = "project, schema_name, relation_name, relation_type, node, run"
_TYPED = (
    "(project VARCHAR, schema_name VARCHAR, relation_name VARCHAR, relation_type VARCHAR,"
    " node VARCHAR, run INTEGER)"
)
CREATE_SQL = f"CREATE TABLE main.{REGISTRY}{_TYPED}"
# What lists what else can be in a file: the functions alone cost as much as fifty small queries.
_TABLES_AND_VIEWS = (
    ("table", "duckdb_tables", "table_name"),
    ("view", "duckdb_views", "view_name"),
)
_OTHERS = (
    ("sequence", "duckdb_sequences", "sequence_name"),
    ("type", "duckdb_types", "type_name"),
    ("macro", "duckdb_functions", "function_name"),
)

Query = Callable[[str], list[tuple[Any, ...]]]


def read_registry(query: Query, catalog: str) -> tuple[Registered, ...] | None:
    """Return the rows of the registry in an attached file; None if there is none."""
    made = query(  # by its columns one would look at those of every view
        "SELECT sql FROM duckdb_tables()"
        f" WHERE database_name = {literal(catalog, DUCKDB)} AND schema_name = 'main'"
        f" AND table_name = '{REGISTRY}'"
    )
    if not made or not made[0][0].endswith(f"{_TYPED};"):
        return None
    rows = query(f"SELECT {_COLUMNS} FROM {catalog}.main.{REGISTRY} ORDER BY ALL")
    return tuple(Registered(*row) for row in rows)


def write_rows(
    execute: Callable[[str, Sequence[Any]], None], project: str, rows: Sequence[Registered]
) -> None:
    """Have these rows on record of the project, and no others."""
    execute(f"DELETE FROM main.{REGISTRY} WHERE project = $1", (project,))
    values = [value for row in rows for value in astuple(row)]
    places = (f"(${', $'.join(map(str, range(at, at + 6)))})" for at in range(1, len(values), 6))
    execute(f"INSERT INTO main.{REGISTRY} VALUES {', '.join(places)}", values)


def tables_and_views(query: Query, catalog: str) -> Mapping[Name, str]:
    """The kind of each table and view in the attached file, by folded name."""
    return _listed(query, catalog, _TABLES_AND_VIEWS)


def relations(query: Query, catalog: str) -> Mapping[Name, str]:
    """Everything in the attached file that a user can have made, by folded name.

    Sequences, types and macros are in it, so that a file with one of them is
    not taken for segkit's own and rebuilt without it.
    """
    return _listed(query, catalog, (*_TABLES_AND_VIEWS, *_OTHERS))


def _listed(
    query: Query, catalog: str, kinds: Sequence[tuple[str, str, str]]
) -> Mapping[Name, str]:
    found: dict[Name, str] = {}
    for kind, function, column in kinds:
        internal = "" if kind == "sequence" else " AND NOT internal"
        for schema, name in query(
            f"SELECT schema_name, {column} FROM {function}()"
            f" WHERE database_name = {literal(catalog, DUCKDB)}{internal}"
        ):
            found[fold(schema, name)] = kind
    return found


def others(registered: Sequence[Registered], found: Mapping[Name, str]) -> list[Name]:
    """Relations that are not in the registry, sorted."""
    return sorted(set(found) - {row.folded for row in registered})


def last_run(registered: Sequence[Registered], project: str) -> int:
    """Number of the project's last build in that file; 0 if there is none."""
    return max((row.run for row in registered if row.project == project), default=0)


def is_view_broken(query: Query, relation: str) -> str | None:
    """Why the view cannot be read, or None. No row is read."""
    try:
        query(f"SELECT * FROM {relation} LIMIT 0")
    except EngineError as error:
        return error.problems[0].message
    return None
