"""Rows of a published relation."""

from __future__ import annotations

import difflib

from segkit.engines.published import open_published
from segkit.errors import ConfigError, EngineError, Problem
from segkit.pipeline.options import Options, open_project
from segkit.publish.relations import MAIN, relation_sql, schema_and_name
from segkit.report.tables import Table


def show(options: Options, name: str, *, limit: int | None, where: str | None) -> Table:
    """Return rows of a node or a derived view, ordered by the first column.

    Parameters
    ----------
    limit : int, optional
        None: all rows.
    where : str, optional
        A condition in SQL, for example ``segment_id = 'A'``.
    """
    project = open_project(options)
    node = project.nodes.get(name)
    schema, relation = schema_and_name(node) if node and node.kind != "test" else (MAIN, name)
    with open_published(project.target.path) as engine:
        if not engine.exists(schema, relation):
            raise ConfigError(_unknown(name, engine.relations()))
        sql = f"SELECT * FROM {relation_sql(project, name)}"
        sql += f"\nWHERE ({where}\n)" if where else ""
        sql += "\nORDER BY 1" + (f"\nLIMIT {limit}" if limit is not None else "")
        try:
            engine.check_select(sql)
            columns = engine.columns_of_query(sql)
            rows = engine.query(sql)
        except EngineError as error:
            if not where:
                raise
            raise ConfigError(
                Problem(
                    "SK702",
                    f"--where {where!r}: {error.problems[0].message}",
                    help=f"columns of {name}: "
                    + ", ".join(c.name for c in engine.columns(relation_sql(project, name))),
                )
            ) from error
    return Table(tuple(column.name for column in columns), tuple(rows))


def _unknown(name: str, known: list[str]) -> Problem:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`? " if near else ""
    return Problem(
        "SK101",
        f"nothing called `{name}` is published",
        help=f"{hint}published: {', '.join(known)}",
    )
