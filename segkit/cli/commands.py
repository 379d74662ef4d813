"""The verbs. Each parses, calls one function of the pipeline, and prints."""

from __future__ import annotations

import json
import re
import shlex
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option

from segkit.cli.session import Session
from segkit.cli.values import parse_time
from segkit.core.dialects import DIALECTS
from segkit.errors import ConfigError, Problem

SHOWN_ROWS = 10


class TableFormat(StrEnum):
    table = "table"
    csv = "csv"
    json = "json"
    md = "md"


class ListFormat(StrEnum):
    text = "text"
    json = "json"


def try_(
    session: Session,
    what: Annotated[
        str, Argument(metavar="FILE_OR_TABLE", help="CSV, Parquet or DuckDB; or a node's name.")
    ],
    key: Annotated[
        str | None, Option("--key", metavar="COLUMN", help="The customer's id; guessed without it.")
    ] = None,
    table: Annotated[
        str | None, Option("--table", metavar="NAME", help="Which table of a DuckDB file.")
    ] = None,
    k: Annotated[
        int | None, Option("--k", min=2, metavar="N", help="How many segments; chosen without it.")
    ] = None,
    save: Annotated[
        Path | None, Option("--save", metavar="DIR", help="A new folder for the project.")
    ] = None,
) -> None:
    """Find segments in any file or table, without a project."""
    from segkit import pipeline

    with session.listener() as listen:
        trial = pipeline.try_data(
            session.options(), what, table=table, key=key, k=k, save=save, listen=listen
        )
    name = trial.result.name
    if trial.saved is None:
        asked = {"--key": key, "--table": table, "--k": k and str(k), "--save": "my_segments"}
        words = [what, *(word for flag, value in asked.items() if value for word in (flag, value))]
        steps = [f"segkit try {shlex.join(words)}"]
    else:
        steps = [f"cd {shlex.quote(str(trial.saved))} && segkit explain", f"segkit compile {name}"]
    session.segmentation(trial.result, steps)


def init(
    session: Session,
    directory: Annotated[
        Path | None, Argument(metavar="[DIR]", help="Where; made if it is not there.")
    ] = None,
) -> None:
    """Make a project: the example, ready to build."""
    from segkit import pipeline

    made = directory or session.given.project_dir
    for path in pipeline.init(made):
        session.screen.say(f"created {_from_here(path)}")
    where = "" if made.resolve() == Path.cwd() else f"cd {made} && "
    session.screen.say(f"Next: {where}segkit build")


def debug(session: Session) -> None:
    """Check the project, the target and what segkit needs."""
    from segkit import pipeline
    from segkit.report.checks import render_checks

    checks = pipeline.debug(session.options())
    session.screen.say(render_checks(checks))
    for check in checks:
        session.problems(check.problems, force=not check.ok)
    if not all(check.ok for check in checks):
        raise Exit(2 if any(check.name == "project" and not check.ok for check in checks) else 1)


def seed(session: Session) -> None:
    """Load the files of warehouse/seeds."""
    from segkit import pipeline

    session.run(pipeline.run_seeds, session.options())


def run(session: Session) -> None:
    """Build models, buckets and segmentations; learn and test nothing."""
    from segkit import pipeline

    session.run(pipeline.run_models, session.options())


def test(session: Session) -> None:
    """Run the data tests on what is published."""
    from segkit import pipeline

    session.run(pipeline.run_tests, session.options(), publishes=False)


def build(
    session: Session,
    locked: Annotated[
        bool, Option("--locked", help="Never fit: a segmentation without a fit is an error.")
    ] = False,
    full_refresh: Annotated[
        bool, Option("--full-refresh", help="Fit again and publish the new rules.")
    ] = False,
    refresh_edges: Annotated[
        bool,
        Option("--refresh-edges", help="Find new edges of quantiles and RFM scores; some move."),
    ] = False,
    rewrite_history: Annotated[
        bool,
        Option("--rewrite-history", help="Allow a time that is earlier than the last build's."),
    ] = False,
) -> None:
    """Seed, run, fit where there is no fit, prove, test and publish."""
    from segkit import pipeline

    if locked and full_refresh:
        raise _not_both("--locked", "--full-refresh")
    if locked and refresh_edges:
        raise _not_both("--locked", "--refresh-edges")
    options = session.options(
        locked=locked,
        full_refresh=full_refresh,
        refresh_edges=refresh_edges,
        rewrite_history=rewrite_history,
    )
    session.run(pipeline.run_build, options)


