"""Verbs for SQL that goes out and comes in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from segkit import pipeline
from segkit.cli.session import Session
from segkit.cli.values import parse_types, usage_error
from segkit.dialects.table import DIALECTS
from segkit.report.import_ import render_import

_NAMES = ", ".join(DIALECTS)


def compile_(
    session: Session,
    name: Annotated[str | None, Argument(metavar="NAME", help="A node; all without one.")] = None,
    dialect: Annotated[
        str | None,
        Option("--dialect", metavar="NAME", help=f"The target's, or one of {_NAMES}."),
    ] = None,
    from_: Annotated[
        str | None, Option("--from", metavar="REL", help="The relation, or Jinja, to read instead.")
    ] = None,
    as_: Annotated[
        str | None, Option("--as", metavar="REL", help="The name of the view instead.")
    ] = None,
    expression: Annotated[
        bool, Option("--expression", help="One scalar expression instead of a view.")
    ] = False,
    bare: Annotated[
        bool, Option("--bare", help="The SELECT alone: with --from, a model of dbt.")
    ] = False,
    names: Annotated[
        bool, Option("--names", help="Two expressions: the id and the name of the segment.")
    ] = False,
    check: Annotated[
        bool,
        Option("--check", help="A query that returns no row if the SQL is exact there."),
    ] = False,
    sample: Annotated[
        int, Option("--sample", min=0, metavar="N", help="So many customers in the check, too.")
    ] = 0,
) -> None:
    """Print SQL, and nothing but SQL."""
    given = {"--from": from_, "--as": as_, "--expression": expression, "--bare": bare}
    given |= {"--names": names, "--check": check}
    if name is None and any(given.values()):
        flag = next(flag for flag, value in given.items() if value)
        raise usage_error(f"{flag} needs the name of a node", f"segkit compile NAME {flag} ...")
    sql = pipeline.compile_node(
        session.options(),
        name,
        dialect=dialect,
        from_relation=from_,
        as_relation=as_,
        expression=expression,
        bare=bare,
        names=names,
        check=check,
        sample=sample,
        warn=lambda problem: session.problems([problem]),
        talk=session.screen.talk,
    )
    if not session.answer({"sql": sql}):
        session.screen.data(sql.rstrip("\n"))


def import_(
    session: Session,
    file: Annotated[
        Path, Argument(metavar="FILE.sql", help="A SELECT with CASE columns, or one CASE.")
    ],
    name: Annotated[
        str | None, Option("--name", metavar="NAME", help="Of the bucket set; else the file's.")
    ] = None,
    key: Annotated[str | None, Option("--key", metavar="COLUMN", help="The customer's id.")] = None,
    from_: Annotated[
        str | None, Option("--from", metavar="REL", help="The relation that the buckets read.")
    ] = None,
    dialect: Annotated[
        str, Option("--dialect", metavar="NAME", help="In which the file is written.")
    ] = "duckdb",
    column: Annotated[
        list[str] | None,
        Option("--column", metavar="NAME", help="Only this CASE, or the name of a bare one."),
    ] = None,
    type_: Annotated[
        list[str] | None,
        Option("--type", metavar="COLUMN=TYPE", help="A type that no project tells: age=INTEGER."),
    ] = None,
    save: Annotated[bool, Option("--save", help="Write sql/NAME.yml into the project.")] = False,
    to: Annotated[
        Path | None, Option("--to", metavar="PATH", help="Write it there, below sql/.")
    ] = None,
) -> None:
    """An existing CASE as buckets, proved equal, and what is wrong with it."""
    given = pipeline.ImportOptions(
        file=file,
        name=name,
        key=key,
        relation=from_,
        dialect=dialect,
        columns=tuple(column or ()),
        types=parse_types(type_ or []),
        save=save,
        save_to=to,
    )
    made = pipeline.import_sql(session.options(), given)
    session.problems(made.problems)
    session.screen.talk(render_import(made))
    if not session.answer(made) and made.saved is None:
        session.screen.data(made.yaml.rstrip("\n"))
