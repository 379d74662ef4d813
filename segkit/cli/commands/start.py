"""Verbs of a project as a whole: one to begin with, its state, its leftovers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option

from segkit import pipeline
from segkit.cli.session import Session
from segkit.report.text import align_rows, visible


def try_(
    session: Session,
    what: Annotated[
        str, Argument(metavar="FILE_OR_TABLE", help="A file of data, or a node's name.")
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
    csv: Annotated[
        list[str] | None,
        Option("--csv", metavar="KEY=VALUE", help="How the file is written: decimal=, skip=2 ..."),
    ] = None,
    types: Annotated[
        list[str] | None,
        Option("--type", metavar="COLUMN=TYPE", help="What a column is: plz=VARCHAR."),
    ] = None,
    save: Annotated[
        Path | None, Option("--save", metavar="DIR", help="A new folder for the project.")
    ] = None,
    url_env: Annotated[
        str | None,
        Option("--url-env", metavar="NAME", help="The variable with the url of PostgreSQL."),
    ] = None,
) -> None:
    """Find segments in any file or table, without a project."""
    from segkit.project.schema.file_words import file_options
    from segkit.report.first_screen import trial_page

    with session.listener() as listen:
        trial = pipeline.try_data(
            session.options(),
            what,
            table=table,
            key=key,
            k=k,
            said=file_options(csv or (), types or ()),
            save=save,
            url_env=url_env,
            in_full=session.given.as_json,
            listen=listen,
        )
    session.answer(trial)
    name = trial.result.name
    if trial.saved is None:
        asked = {
            "--key": key,
            "--table": table,
            "--url-env": url_env,
            "--k": k and str(k),
            "--save": "my_segments",
        }
        said = [
            w for given, flag in ((csv, "--csv"), (types, "--type")) for w in _each(flag, given)
        ]
        words = [
            what,
            *said,
            *(word for flag, value in asked.items() if value for word in (flag, value)),
        ]
        steps = [f"segkit try {shlex.join(words)}"]
    elif url_env is not None:
        steps = [f"cd {shlex.quote(str(trial.saved))} && segkit build", f"segkit compile {name}"]
    else:
        steps = [f"cd {shlex.quote(str(trial.saved))} && segkit explain", f"segkit compile {name}"]
    session.segmentation(trial.result, trial_page(trial.result, steps))


def _each(flag: str, given: list[str] | None) -> Iterator[str]:
    for value in given or ():
        yield from (flag, value)


def init(
    session: Session,
    directory: Annotated[
        Path | None, Argument(metavar="DIR", help="Where; made if it is not there.")
    ] = None,
) -> None:
    """Make a project: the example, ready to build."""
    made = directory or session.given.project_dir
    written = pipeline.init_project(made)
    session.answer({"written": written})
    for path in written:
        session.screen.say(f"created {_from_here(path)}")
    where = "" if made.resolve() == Path.cwd() else f"cd {made} && "
    session.screen.say(f"Next: {where}segkit build")


def debug(session: Session) -> None:
    """Check the project, the target and what segkit needs."""
    checks = pipeline.debug_project(session.options())
    session.answer({"checks": checks})
    rows = [
        ("OK" if check.ok else "ERROR", visible(check.name), visible(check.detail))
        for check in checks
    ]
    session.screen.say("\n".join(align_rows(rows, "lll")))
    for check in checks:
        session.problems(check.problems, force=not check.ok)
    if not all(check.ok for check in checks):
        raise Exit(2 if any(check.name == "project" and not check.ok for check in checks) else 1)


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
    from segkit.project.schema.documents import json_schema

    made = json_schema(file.value)
    if not session.answer(made):
        session.screen.data(json.dumps(made, indent=2))


def clean(
    session: Session,
    copies: Annotated[
        bool,
        Option("--copies", help="Also copies of histories that are of no segmentation any more."),
    ] = False,
) -> None:
    """Remove target/ and what broken-off builds left."""
    removed = pipeline.clean_project(session.options(), copies=copies)
    session.answer({"removed": removed})
    for path in removed:
        session.screen.say(f"removed {_from_here(path)}")


def _from_here(path: Path) -> Path:
    """The path as one would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