def fit(
    session: Session,
    names: Annotated[
        list[str] | None, Argument(metavar="[S]...", help="Segmentations; all without one.")
    ] = None,
    promote: Annotated[
        bool, Option("--promote", help="The next build publishes the new fit.")
    ] = False,
    use: Annotated[
        str | None,
        Option("--use", metavar="VERSION", help="Go back to a fit, or to stored edges: v0001."),
    ] = None,
) -> None:
    """Learn a challenger, or choose which fit is published."""
    from segkit import pipeline

    if use is not None:
        if promote:
            raise _not_both("--promote", "--use")
        if len(names or ()) != 1:
            raise _usage("--use needs exactly one name", f"segkit fit NAME --use {use}")
        name = (names or [""])[0]
        pipeline.use_version(session.options(), name, _version(use))
        session.screen.say(f"{name} uses v{_version(use):04d}\nNext: segkit build")
        return
    with session.listener() as listen:
        learned = pipeline.fit_challengers(session.options(), tuple(names or ()), promote, listen)
    for each in learned:
        made = each.fit
        step = "segkit build" if each.is_current else f"segkit fit {made.name} --use {made.label}"
        for change in each.undone:
            session.screen.say(
                f"{made.name} {made.label} is without the cut made by hand: {change}"
            )
        again = " again, today's data says the same" if each.is_again else ""
        session.screen.say(
            f"{made.name} {made.label}{again}: k={made.clusters.k}, "
            f"loss {made.quality.loss:.1%}, {made.quality.leaves} leaves"
        )
        if each.stays:
            session.screen.say(f"{each.stays} stays published; to publish {made.label} instead:")
        session.screen.say(f"Next: {step}")


def adjust(
    session: Session,
    name: Annotated[
        str | None, Argument(metavar="[S]", help="A segmentation; the only one without it.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        Argument(
            metavar="CHANGE...", help='"age < 42 -> 40", "in D: age < 30 -> A", "... -> remove".'
        ),
    ] = None,
    save: Annotated[
        bool, Option("--save", help="Make it a fit, which the next build publishes.")
    ] = False,
    output: Annotated[
        TableFormat, Option("--output", help="csv, json and md list everyone who moves.")
    ] = TableFormat.table,
) -> None:
    """Move a cut by hand: who moves, and what it costs."""
    from segkit import pipeline
    from segkit.report.adjust import movers_table, render_adjustment
    from segkit.report.tables import render_table

    changes = changes or []
    if name and "->" in name:  # a change: no segmentation is called so
        changes, name = [name, *changes], None
    with session.listener() as listen:
        adjustment = pipeline.adjust_rules(
            session.options(), name, changes, save=save, listen=listen
        )
    if output is TableFormat.table:
        session.screen.data(render_adjustment(adjustment))
    else:
        session.screen.data(render_table(movers_table(adjustment), output.value))
    made = adjustment.after.label
    if save:
        session.screen.talk(f"saved as {made}, which the next build publishes\nNext: segkit build")
    elif not adjustment.moves.moved:
        session.screen.talk("Nothing is changed.")
    else:
        words = " ".join([adjustment.before.name, *map(_in_quotes, changes)])
        session.screen.talk(f"Nothing is changed.\nNext: segkit adjust {words} --save")


def compile_(
    session: Session,
    name: Annotated[str | None, Argument(metavar="[NAME]", help="A node; all without one.")] = None,
    dialect: Annotated[
        str, Option("--dialect", metavar="NAME", help=f"One of {', '.join(DIALECTS)}.")
    ] = "duckdb",
    from_: Annotated[
        str | None, Option("--from", metavar="REL", help="The relation to read instead.")
    ] = None,
    as_: Annotated[
        str | None, Option("--as", metavar="REL", help="The name of the view instead.")
    ] = None,
    expression: Annotated[
        bool, Option("--expression", help="One scalar expression instead of a view.")
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
    from segkit import pipeline

    given = {"--from": from_, "--as": as_, "--expression": expression, "--check": check}
    if name is None and any(given.values()):
        flag = next(flag for flag, value in given.items() if value)
        raise _usage(f"{flag} needs the name of a node", f"segkit compile NAME {flag} ...")
    sql = pipeline.compile_node(
        session.options(),
        name,
        dialect=dialect,
        from_relation=from_,
        as_relation=as_,
        expression=expression,
        check=check,
        sample=sample,
        warn=lambda problem: session.problems([problem]),
        talk=session.screen.talk,
    )
    session.screen.data(sql.rstrip("\n"))


def show(
    session: Session,
    name: Annotated[str, Argument(metavar="NAME", help="A node of the project.")],
    limit: Annotated[
        int | None, Option("--limit", min=0, metavar="N", help=f"Rows; {SHOWN_ROWS} without it.")
    ] = None,
    where: Annotated[
        str | None, Option("--where", metavar="SQL", help="A condition on its columns.")
    ] = None,
    all_: Annotated[bool, Option("--all", help="All rows.")] = False,
    output: Annotated[
        TableFormat, Option("--output", help="How the rows are written.")
    ] = TableFormat.table,
    entered_since: Annotated[
        str | None,
        Option("--entered-since", metavar="DATE", help="Who came into their segment since then."),
    ] = None,
    left_since: Annotated[
        str | None,
        Option("--left-since", metavar="DATE", help="Who left a segment since then, and when."),
    ] = None,
) -> None:
    """Print rows of what is published."""
    from itertools import islice

    from segkit import pipeline
    from segkit.report.tables import Table, render_lines

    if all_ and limit is not None:
        raise _not_both("--all", "--limit")
    if entered_since is not None and left_since is not None:
        raise _not_both("--entered-since", "--left-since")
    wanted = None if all_ else SHOWN_ROWS if limit is None else limit
    with pipeline.show(
        session.options(),
        name,
        # one row more than wanted tells whether there are more
        limit=None if wanted is None else wanted + 1,
        where=where,
        entered_since=parse_time(entered_since, "--entered-since"),
        left_since=parse_time(left_since, "--left-since"),
        talk=session.screen.talk,
    ) as table:
        rows = iter(table.rows)
        shown = Table(table.columns, islice(rows, wanted))
        session.screen.data_lines(render_lines(shown, output.value))
        if wanted is not None and next(rows, None) is not None:
            session.screen.talk(f"the first {wanted} rows; --all shows every one")


def ls(
    session: Session,
    output: Annotated[
        ListFormat, Option("--output", help="A line or a JSON object a node.")
    ] = ListFormat.text,
) -> None:
    """List the nodes of the project."""
    from segkit import pipeline
    from segkit.publish.artifacts import node_entry
    from segkit.report.text import align_rows, visible

    nodes = pipeline.list_nodes(session.options())
    if output is ListFormat.json:
        directory = session.given.project_dir.resolve()
        lines = [json.dumps(node_entry(node, directory), default=str) for node in nodes]
    else:
        rows = [(node.kind, visible(node.name), visible(str(node.place.path))) for node in nodes]
        lines = align_rows(rows, ("left", "left", "left"))
    if lines:
        session.screen.data("\n".join(lines))


def explain(
    session: Session,
    name: Annotated[
        str | None, Argument(metavar="[S]", help="A segmentation; the only one without it.")
    ] = None,
    id_: Annotated[
        str | None, Option("--id", metavar="ID", help="A customer: the way through the rules.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        Option("--set", metavar="COLUMN=VALUE", help="What if: another value, with --id."),
    ] = None,
) -> None:
    """Say the rules in English, or why a customer is where they are."""
    from segkit import pipeline
    from segkit.report.explain import render_customer, render_explanation

    if id_ is None:
        if set_:
            raise _usage("--set needs --id", f"segkit explain --id ID --set {set_[0]}")
        explanation = pipeline.explain_segmentation(session.options(), name)
        session.screen.data(render_explanation(explanation, width=session.screen.width))
        return
    path = pipeline.explain_customer(session.options(), name, id_, _changes(set_ or []))
    session.screen.data(render_customer(path))


class DiffFormat(StrEnum):
    table = "table"
    md = "md"
    json = "json"


def diff(
    session: Session,
    one: Annotated[
        str, Argument(metavar="S", help="A segmentation, or a bucket column: customer_buckets.rfm.")
    ],
    other: Annotated[str, Argument(metavar="T", help="Another one of the same customers.")],
    output: Annotated[
        DiffFormat, Option("--output", help="How the comparison is written.")
    ] = DiffFormat.table,
) -> None:
    """Compare two segmentations, or bucket columns: same customers, other groups."""
    from segkit import pipeline
    from segkit.report.diff import render_comparison

    compared = pipeline.compare_segmentations(
        session.options(), one, other, warn=lambda problem: session.problems([problem])
    )
    session.screen.data(render_comparison(compared, output.value, width=session.screen.width))


class SchemaFile(StrEnum):
    project = "project"
    resources = "resources"


def schema(
    session: Session,
    file: Annotated[
        SchemaFile, Argument(metavar="FILE", help="project: segkit.yml; resources: sql/**/*.yml.")
    ],
) -> None:
    """Print the JSON schema of the YAML files, for an editor."""
    from segkit.project.json_schema import json_schema

    session.screen.data(json.dumps(json_schema(file.value), indent=2))


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
    from segkit import pipeline
    from segkit.report.imported import render_import

    given = pipeline.ImportOptions(
        file=file,
        name=name,
        key=key,
        relation=from_,
        dialect=dialect,
        columns=tuple(column or ()),
        types=_types(type_ or []),
        save=save,
        save_to=to,
    )
    made = pipeline.import_sql(session.options(), given)
    session.problems(made.problems)
    session.screen.talk(render_import(made))
    if made.saved is None:
        session.screen.data(made.yaml.rstrip("\n"))


def clean(session: Session) -> None:
    """Remove target/ and what broken-off builds left."""
    from segkit import pipeline

    for path in pipeline.clean(session.options()):
        session.screen.say(f"removed {_from_here(path)}")


def _from_here(path: Path) -> Path:
    """The path as one would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _in_quotes(change: str) -> str:
    """As people write it for a shell, unless that would read something in it."""
    return shlex.quote(change) if set(change) & set('"$`\\!') else f'"{change}"'


def _changes(texts: list[str]) -> dict[str, str]:
    """``["age=40"]`` -> ``{"age": "40"}``"""
    wrong = [text for text in texts if not text.partition("=")[0].strip() or "=" not in text]
    if wrong:
        raise ConfigError(
            [
                Problem("SK702", f"--set {text!r} is not column=value", help="--set age=40")
                for text in wrong
            ]
        )
    pairs = (text.partition("=") for text in texts)
    return {column.strip(): value for column, _, value in pairs}


def _types(texts: list[str]) -> dict[str, str]:
    """``["age=INTEGER"]`` -> ``{"age": "INTEGER"}``"""
    pairs = [text.partition("=") for text in texts]
    for (column, _, type_), text in zip(pairs, texts, strict=True):
        if not column.strip() or not re.fullmatch(r"[A-Za-z][\w ]*(\(\d+(\s*,\s*\d+)?\))?", type_):
            raise _usage(f"--type {text!r} is not column=TYPE", "--type age=INTEGER")
    return {column.strip(): type_ for column, _, type_ in pairs}


def _version(text: str) -> int:
    found = re.fullmatch(r"v?0*([1-9]\d{0,8})", text.strip())
    if not found:
        raise _usage(f"--use {text!r} is not the version of a fit", "write it as v0001")
    return int(found[1])


def _not_both(one: str, other: str) -> ConfigError:
    return _usage(f"{one} and {other} exclude each other", f"leave out {one} or {other}")


def _usage(message: str, help_: str) -> ConfigError:
    return ConfigError(Problem("SK702", message, help=help_))
